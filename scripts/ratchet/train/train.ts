/** One run: checks out the commit in a slot, runs the command in a runner process, measures and records the result. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { command } from '../../lib/command.ts'
import { writeAtomic } from '../../lib/disk.ts'
import { Failure } from '../../lib/errors.ts'
import { resetWorktree } from '../../lib/git/worktree.ts'
import { workRoot } from '../../lib/paths.ts'
import { untilStarted } from '../../lib/process/beforeStart.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { ownerSchema } from '../../lib/process/lock.ts'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import { isAlive } from '../../lib/process/owner.ts'
import { orWarn, readJsonIfThere, readRegularFile } from '../../lib/read.ts'
import { createRedactor } from '../../lib/secrets.ts'
import { experimentName, files } from '../../record/files.ts'
import { writeRows } from '../../record/rows.ts'
import type { Run } from '../../record/schema.ts'
import { findExperiment, type RunStarted, runKey } from '../../record/state.ts'
import type { RunOrder } from '../runOrder.ts'
import { emit, type Slot } from '../session/context.ts'
import type { SlotContext, TrainContext } from './context.ts'
import { runEnvironment } from './environment.ts'
import { newEnvironment, readEvaluation } from './evaluationFile.ts'
import { findChangedFile } from './freeze.ts'
import { type Exit, exitSchema, type Job, jobSchema } from './job.ts'
import { measure } from './measure.ts'
import { showProgress } from './progress.ts'

export type { RunOrder } from '../runOrder.ts'

/** Executes and records one run. A failed run is a result; only a failure of the machine or the harness throws. */
export async function train(context: TrainContext, order: RunOrder, slot: Slot = context.slots[0]): Promise<Run> {
  await prepareSlot(context, slot, order.commit)
  // No await between choosing k and marking it as running, so that no other slot takes the same number.
  const k = nextRun(context, order.experiment)
  const started: RunStarted = { event: 'run-started', at: new Date().toISOString(), ...order, k, slot: slot.index }
  context.state.running.set(runKey(order.experiment, k), started)
  await emit(context, started)
  const job = await startRunner(context, started, slot)
  const progress = showProgress(context, started)
  const exit = await job.exit.finally(() => clearInterval(progress))
  return finishRun(context, started, slot, exit)
}

/**
 * Recovers a run that an earlier harness left: waits for it while its runner is alive, then reads its result. Returns
 * null when there is no result; the run is then made again.
 * @throws {Failure} when its files cannot be read, because a finished run is not repeated without the user's consent
 */
export async function recoverRun(context: TrainContext, started: RunStarted): Promise<Run | null> {
  const paths = runPaths(context, started)
  const job = await readJsonIfThere(paths.job, jobSchema, againAdvice(context, started, paths.job))
  const slot = context.slots.find(slot => slot.index === started.slot)
  context.state.running.delete(runKey(started.experiment, started.k))
  if (!job || !slot) return null
  // When owner.json cannot be read, `killOrphans` still finds a live runner by its mark.
  const owner = await orWarn(
    readJsonIfThere(paths.owner, ownerSchema, 'The run is not waited for; its processes are killed.'),
  )
  if (owner && (await isAlive(owner))) {
    context.terminal.step('resume', `waiting for the run of ${experimentName(started.experiment)}, still under way`)
    while ((await isAlive(owner)) && !context.interrupt.now.aborted) await wait(100)
    if (context.interrupt.now.aborted && (await isAlive(owner))) await endRunner(owner.pid, job.mark)
  }
  const exit = await readExit(context, started)
  if (exit === null) {
    await killOrphans(job.mark)
    return null
  }
  context.terminal.step('resume', `recovered the finished run of ${experimentName(started.experiment)}`)
  return finishRun(context, started, slot, exit)
}

/** Reads exit.json; null when it is missing. @throws {Failure} when it cannot be read */
function readExit(context: TrainContext, started: RunStarted): Promise<Exit | null> {
  const { exit } = runPaths(context, started)
  return readJsonIfThere(exit, exitSchema, againAdvice(context, started, exit))
}

/** The user decides: a copy of the file saves the run; without the file the run is repeated. */
const againAdvice = ({ state }: Pick<TrainContext, 'state'>, { experiment }: RunStarted, path: string): string =>
  `Restore it from a copy, or delete it to repeat this run of ${experimentName(experiment)}: \`rm '${path}'\`. Then \`${command(`session resume ${state.session.id}`)}\` continues.`

async function endRunner(pid: number, mark: string): Promise<void> {
  process.kill(pid, 'SIGTERM')
  await wait(4000)
  await killOrphans(mark)
}

/** Number of the experiment's next run, counted from 1, runs under way included. */
function nextRun({ state }: Pick<TrainContext, 'state'>, experiment: number): number {
  const finished = findExperiment(state, experiment)?.runs ?? state.open.get(experiment) ?? []
  const underWay = [...state.running.values()].filter(run => run.experiment === experiment)
  return Math.max(0, ...finished.map(run => run.k), ...underWay.map(run => run.k)) + 1
}

