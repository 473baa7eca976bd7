/** `session cancel`: gives a session up whose process is gone. What it left on its engine or on this machine is ended. */
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { freePath } from '../../lib/files/remove.ts'
import { openRepository, type Repository } from '../../lib/git/git.ts'
import { removeWorktree } from '../../lib/git/worktree.ts'
import { notebook, sessionsRoot, workRoot } from '../../lib/paths.ts'
import type { Interrupt } from '../../lib/process/interrupt.ts'
import { lockOwner, takeLock } from '../../lib/process/lock.ts'
import { serial } from '../../lib/serial.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { readContract } from '../../program/read.ts'
import { files } from '../../record/files/paths.ts'
import { repairJournal } from '../../record/journal.ts'
import { isOver } from '../../record/unfinished.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { emit } from '../session/context.ts'
import type { WriteReport } from '../session/end.ts'
import { findProgram } from '../session/open.ts'
import { openPlaces } from '../session/openPlaces.ts'
import { replay } from '../session/resume.ts'
import { killAll } from '../train/execute/here.ts'
import { chooseResumable } from './running.ts'

/**
 * Ends the jobs, processes and folders that a session left, and records that it was given up.
 * @param named null: the newest that is unfinished
 * @throws {Failure} while a process runs it
 */
export async function cancelSession(
  { terminal, interrupt, writeReport }: { terminal: Terminal; interrupt: Interrupt; writeReport: WriteReport },
  named: string | null,
): Promise<void> {
  const id = await chooseResumable(named)
  const work = join(workRoot, id)
  const owner = await lockOwner(join(work, 'lock'))
  if (owner !== null)
    throw new Failure(
      `${id} is run by process ${owner.pid}, which ends its own jobs.`,
      `Stop it: \`${command(`session stop --now ${id}`)}\`.`,
    )
  const folder = join(sessionsRoot, id)
  const before = (await replay(folder)).state.session
  const repository = await openRepository(dirname(await findProgram(id, join(notebook, before.program))))
  const unlock = await takeLock(join(work, 'lock'), id)
  try {
    await repairJournal(files.journal(folder))
    const { state } = await replay(folder)
    const contract = readContract(state.session)
    const tell = (text: string) => terminal.step('engine', text)
    const engine = await openPlaces(state, contract, repository, work, tell, 'cancel')
    if (engine === null) for (const run of state.running.values()) await killAll({ work, folder, state }, run)
    else await engine.close()
    terminal.step(
      'cancel',
      `${id}: ${engine === null ? 'its processes are ended' : `nothing of it is left on ${engine.description}`}`,
    )
    await removeWorktrees(work, repository)
    await removeRest(work)
    const { stop } = state.session
    if (stop !== null && isOver(stop.kind)) return
    const context = { folder, state, contract, terminal, interrupt }
    const detail = 'given up by hand'
    await emit({ ...context, echo: () => {}, journal: serial() }, { event: 'stopped', kind: 'cancelled', detail })
    await writeSession(folder, state.session)
    await writeTables(folder, state)
    await writeReport(context)
  } finally {
    await unlock()
  }
}

/** Files of runs, and what was asked of the process. Git's settings stay: `experiment` and a pull request use them. */
async function removeRest(work: string): Promise<void> {
  for (const name of await readdir(work).catch(() => []))
    if (/^(run-.+|requests)$/.test(name)) await freePath(join(work, name))
}

/** What a process that was killed left. */
async function removeWorktrees(work: string, { git }: Repository): Promise<void> {
  const names = await readdir(work).catch(() => [])
  for (const name of names)
    if (/^(slot-\d+|proposal(-\d+)?|stack|evaluation|send-\d+)$/.test(name))
      await removeWorktree(git, join(work, name)).catch(() => {})
}
