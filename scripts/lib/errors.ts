import { columnsOf, wrapAfter } from './terminal/wrap.ts'

/**
 * An expected error: bad input, a missing tool, a full disk. `message` names the thing and what was found; `advice` says
 * what is allowed or what to do next. Any other error is a bug and is printed with its stack.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly advice: string

  constructor(message: string, advice: string, options?: { cause?: unknown }) {
    super(message, options)
    this.advice = advice
  }
}

/** The two parts on lines of their own, wrapped, below one another. */
const failureText = (kind: 'error' | 'warning', { message, advice }: Failure): string => {
  const head = `${kind}: `
  const columns = columnsOf(process.stderr)
  return `${wrapAfter(head, message, columns)}\n${wrapAfter(' '.repeat(head.length), advice, columns)}\n`
}

const warned = new Set<string>()

/** Prints a Failure that does not stop the command, once per process. */
export function warn(failure: Failure): void {
  const text = failureText('warning', failure)
  if (warned.has(text)) return
  warned.add(text)
  writeError(text)
}

/** On a TTY, clears the live line first. */
function writeError(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : text)
}

/** Runs a command and sets the exit code: 2 for a Failure, 1 for any other error, which is printed with its stack. */
export async function main(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (error instanceof Failure) {
      writeError(failureText('error', error))
      process.exitCode = 2
    } else {
      console.error(error)
      process.exitCode = 1
    }
  }
}
