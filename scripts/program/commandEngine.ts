/** Keys of `engine: { use: command, … }`: the four commands of the user's by which jobs are started, and looked after. */
import { z } from 'zod'

/** What the engine asks of a launcher, each by a command of its own. */
export const launcherVerbs = ['submit', 'poll', 'cancel', 'fetch'] as const
export type LauncherVerb = (typeof launcherVerbs)[number]

/** Passed verbatim to `sh -c`; it comes only from program.md. */
const command = (verb: LauncherVerb) =>
  z
    .string({ error: `takes a command of yours, e.g. python3 launcher.py ${verb}` })
    .refine(text => text.trim() !== '', `takes a command of yours, e.g. python3 launcher.py ${verb}`)
    .refine(text => !text.includes('\0'), 'takes a command without zero bytes')

/** @param length the form of a time: in the file or as stored, in seconds */
export const commandShape = <T extends z.ZodType>(length: (seconds: number) => T) => ({
  use: z.literal('command'),
  submit: command('submit'),
  poll: command('poll'),
  cancel: command('cancel'),
  fetch: command('fetch'),
  /** Seconds that one call of a command may take. */
  call_timeout: length(120),
  /** Seconds between two calls of `poll`. */
  poll_every: length(5),
})

/** The commands that are missing, for an error; null where all four are there. */
export function missingCommands(given: Record<string, unknown>): string | null {
  const missing = launcherVerbs.filter(verb => given[verb] === undefined)
  if (missing.length === 0) return null
  return `needs four commands with \`use: command\`: ${launcherVerbs.join(', ')}; missing: ${missing.join(', ')}. docs/launchers.md says what each is given and prints`
}
