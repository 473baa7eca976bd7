/** A whole session: open, set up, loop, confirm, record, report, close. */
import { join } from 'node:path'
import { execa } from 'execa'
import { Failure } from '../lib/errors.ts'
import { sessionsRoot } from '../lib/paths.ts'
import { clean } from '../lib/terminal.ts'
import { listSessions, readSession } from '../record/files.ts'
import { nightValues } from '../record/state.ts'
import { writeSession, writeTables } from '../record/write.ts'
import type { Digest } from '../report/schema.ts'
import { writeReport } from '../report/write.ts'
import { estimateNoise } from '../stats/noise.ts'
import { confirm } from './confirm.ts'
import { runEnvironment } from './environment.ts'
import { loop } from './loop.ts'
import { emit, type Night } from './night.ts'
import { closeNight, openNight, type Start } from './open.ts'
import { makePlan, planText, type Stop } from './plan.ts'
import type { EarlierNoise } from './repeats.ts'
import { prepareSlot } from './train.ts'
import { ensureOwnTrainer } from './trainer.ts'

export interface Finished {
  id: string
  folder: string
  stop: Stop
  digest: Digest
}

/**
 * Runs a session from program.md to its report.
 * @param pairs runs of baseline and tip in confirm; null: as many as `seeds`
 */
export async function runSession(start: Start, pairs: number | null): Promise<Finished> {
  const night = await openNight(start)
  const { session } = night.state
  try {
    const confirmPairs = pairs ?? night.contract.seeds
    await announce(night, confirmPairs)
    await setUp(night)
    const began = new Date(session.startedAt)
    const stop = await loop(night, began, confirmPairs, await earlierNoise(night)).catch(async (error: unknown) => {
      await end(night, { kind: 'baseline', detail: error instanceof Error ? clean(error.message) : String(error) })
      throw error
    })
    night.terminal.step('stop', stop.detail)
    if (stop.kind !== 'interrupted') await confirm(night, confirmPairs)
    await end(night, stop)
    return { id: session.id, folder: night.folder, stop, digest: await writeReport(night.folder) }
  } finally {
    await closeNight(night)
  }
}

async function announce(night: Night, pairs: number): Promise<void> {
  const { state, contract, terminal, repository } = night
  const { session } = state
  terminal.step('session', session.id)
  terminal.step('branch', `${session.branch} from ${session.baseCommit.slice(0, 7)}`)
  const dirty = await repository.git.raw('status', '--porcelain', '--untracked-files=no')
  const edited = contract.edit.filter(path => dirty.split('\n').some(line => line.slice(3) === path))
  if (edited.length > 0)
    terminal.step('note', `${edited.join(', ')} has uncommitted changes; the session starts from HEAD, without them`)
  terminal.step('plan', planText(makePlan(contract, new Date(session.startedAt), null, pairs), contract.seeds))
}

/** The trainer's Python, when the program is ours, and the contract's own setup command. */
async function setUp(night: Night): Promise<void> {
  await ensureOwnTrainer(night)
  const { setup, target } = night.contract
  if (setup === null) return
  await prepareSlot(night, night.state.session.baseCommit)
  const start = performance.now()
  const command = execa('sh', ['-c', setup], {
    cwd: join(night.slot.path, target),
    env: runEnvironment(),
    extendEnv: false,
    cancelSignal: night.signal,
    killDescendants: true,
    reject: false,
    all: true,
    buffer: { all: false, stdout: false, stderr: false },
  })
  let last = ''
  for await (const line of command.iterable({ from: 'all' })) {
    last = clean(line) || last
    night.terminal.live(`${'set up'.padEnd(9)} ${last}`)
  }
  const result = await command
  if (result.failed && !night.signal.aborted)
    throw new Failure(
      `setup failed with ${result.signal ?? `exit code ${result.exitCode}`}: ${last}`,
      `Make \`${setup}\` work by hand in ${target}/ first.`,
    )
  night.terminal.step('set up', `${setup}: ${last}`, (performance.now() - start) / 1000)
}

/** What this machine showed in earlier sessions on the same measurement. */
async function earlierNoise(night: Night): Promise<EarlierNoise[]> {
  const { session } = night.state
  const found: EarlierNoise[] = []
  for (const id of await listSessions(sessionsRoot)) {
    if (id === session.id) continue
    // A session that does not read is no reason not to start another.
    const other = await readSession(join(sessionsRoot, id)).catch(() => null)
    if (!other || !sameMeasurement(other.session, session)) continue
    const noise = estimateNoise(other.experiments.map(nightValues))
    if (noise) found.push({ id, sigma: noise.sigma, df: noise.df })
  }
  return found
}

function sameMeasurement(a: Night['state']['session'], b: Night['state']['session']): boolean {
  return (
    a.machine.label === b.machine.label &&
    a.metric.name === b.metric.name &&
    a.budget === b.budget &&
    a.program === b.program
  )
}

async function end(night: Night, { kind, detail }: Stop): Promise<void> {
  await emit(night, { event: 'stopped', kind, detail })
  await writeSession(night.folder, night.state.session)
  await writeTables(night.folder, night.state)
}
