/** Sessions whose process lives, and the ones that are meant when none is named. */
import { join } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { sessionsRoot, workRoot } from '../../lib/paths.ts'
import { lockOwner } from '../../lib/process/lock.ts'
import { listIfThere } from '../../lib/read.ts'
import { listSessions } from '../../record/files.ts'
import { findSession } from '../../record/find.ts'
import type { State } from '../../record/state.ts'
import { newestUnfinished } from '../../record/unfinished.ts'
import { replay } from '../session/resume.ts'
import { takesRequests } from './requests.ts'

/** What the process of a session does, as its journal says. */
export interface Running {
  id: string
  requested: State['requested']
}

/** A session that a living process runs; null when there is none. `pnpm experiment` and `pnpm confirm` run none. */
export async function findRunning(id: string): Promise<Running | null> {
  const work = join(workRoot, id)
  if (!(await takesRequests(work)) || (await lockOwner(join(work, 'lock'))) === null) return null
  const { state } = await replay(join(sessionsRoot, id))
  return { id, requested: state.requested }
}

async function listRunning(): Promise<Running[]> {
  const found = await Promise.all((await listIfThere(workRoot)).sort().map(findRunning))
  return found.filter(running => running !== null)
}

/**
 * The session to stop or to pause.
 * @param named null: the one that runs
 * @param wanted which of several come into question when none is named
 * @throws {Failure} when it does not run, or several do
 */
export async function chooseRunning(
  named: string | null,
  verb: 'stop' | 'pause',
  wanted: (running: Running) => boolean,
): Promise<Running> {
  if (named !== null) {
    const id = await findSession(named, sessionsRoot)
    const running = await findRunning(id)
    if (running) return running
    throw (
      (await inUse(id)) ?? new Failure(`${id} is not running.`, `See what it came to: \`${command(`status ${id}`)}\`.`)
    )
  }
  const all = await listRunning()
  const found = all.filter(wanted)
  const [one = all[0], ...others] = found
  if (!one) throw new Failure('No session is running.', `See the newest: \`${command('status')}\`.`)
  if (others.length === 0) return one
  const ids = found.map(({ id }) => id).join(', ')
  throw new Failure(
    `${found.length} sessions are running: ${ids}.`,
    `Name the one to ${verb}, e.g. \`${command(`session ${verb} ${one.id}`)}\`.`,
  )
}

async function inUse(id: string): Promise<Failure | null> {
  const owner = await lockOwner(join(workRoot, id, 'lock'))
  const advice =
    'It runs no session, but an experiment by hand, confirm, or the opening of one: Ctrl-C in its terminal.'
  return owner && new Failure(`${id} is in use by process ${owner.pid}, which takes no requests.`, advice)
}

/**
 * The session to go on with.
 * @param named null: the newest that is paused or unfinished, but does not run
 */
export async function chooseResumable(named: string | null): Promise<string> {
  if (named !== null) return findSession(named, sessionsRoot)
  const busy = new Set((await listRunning()).filter(({ requested }) => requested?.kind !== 'pause').map(({ id }) => id))
  const newest = await newestUnfinished((await listSessions(sessionsRoot)).filter(id => !busy.has(id)))
  if (newest !== null) return newest
  const [one] = busy
  throw one === undefined
    ? new Failure(
        'There is no unfinished session.',
        `Name one to give it more to do: \`${command('session resume ID --experiments N')}\`.`,
      )
    : new Failure(
        `There is nothing to go on with: ${[...busy].join(', ')} is running.`,
        `Watch it: \`${command(`status ${one} --watch`)}\`.`,
      )
}
