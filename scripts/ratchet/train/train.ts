/** One run: a slot's worktree put at the commit, the command under its runner, the result measured and recorded. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { writeWhole } from '../../lib/disk.ts'
import { Failure } from '../../lib/errors.ts'
import { resetWorktree } from '../../lib/git/worktree.ts'
import { workRoot } from '../../lib/paths.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { ownerSchema } from '../../lib/process/lock.ts'
import { killOrphans, markName } from '../../lib/process/orphans.ts'
import { isAlive } from '../../lib/process/owner.ts'
import { orWarn, readJsonIfThere } from '../../lib/read.ts'
import { experimentName, files } from '../../record/files.ts'
import type { Run } from '../../record/schema.ts'
import { findExperiment, type RunStarted, runKey } from '../../record/state.ts'
import { emit, type Slot } from '../session/context.ts'
import type { SlotContext, TrainContext } from './context.ts'
import { runEnvironment } from './environment.ts'
import { firstChanged } from './freeze.ts'
import { type Exit, exitSchema, type Job, jobSchema } from './job.ts'
import { measure, readEvaluation } from './measure.ts'
import { showProgress } from './progress.ts'

export interface RunOrder {
  experiment: number
  commit: string
  purpose: Run['purpose']
  seed: number
}

/** Makes one run from start to record. Never throws for what the run does; only for a broken machine. */
export async function train(context: TrainContext, order: RunOrder, slot: Slot = context.slots[0]): Promise<Run> {
  await prepareSlot(context, slot, order.commit)
  // Taken and journalled without a pause in between, so that no other slot takes the same number.
  const k = nextRun(context, order.experiment)
  const started: RunStarted = { event: 'run-started', at: new Date().toISOString(), ...order, k, slot: slot.index }
  context.state.running.set(runKey(order.experiment, k), started)
  await emit(context, started)
  const job = await startRunner(context, started, slot)
  const ticking = showProgress(context, started)
  const exit = await job.exit.finally(() => clearInterval(ticking))
  return conclude(context, started, slot, exit)
}

/**
 * A run that another harness left under way: waited for when its runner lives, read when it had finished, and given
 * up when neither is so; then it is made again.
 * @throws {Failure} when what it left does not read: a run that has finished is not made again unasked
 */
export async function recoverRun(context: TrainContext, started: RunStarted): Promise<Run | null> {
  const place = runPaths(context, started)
  const job = await readJsonIfThere(place.job, jobSchema, againAdvice(context, started, place.job))
  const slot = context.slots.find(slot => slot.index === started.slot)
  context.state.running.delete(runKey(started.experiment, started.k))
  if (!job || !slot) return null
  // Without its name a runner that lives is still found by its mark.
  const owner = await orWarn(
    readJsonIfThere(place.owner, ownerSchema, 'The run is not waited for: what still runs of it is ended.'),
  )
  if (owner && (await isAlive(owner))) {
    context.terminal.step('resume', `waiting for the run of ${experimentName(started.experiment)} that is under way`)
    while ((await isAlive(owner)) && !context.interrupt.now.aborted) await wait(100)
    if (context.interrupt.now.aborted && (await isAlive(owner))) await endRunner(owner.pid, job.mark)
  }
  const exit = await readExit(context, started)
  if (exit === null) {
    await killOrphans(job.mark)
    return null
  }
  context.terminal.step('resume', `read the run of ${experimentName(started.experiment)} that had finished`)
  return conclude(context, started, slot, exit)
}

/** How a run ended; null without an exit.json. @throws {Failure} when its exit.json does not read */
function readExit(context: TrainContext, started: RunStarted): Promise<Exit | null> {
  const { exit } = runPaths(context, started)
  return readJsonIfThere(exit, exitSchema, againAdvice(context, started, exit))
}

/** The choice is the user's: a copy of the file saves the run, without the file it is made again. */
const againAdvice = ({ state }: Pick<TrainContext, 'state'>, { experiment }: RunStarted, path: string): string =>
  `Restore it from a copy, or delete it to have this run of ${experimentName(experiment)} made again: \`rm '${path}'\`. Then \`pnpm session --resume ${state.session.id}\` goes on.`

async function endRunner(pid: number, mark: string): Promise<void> {
  process.kill(pid, 'SIGTERM')
  await wait(4000)
  await killOrphans(mark)
}

/** Every run of an experiment has a number of its own, from 1, those under way counted. */
function nextRun({ state }: Pick<TrainContext, 'state'>, experiment: number): number {
  const finished = findExperiment(state, experiment)?.runs ?? state.open.get(experiment) ?? []
  const underWay = [...state.running.values()].filter(run => run.experiment === experiment)
  return Math.max(0, ...finished.map(run => run.k), ...underWay.map(run => run.k)) + 1
}

/**
 * A slot's worktree at a commit, links in place, frozen files as they were.
 * @throws {Failure} when the frozen files cannot be put back as they were: then nothing measured here would count
 */