/**
 * Checks out a commit in a slot's worktree, creates the links, and checks the frozen files.
 * @throws {Failure} when a frozen file differs from the start of the session even in a fresh checkout
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
  const changed = await findChangedFile(slot.path, frozen)
  if (changed)
    throw new Failure(
      `${changed} differs from the start of the session, in a fresh checkout.`,
      'Check for a git filter, or a program that writes into .nightshift/.',
    )
}

async function startRunner(context: TrainContext, started: RunStarted, slot: Slot): Promise<{ exit: Promise<Exit> }> {
  const paths = runPaths(context, started)
  const { contract, interrupt } = context
  const mark = randomUUID()
  const job: Job = {
    command: contract.run,
    cwd: join(slot.path, contract.target),
    log: join(paths.run, 'run.log'),
    exit: paths.exit,
    owner: paths.owner,
    mark,
    timeoutSeconds: contract.timeout,
  }
  await rm(paths.work, { recursive: true, force: true })
  await mkdir(paths.run, { recursive: true })
  await writeAtomic(paths.job, JSON.stringify(job))
  failpoint('job written')
  let runner: ReturnType<typeof start> | null = null
  const ended = untilStarted(
    () => {
      runner = start()
      return runner
    },
    // The runner writes owner.json first.
    async () => !interrupt.now.aborted && !existsSync(paths.owner),
  )
  const stop = () => runner?.kill('SIGTERM')
  if (interrupt.now.aborted) stop()
  interrupt.now.addEventListener('abort', stop)
  failpoint('runner started')
  return { exit: finished() }

  function start() {
    return execa(process.execPath, [join(import.meta.dirname, 'runner.ts'), paths.job], {
      // Its own process group: the end of the harness and Ctrl-C do not reach it.
      detached: true,
      cleanup: false,
      stdio: 'ignore',
      reject: false,
      extendEnv: false,
      env: {
        ...runEnvironment(),
        ...runVariables(context, started, slot, paths),
        [runMarkVariable]: mark,
        // For the runner only, which removes it from the run's environment: halves its start-up time.
        NODE_COMPILE_CACHE: join(workRoot, 'compiled'),
      },
    })
  }

  async function finished(): Promise<Exit> {
    await ended
    interrupt.now.removeEventListener('abort', stop)
    const exit = await readExit(context, started).catch(async (error: unknown) => {
      await killOrphans(mark)
      throw error
    })
    if (exit !== null) return exit
    // The runner was killed, so it has not killed its children.
    await killOrphans(mark)
    if (interrupt.now.aborted) return { code: null, signal: null, seconds: 0, ended: 'aborted' }
    throw new Failure(
      `The runner of ${experimentName(started.experiment)} ended without writing exit.json.`,
      `Was it killed? Its log is ${job.log}; \`${command('session resume')}\` continues.`,
    )
  }
}

type RunPaths = ReturnType<typeof runPaths>

/** Paths of a run: its record in the session's folder; its job, owner, exit and evaluation in `.nightshift/`. */
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
  paths: RunPaths,
): Record<string, string> {
  const withHoldout = measuresHoldout(purpose) && contract.metric.holdout !== null
  return {
    NIGHTSHIFT_SEED: String(seed),
    NIGHTSHIFT_BUDGET_S: String(contract.budget),
    NIGHTSHIFT_SPLITS: withHoldout ? 'val,holdout' : 'val',
    NIGHTSHIFT_CURVE: join(paths.run, 'curve.csv'),
    NIGHTSHIFT_EVAL: paths.evaluation,
    ...(gpu === null ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
  }
}

/** Confirm alone: each further use of the holdout makes it less independent, and an ablation is judged by val. */
const measuresHoldout = (purpose: Run['purpose']): boolean => purpose === 'confirm'

/** Measures and records a run that has ended, and removes its work files. */
async function finishRun(context: TrainContext, started: RunStarted, slot: Slot, exit: Exit): Promise<Run> {
  failpoint('run ended')
  const { contract, frozen, state } = context
  const { experiment, k, purpose, seed, commit, at } = started
  const paths = runPaths(context, started)
  // The run may have replaced its log: what cannot be read is a crash of the run, not an error of the session.
  await removeIrregular(paths.run)
  const log = (await readRegularFile(join(paths.run, 'run.log'))) ?? ''
  const { evaluation, unreadable } = await readEvaluation(paths.evaluation)
  const { data, measurement } = state.session
  const runs = [...state.experiments.flatMap(e => e.runs), ...[...state.open.values()].flat()]
  let measured = measure(exit, log, evaluation, contract.metric, {
    holdout: measuresHoldout(purpose),
    data,
    unreadable,
    frozen: measurement,
    runs,
    redact: createRedactor(process.env),
  })
  const changed = measured.outcome === 'ok' ? await findChangedFile(slot.path, frozen) : null
  if (changed)
    measured = {
      ...measured,
      outcome: 'crash',
      why: `the run changed ${changed}, which is frozen`,
      metric: null,
      holdout: null,
      measuredBy: undefined,
      evaluated: undefined,
    }
  const isFirst = !runs.some(run => run.metric !== null)
  const environment = measured.outcome === 'ok' ? newEnvironment(state.session, evaluation, isFirst) : null
  if (environment !== null) await emit(context, { event: 'environment', ...environment })
  // The first run of a candidate was selected by its value, so nothing compares its rows.
  if (measured.outcome === 'ok' && evaluation?.rows && purpose !== 'candidate')
    await writeRows(context.folder, experiment, k, evaluation.rows)
  const run: Run = { k, purpose, seed, commit, startedAt: at, seconds: exit.seconds, ...measured }
  await emit(context, { event: 'run-finished', experiment, run })
  await rm(paths.work, { recursive: true, force: true })
  return run
}

/** Removes links, folders and pipes that a run left among its records: reading a pipe would wait for a writer. */
async function removeIrregular(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (!(await lstat(path)).isFile()) await rm(path, { recursive: true, force: true })
  }
}
