/**
 * An expected failure: bad input, a missing tool, a full disk. The message names the thing and what was found;
 * `advice` says what is allowed or what to do next. Anything that is not a Failure is a bug and keeps its stack.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly advice: string

  constructor(message: string, advice: string, options?: { cause?: unknown }) {
    super(message, options)
    this.advice = advice
  }
}

const warned = new Set<string>()

/** Says a failure that does not stop the work, once in a process. */
export function warn({ message, advice }: Failure): void {
  const text = `warning: ${message}\n         ${advice}\n`
  if (warned.has(text)) return
  warned.add(text)
  // On a terminal the line may hold a live one.
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : text)
}

/** The one place where a failure becomes an exit code: 2 for an expected one, 1 with its stack for a bug. */
export async function main(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (error instanceof Failure) {
      process.stderr.write(`error: ${error.message}\n       ${error.advice}\n`)
      process.exitCode = 2
    } else {
      console.error(error)
      process.exitCode = 1
    }
  }
}
