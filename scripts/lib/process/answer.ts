/** Asks a program that may be missing, fail, print without end, or hang where nothing ends it, as one of a driver may. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { killOrphans, runMarkVariable } from './orphans.ts'

/**
 * @param timeout milliseconds; then it is ended with all that it has started, and what cannot be ended is left alone
 * @param most characters that it may print
 * @returns its standard output; null where it is missing, fails, prints more, or does not answer in time
 */
export async function answerOf(
  program: string,
  args: readonly string[],
  timeout: number,
  most = 2 ** 20,
): Promise<string | null> {
  const mark = `answer-${randomUUID()}`
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, [runMarkVariable]: mark },
  })
  let output = ''
  let timer: NodeJS.Timeout | undefined
  const answer = await new Promise<string | null | undefined>(resolve => {
    timer = setTimeout(resolve, timeout, undefined)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.length > most) resolve(undefined)
    })
    child.on('error', () => resolve(null))
    child.on('close', code => resolve(code === 0 ? output : null))
  })
  clearTimeout(timer)
  if (answer !== undefined) return answer
  await killOrphans(mark)
  // Neither it nor one that holds its output shall keep this process alive.
  child.stdout.destroy()
  child.unref()
  return null
}
