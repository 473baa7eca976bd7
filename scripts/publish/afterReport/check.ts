/** Checks, before a session runs, that its report can be posted when it has ended and nobody is there. */
import { join, resolve } from 'node:path'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { notebook } from '../../lib/paths.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Publish } from '../../program/automation.ts'
import { whenText } from '../../record/files/published.ts'
import type { PostContext } from '../destination.ts'
import { checks } from '../destinations.ts'
import type { Clock } from '../github/clock.ts'
import { GitHubFailure } from '../github/errors.ts'
import type { Where } from '../post.ts'
import { recall } from '../remembered.ts'
import { readRequest } from '../request.ts'
import { type Target, targetOfProgram } from '../target.ts'

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
    places.push(`${to} in ${await placeOf(to, target, program, context).catch(failure(to, target, program, context))}`)
  return `${places.join('; ')}${whenText(publish.when)}`
}

async function placeOf(to: Where, target: Target, program: string, context: PostContext): Promise<string> {
  try {
    const place = await checks[to](readRequest({ to })([]), target, program, impatient(context))
    return sanitizeText(place.text, 500)
  } catch (error) {
    // GitHub may answer again by the end of the session.
    if (error instanceof NotNow || (error instanceof GitHubFailure && isOut(error)))
      return `the remembered place, which could not be checked: ${sanitizeText(error.message.replace(/\.$/, ''), 300)}`
    throw error
  }
}

/** Says with what is missing that it is for `publish`, and how to name a place where none is remembered. */
function failure(to: Where, target: Target, program: string, { work }: PostContext) {
  return async (error: unknown): Promise<never> => {
    if (!(error instanceof Failure)) throw error
    const isKnown = (await recall(target.key, to, work)) !== null
    const advice = isKnown ? error.advice : `Name the place once, without a post: \`${rememberCommand(to, program)}\`.`
    throw new Failure(`publish: ${to}: ${error.message}`, `${advice}\nTo start without: --publish none.`, {
      cause: error,
    })
  }
}

const isOut = ({ status }: GitHubFailure): boolean => status === null || status >= 500

/** E.g. "npx pnpm post --remember --to docs --out DIR". */
function rememberCommand(to: Where, program: string): string {
  const from = resolve(program) === join(notebook, 'program.md') ? '' : ` --program ${shellWord(program)}`
  return command(`post --remember${from} --to ${to} ${flagsOf[to]}`)
}

const flagsOf: Record<Where, string> = {
  discussion: '--repository OWNER/NAME --category NAME',
  'pull-request': '--remote NAME',
  docs: '--out DIR',
}

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