export async function prepareSlot(context: SlotContext, slot: Slot, commit: string): Promise<void> {
  const { contract, repository, frozen } = context
  await resetWorktree(slot.git, commit, contract.link)
  for (const link of contract.link) {
    const path = join(slot.path, link)
    await mkdir(dirname(path), { recursive: true })
    await rm(path, { force: true, recursive: true })
    await symlink(join(repository.root, link), path)
  }
  const changed = await firstChanged(slot.path, frozen)
  if (changed)
    throw new Failure(
      `${changed} is not what it was at the start, in a fresh worktree.`,
      'Look for a git filter or another program that writes into .nightshift/.',
    )
}

async function startRunner(context: TrainContext, started: RunStarted, slot: Slot): Promise<{ exit: Promise<Exit> }> {
  const place = runPaths(context, started)
  const { contract, interrupt } = context
  const mark = randomUUID()
  const job: Job = {
    command: contract.run,
    cwd: join(slot.path, contract.target),
    log: join(place.run, 'run.log'),
    exit: place.exit,
    owner: place.owner,
    mark,
    timeoutSeconds: contract.timeout,
  }
  await rm(place.work, { recursive: true, force: true })
  await mkdir(place.run, { recursive: true })
  await writeWhole(place.job, JSON.stringify(job))
  failpoint('job written')
  const runner = execa(process.execPath, [join(import.meta.dirname, 'runner.ts'), place.job], {
    // Its own session: neither the end of the harness nor Ctrl-C in the terminal reaches it.
    detached: true,
    cleanup: false,
    stdio: 'ignore',
    reject: false,
    extendEnv: false,
    env: {
      ...runEnvironment(),
      ...runVariables(context, started, slot, place),
      [markName]: mark,
      // The runner's own, which it does not hand on: it starts in half the time.
      NODE_COMPILE_CACHE: join(workRoot, 'compiled'),
    },
  })
  const stop = () => runner.kill('SIGTERM')
  if (interrupt.now.aborted) stop()
  interrupt.now.addEventListener('abort', stop)
  failpoint('runner started')
  return { exit: finished() }

  async function finished(): Promise<Exit> {
    await runner
    interrupt.now.removeEventListener('abort', stop)
    const exit = await readExit(context, started).catch(async (error: unknown) => {
      await killOrphans(mark)
      throw error
    })
    if (exit !== null) return exit
    // A runner that was killed cannot have ended what it started.
    await killOrphans(mark)
    if (interrupt.now.aborted) return { code: null, signal: null, seconds: 0, ended: 'aborted', strays: 0 }
    throw new Failure(
      `The runner of ${experimentName(started.experiment)} ended without writing exit.json.`,
      `Was it killed? Its log is ${job.log}; \`pnpm session --resume\` goes on.`,
    )
  }
}

type RunPaths = ReturnType<typeof runPaths>

/** Where a run leaves what: its record in the session's folder, its job, owner, exit and evaluation in `.nightshift/`. */
function runPaths(
  context: Pick<TrainContext, 'work' | 'folder'>,
  { experiment, k }: Pick<RunStarted, 'experiment' | 'k'>,
) {
  const work = join(context.work, `run-${experimentName(experiment)}-${k}`)
  const at = (name: string) => join(work, `${name}.json`)
  return {
    run: files.run(context.folder, experiment, k),
    work,
    job: at('job'),
    owner: at('owner'),
    exit: at('exit'),
    evaluation: at('eval'),
  }
}

function runVariables(
  { contract }: Pick<TrainContext, 'contract'>,
  { seed, purpose }: RunStarted,
  { gpu }: Slot,
  place: RunPaths,
): Record<string, string> {
  const both = (purpose === 'confirm' || purpose === 'ablate') && contract.metric.holdout !== null
  return {
    NIGHTSHIFT_SEED: String(seed),
    NIGHTSHIFT_BUDGET_S: String(contract.budget),
    NIGHTSHIFT_SPLITS: both ? 'val,holdout' : 'val',
    NIGHTSHIFT_CURVE: join(place.run, 'curve.csv'),
    NIGHTSHIFT_EVAL: place.evaluation,
    ...(gpu === null ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
  }
}

/** Measures a run that has ended, records it and clears up. */
async function conclude(context: TrainContext, started: RunStarted, slot: Slot, exit: Exit): Promise<Run> {
  failpoint('run ended')
  const { contract, frozen, state } = context
  const { experiment, k, purpose, seed, commit, at } = started
  const place = runPaths(context, started)
  // The run may have put anything in its log's place: a log that does not read is the run's crash, not the session's.
  const log = await readFile(join(place.run, 'run.log'), 'utf8').catch(() => '')
  const evaluation = await readEvaluation(place.evaluation)
  const held = purpose === 'confirm' || purpose === 'ablate'
  let measured = measure(exit, log, evaluation, contract.metric, held, state.session.data)
  const changed = measured.outcome === 'ok' ? await firstChanged(slot.path, frozen) : null
  if (changed)
    measured = {
      ...measured,
      outcome: 'crash',
      why: `the run changed ${changed}, which is frozen`,
      metric: null,
      holdout: null,
    }
  if (measured.outcome === 'ok' && state.session.data === null && evaluation?.data) {
    const { data, python = null, torch = null } = evaluation
    await emit(context, { event: 'environment', data, python, torch })
  }
  const run: Run = { k, purpose, seed, commit, startedAt: at, seconds: exit.seconds, ...measured }
  await emit(context, { event: 'run-finished', experiment, run })
  await rm(place.work, { recursive: true, force: true })
  return run
}
