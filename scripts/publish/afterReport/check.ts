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
import { readRequest } from '../request.ts'
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
    places.push(
      `${to} in ${await placeOf(
        async () => {
          const place = await checks[to](readRequest({ to })([]), target, program, impatient(context))
          return place.text
        },
        to,
        program,
      )}`,
    )
  return `${places.join('; ')}${whenText(publish.when)}`
}

async function placeOf(check: () => Promise<string>, to: Where, program: string): Promise<string> {
  try {
    return sanitizeText(await check(), 500)
  } catch (error) {
    // GitHub may answer again by the end of the session.
    if (error instanceof NotNow || (error instanceof GitHubFailure && isOut(error)))
      return `the remembered place, which could not be checked: ${sanitizeText(error.message.replace(/\.$/, ''), 300)}`
    if (!(error instanceof Failure)) throw error
    throw new Failure(`publish: ${to}: ${error.message}`, `${error.advice}\n${otherwise(to, program)}`, {
      cause: error,
    })
  }
}

const isOut = ({ status }: GitHubFailure): boolean => status === null || status >= 500

/** Where one destination of a program's sessions is named, e.g. "npx pnpm post --remember --to docs --out DIR". */
function otherwise(to: Where, program: string): string {
  const from = resolve(program) === join(notebook, 'program.md') ? '' : ` --program ${shellWord(program)}`
  const remember = command(`post --remember${from} --to ${to} ${flagsOf[to]}`)
  return `Name the place once, without a post: \`${remember}\`. To start without: --publish none.`
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
