/** The command to run next, by fixed rules. */
import { argument, command } from '../lib/command.ts'
import type { Session } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'
import { MAX_PAIRS } from '../stats/sequential.ts'
import type { Digest } from './schema.ts'

/** @param kept how many changes were kept */
export function nextCommand(session: Session, kept: number, confirmed: Confirmed | null): Digest['next'] {
  if (session.stop === null) return command(`status ${argument(session.id)}`)
  // A collected session has neither branch nor machine here.
  if (session.source || session.program === null) return command('site')
  if (kept > 0 && confirmed === null) return command(`confirm ${argument(session.id)}`)
  if (confirmed?.verdict === 'inconclusive' && confirmed.seeds < MAX_PAIRS)
    return command(`confirm ${argument(session.id)} --seeds ${moreSeeds(confirmed)}`)
  return sessionOn(session.program)
}

/** A new session on a program.md, by its path from the folder in which the command is typed. */
const sessionOn = (program: string): string =>
  command(program === 'program.md' ? 'session' : `session --program ${argument(program)}`)

/** The next command with another path of program.md; unchanged when it starts no session. */
export const withProgram = (next: string, program: string): string =>
  /^npx pnpm session($| --program )/.test(next) ? sessionOn(program) : next

/** Further pairs after which the interval would exclude zero: its width falls with the square root of their number. */
function moreSeeds({ gain, interval: [low, high], seeds }: Confirmed): number {
  const half = (high - low) / 2
  const needed = seeds * (half / Math.max(Math.abs(gain), Number.MIN_VALUE)) ** 2
  return Math.max(2, Math.min(MAX_PAIRS, Math.ceil(needed)) - seeds)
}
