/** Finds running sessions, and the session that a verb without an ID means. */
import { join } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { listIfThere } from '../../lib/files/read.ts'
import { sessionsRoot, workRoot } from '../../lib/paths.ts'
import { lockOwner } from '../../lib/process/lock.ts'
import { listSessions } from '../../record/files/paths.ts'
import { findSession } from '../../record/find.ts'
import type { State } from '../../record/state.ts'
import { newestUnfinished } from '../../record/unfinished.ts'
import { replay } from '../session/resume.ts'
import { acceptsRequests } from './requests.ts'

/** A session that a living process runs. */
export interface Running {
  id: string
  requested: State['requested']
}

/** The session if a living process runs it, else null. `pnpm experiment` and `pnpm confirm` do not count. */
export async function findRunning(id: string): Promise<Running | null> {
  const work = join(workRoot, id)
  if (!(await acceptsRequests(work)) || (await lockOwner(join(work, 'lock'))) === null) return null
  const { state } = await replay(join(sessionsRoot, id))
  return { id, requested: state.requested }
}

async function listRunning(): Promise<Running[]> {
  const found = await Promise.all((await listIfThere(workRoot)).sort().map(findRunning))
  return found.filter(running => running !== null)
}

/**
 * The session to stop or pause.
 * @param named null: the running session
 * @param wanted which running sessions qualify when none is named
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
    throw (await inUse(id)) ?? (await notRunning(id))
  }
  const all = await listRunning()
  const found = all.filter(wanted)
  const [one = all[0], ...others] = found
  if (!one) {
    const unfinished = await newestUnfinished(await listSessions(sessionsRoot))
    throw unfinished === null
      ? new Failure('No session is running.', `The newest session: \`${command('status')}\`.`)
      : new Failure(`No session is running. ${unfinished} is unfinished.`, resumeAdvice(unfinished))
  }
  if (others.length === 0) return one
  const ids = found.map(({ id }) => id).join(', ')
  throw new Failure(
    `${found.length} sessions are running: ${ids}.`,
    `Name the one to ${verb}, e.g. \`${command(`session ${verb} ${one.id}`)}\`.`,
  )
}

const resumeAdvice = (id: string): string => `Resume it: \`${command(`session resume ${id}`)}\`.`

async function notRunning(id: string): Promise<Failure> {
  const { state } = await replay(join(sessionsRoot, id))
  return state.session.stop === null
    ? new Failure(`${id} is not running: its process has ended.`, resumeAdvice(id))
    : new Failure(`${id} is not running.`, `Its outcome: \`${command(`status ${id}`)}\`.`)
}

async function inUse(id: string): Promise<Failure | null> {
  const owner = await lockOwner(join(workRoot, id, 'lock'))
  const advice = 'It is a manual experiment, confirm, or a session that is starting: press Ctrl-C in its terminal.'
  return owner && new Failure(`${id} is in use by process ${owner.pid}, which does not accept requests.`, advice)
}

/**
 * The session to resume.
 * @param named null: the newest that is paused or unfinished and does not run
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
        `To extend a finished session, name it: \`${command('session resume ID --experiments N')}\`.`,
      )
    : new Failure(
        `There is no session to resume: ${[...busy].join(', ')} is running.`,
        `Watch it: \`${command(`status ${one} --watch`)}\`.`,
      )
}
