/** `session stop`, `pause` and `resume` of a session in another process. Each returns when the request is handled. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { exists } from '../../lib/files/read.ts'
import { sessionsRoot, workRoot } from '../../lib/paths.ts'
import { lockOwner } from '../../lib/process/lock.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { readContract } from '../../program/read.ts'
import { type NewLimits, replay } from '../session/resume.ts'
import { type Request, sendRequest } from './requests.ts'
import { chooseRunning, findRunning } from './running.ts'

/**
 * Stops a session: it finishes the current runs, confirms and reports. A second stop ends the runs at once.
 * @param named null: the running session
 * @param now whether the first stop ends the runs at once
 */
export async function stopRunning(terminal: Terminal, named: string | null, now: boolean): Promise<void> {
  const { id, requested } = await chooseRunning(named, 'stop', () => true)
  const atOnce = now || requested?.kind === 'stop'
  await sendAndWait(id, atOnce ? 'stop-now' : 'stop')
  if (atOnce) return terminal.step('stop', `${id} ends the current run; finished runs are kept`)
  terminal.step('stop', `${id} finishes the current run, then confirms and reports`)
  terminal.step('', `\`${command(`session stop ${id}`)}\` again ends the run at once`)
}

/** How long a session that is left may take to end, milliseconds. */
const LEAVE_TIMEOUT_MS = 60_000

/**
 * Ends a session's process within seconds, and lets what its engine executes go on. Returns when the process has ended.
 * @param named null: the running session
 * @throws {Failure} when its runs are processes of this machine, which would end with it
 */
export async function leaveRunning(terminal: Terminal, named: string | null): Promise<void> {
  const { id } = await chooseRunning(named, 'stop', () => true)
  const { session } = (await replay(join(sessionsRoot, id))).state
  if (readContract(session).engine.use === 'local')
    throw new Failure(
      `${id} cannot be left: its runs are processes of this machine.`,
      `End them with it, \`${command(`session stop --now ${id}`)}\`, and go on with \`${command(`session resume ${id}`)}\`.`,
    )
  await sendAndWait(id, 'leave')
  const sentAt = performance.now()
  for (;;) {
    const owner = await lockOwner(join(workRoot, id, 'lock'))
    if (owner === null) break
    if (performance.now() - sentAt > LEAVE_TIMEOUT_MS)
      throw new Failure(
        `The process of ${id}, ${owner.pid}, has not ended for ${LEAVE_TIMEOUT_MS / 1000} s.`,
        'It may wait for its scheduler. It can be killed: a resumption finds its runs all the same.',
      )
    await wait(50)
  }
  terminal.step('stop', `${id} is left: its runs go on, and \`${command(`session resume ${id}`)}\` finds them`)
}

/** Pauses a session: current runs finish, no new run starts. @param named null: the running session */
export async function pauseRunning(terminal: Terminal, named: string | null): Promise<void> {
  const { id, requested } = await chooseRunning(named, 'pause', ({ requested }) => requested?.kind !== 'pause')
  const resume = `\`${command(`session resume ${id}`)}\``
  if (requested?.kind === 'pause') return terminal.step('pause', `${id} is already paused; ${resume} continues it`)
  if (requested?.kind === 'stop') throw new Failure(`${id} is stopping.`, `After it has stopped, resume it: ${resume}.`)
  await sendAndWait(id, 'pause')
  if ((await findRunning(id))?.requested?.kind !== 'pause')
    throw new Failure(`${id} was not paused: it was ending.`, `Its outcome: \`${command(`status ${id}`)}\`.`)
  terminal.step('pause', `${id} is paused: current runs finish, no new run starts`)
  terminal.step('', `${resume} continues it`)
}

/**
 * Resumes a paused session whose process is alive.
 * @returns false when there is no such process, so that one has to be started
 */
export async function resumeRunning(terminal: Terminal, id: string, limits: NewLimits): Promise<boolean> {
  const running = await findRunning(id)
  if (running?.requested?.kind !== 'pause') return false
  if (Object.keys(limits).length > 0)
    throw new Failure(
      `${id} is paused, and its process keeps its stop rules.`,
      `Resume it without flags, or stop it first: \`${command(`session stop ${id}`)}\`.`,
    )
  await sendAndWait(id, 'resume')
  terminal.step('resume', `${id} continues`)
  return true
}

/** A process reads requests twice a second unless it is suspended. */
const REQUEST_TIMEOUT_MS = 10_000

/** @throws {Failure} when no process handles it */
async function sendAndWait(id: string, kind: Request['kind']): Promise<void> {
  const work = join(workRoot, id)
  const path = await sendRequest(work, kind)
  const sentAt = performance.now()
  while (path !== null && (await exists(path))) {
    const owner = await lockOwner(join(work, 'lock'))
    if (owner === null)
      throw new Failure(`The process of ${id} was killed before it read the request.`, `\`${command(`status ${id}`)}\``)
    if (performance.now() - sentAt > REQUEST_TIMEOUT_MS)
      throw new Failure(
        `The process of ${id}, ${owner.pid}, has not read the request for ${REQUEST_TIMEOUT_MS / 1000} s.`,
        'Is it suspended (Ctrl-Z)? It reads the request when it continues.',
      )
    await wait(50)
  }
}
