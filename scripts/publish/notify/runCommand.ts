/** Runs the user's command with a message on its standard input. */
import { execa } from 'execa'
import { redact } from '../../lib/secrets/redact.ts'
import { jsonLine, plural, sanitizeText } from '../../lib/text.ts'
import type { Message } from './message.ts'
import type { Answer } from './post.ts'

/** Milliseconds, then it is ended with all that it started. */
const TIMEOUT = 30_000

/** Bytes of what it writes to standard error; a command that writes more is ended. */
const MAX_OUTPUT = 2 ** 20

/**
 * The command is the user's own text. The message is only ever on standard input, never a part of the command.
 * @param cwd the folder of program.md
 */
export async function runCommand(command: string, message: Message, cwd: string, timeout = TIMEOUT): Promise<Answer> {
  const result = await execa('sh', ['-c', command], {
    cwd,
    input: jsonLine(message),
    stdout: 'ignore',
    maxBuffer: MAX_OUTPUT,
    timeout,
    forceKillAfterDelay: 1000,
    killDescendants: true,
    reject: false,
  })
  if (!result.failed) return { ok: true, what: 'ended with exit code 0' }
  if (result.timedOut) return { ok: false, what: `did not end within ${plural(timeout / 1000, 'second')}` }
  const last = sanitizeText(redact(result.stderr.trim().split('\n').at(-1) ?? ''), 120)
  const end = result.signal ? `was ended by ${result.signal}` : `ended with exit code ${result.exitCode}`
  return { ok: false, what: end, output: last }
}
