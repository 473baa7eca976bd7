/** What a person does to a session that runs elsewhere: stop, pause, resume. Each returns when it has been honoured. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { workRoot } from '../../lib/paths.ts'
import { lockOwner } from '../../lib/process/lock.ts'
import { exists } from '../../lib/read.ts'
import type { Terminal } from '../../lib/terminal.ts'
import type { NewLimits } from '../session/resume.ts'
import { type Request, sendRequest } from './requests.ts'
import { chooseRunning, findRunning } from './running.ts'

/**
 * Has a session finish what runs, confirm and report; when it was stopped before, end at once.
 * @param named null: the one that runs
 * @param now whether to end at once the first time
 */
export async function stopRunning(terminal: Terminal, named: string | null, now: boolean): Promise<void> {
  const { id, requested } = await chooseRunning(named, 'stop', () => true)
  const atOnce = now || requested?.kind === 'stop'
  await ask(id, atOnce ? 'stop-now' : 'stop')
  if (atOnce) return terminal.step('stop', `${id} ends the run in progress; what is finished is kept`)
  terminal.step('stop', `${id} finishes the run in progress, then confirms and reports`)
  terminal.step('', `\`${command(`session stop ${id}`)}\` again ends it at once`)
}

/** Has a session finish what runs and begin nothing new. @param named null: the one that runs */
export async function pauseRunning(terminal: Terminal, named: string | null): Promise<void> {
  const { id, requested } = await chooseRunning(named, 'pause', ({ requested }) => requested?.kind !== 'pause')
  const goOn = `\`${command(`session resume ${id}`)}\``
  if (requested?.kind === 'pause') return terminal.step('pause', `${id} is paused already; ${goOn} goes on`)
  if (requested?.kind === 'stop')
    throw new Failure(`${id} is stopping.`, `When it has stopped, go on with it: ${goOn}.`)
  await ask(id, 'pause')
  if ((await findRunning(id))?.requested?.kind !== 'pause')
    throw new Failure(`${id} was not paused: it was ending.`, `See what it came to: \`${command(`status ${id}`)}\`.`)
  terminal.step('pause', `${id} is paused: what runs is finished, nothing new begins`)
  terminal.step('', `${goOn} goes on`)
}

/**
 * Has a session go on that is paused and whose process lives.
 * @returns false when it is none: then a process has to be started
 */
export async function resumeRunning(terminal: Terminal, id: string, limits: NewLimits): Promise<boolean> {
  const running = await findRunning(id)
  if (running?.requested?.kind !== 'pause') return false
  if (Object.keys(limits).length > 0)
    throw new Failure(
      `${id} is paused, and its process keeps its stop rules.`,
      `Go on without flags, or stop it first: \`${command(`session stop ${id}`)}\`.`,
    )
  await ask(id, 'resume')
  terminal.step('resume', `${id} goes on`)
  return true
}

/** A process looks for requests twice a second; one that is suspended does not. */
const patience = 10_000

/** @throws {Failure} when nobody honours it */
async function ask(id: string, kind: Request['kind']): Promise<void> {
  const work = join(workRoot, id)
  const path = await sendRequest(work, kind)
  const asked = performance.now()
  while (path !== null && (await exists(path))) {
    const owner = await lockOwner(join(work, 'lock'))
    if (owner === null)
      throw new Failure(`The process of ${id} was killed before it read this.`, `\`${command(`status ${id}`)}\``)
    if (performance.now() - asked > patience)
      throw new Failure(
        `The process of ${id}, ${owner.pid}, has not read this in ${patience / 1000} s.`,
        'It does as soon as it goes on. Is it suspended (Ctrl-Z)?',
      )
    await wait(50)
  }
}
