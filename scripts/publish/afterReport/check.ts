/** Checks, before a session runs, that its report can be posted when it has ended and nobody is there. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Publish } from '../../program/automation.ts'
import { whenText } from '../../record/files/published.ts'
import type { PostContext } from '../destination.ts'
import { checks } from '../destinations.ts'
import type { Clock } from '../github/clock.ts'
import { GitHubFailure } from '../github/errors.ts'
import { targetOfProgram } from '../target.ts'

/** Milliseconds that a check waits for GitHub at a time, e.g. for a rate limit; a post waits longer. */
const LONGEST_WAIT = 10_000

/** What a check could not find out in time. */
class NotNow extends Failure {}

/**
 * @param program path of program.md
 * @returns what will be posted where, in one line
 * @throws {Failure} when a destination is not remembered, a token is missing, or a repository does not allow it
 */
export async function checkPublish(publish: Publish, program: string, context: PostContext): Promise<string> {
  const target = await targetOfProgram(program)
  const places: string[] = []
  for (const to of publish.to)
    places.push(`${to} in ${await placeOf(() => checks[to](target, program, impatient(context)), to)}`)
  return `${places.join('; ')}${whenText(publish.when)}`
}

async function placeOf(check: () => Promise<string>, to: string): Promise<string> {
  try {
    return sanitizeText(await check(), 500)
  } catch (error) {
    // GitHub may answer again by the end of the session.
    if (error instanceof NotNow || (error instanceof GitHubFailure && isOut(error)))
      return `the remembered place, which could not be checked: ${sanitizeText(error.message.replace(/\.$/, ''), 300)}`
    if (!(error instanceof Failure)) throw error
    throw new Failure(`publish: ${to}: ${error.message}`, `${error.advice}\n${otherwise(to)}`, { cause: error })
  }
}

const isOut = ({ status }: GitHubFailure): boolean => status === null || status >= 500

const otherwise = (to: string): string =>
  `A session posts to where \`npx pnpm post --to ${to}\` has posted a session of this target before. To start without: --publish none.`

function impatient(context: PostContext): PostContext {
  const { now, wait } = context.clock
  const clock: Clock = {
    now,
    wait: async milliseconds => {
      if (milliseconds > LONGEST_WAIT) throw new NotNow('GitHub asks to wait for its rate limit.', 'Try again later.')
      await wait(milliseconds)
    },
  }
  return { ...context, clock }
}
