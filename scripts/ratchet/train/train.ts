/** One run: checks out the commit in a slot, runs the command in a runner process, measures and records the result. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import type { z } from 'zod'
import { secondsAllowed } from '../../analysis/budget.ts'
import { writeAtomic } from '../../lib/disk.ts'
import { Failure } from '../../lib/errors.ts'
import { resetWorktree } from '../../lib/git/worktree.ts'
import { workRoot } from '../../lib/paths.ts'
import { untilStarted } from '../../lib/process/beforeStart.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { ownerSchema } from '../../lib/process/lock.ts'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import { isAlive } from '../../lib/process/owner.ts'
import { asSubreaper } from '../../lib/process/subreaper.ts'
import { readRegularFile } from '../../lib/read.ts'
import { freePath } from '../../lib/remove.ts'
import { redact, redactRecord } from '../../lib/secrets/redact.ts'
import { experimentName, files } from '../../record/files.ts'
import { isOverBudget, overBudgetText } from '../../record/overBudget.ts'
import { writeRows } from '../../record/rows.ts'
import type { Run } from '../../record/schema.ts'
import { findExperiment, type RunStarted, runKey, type State } from '../../record/state.ts'
import type { RunOrder } from '../runOrder.ts'
import { emit, type Slot } from '../session/context.ts'
import type { SlotContext, TrainContext } from './context.ts'
import { runEnvironment } from './environment.ts'
import { newEnvironment, readEvaluation } from './measure/evaluationFile.ts'
import { readLeftovers } from './measure/leftovers.ts'
import { type Measured, measure } from './measure/measure.ts'
import { showProgress } from './progress.ts'
import { checkFrozen, digestOf } from './runner/frozenHashes.ts'
import { type Exit, exitSchema, type Job } from './runner/job.ts'
import { createKeys, type Keys, readSigned } from './runner/signature.ts'

export type { RunOrder } from '../runOrder.ts'

/** Executes and records one run. A failed run is a result; only a failure of the machine or the harness throws. */
export async function train(context: TrainContext, order: RunOrder, slot: Slot = context.slots[0]): Promise<Run> {
  await prepareSlot(context, slot, order.commit)
  // No await between choosing k and marking it as running, so that no other slot takes the same number.
  const k = nextRun(context, order.experiment)
  const keys = createKeys()
  const mark = randomUUID()
  const at = new Date().toISOString()
  const started: RunStarted = { event: 'run-started', at, ...order, k, slot: slot.index, mark, key: keys.public }
  context.state.running.set(runKey(order.experiment, k), started)
  await emit(context, started)
  const job = await startRunner(context, { ...started, mark }, slot, keys)
  const progress = showProgress(context, started)
  const exit = await job.exit.finally(() => clearInterval(progress))
  return finishRun(context, started, exit)
}

/**
 * Recovers a run that an earlier harness left: waits for it while its runner is alive, then reads its result. Returns null
 * when there is no result that its runner signed; the run is then made again.
 */
export async function recoverRun(context: TrainContext, started: RunStarted): Promise<Run | null> {
  const name = experimentName(started.experiment)
  const { owner: ownerPath, exit: exitPath } = runPaths(context, started)
  context.state.running.delete(runKey(started.experiment, started.k))
  // Without them it is of an earlier version.
  const { mark, key } = started
  if (mark === undefined || key === undefined) return null
  // When owner.json cannot be believed, `killOrphans` still finds a live runner by its mark.
  const owner = await readFromRunner(ownerPath, ownerSchema, key)
  if (owner && (await isAlive(owner))) {
    context.terminal.step('resume', `waiting for the run of ${name}, still under way`)
    const latest = performance.now() + 1000 * (context.contract.timeout + closingSeconds)
    const mayEnd = () => !context.interrupt.now.aborted && performance.now() < latest
    while ((await isAlive(owner)) && mayEnd()) await wait(100)
    if (await isAlive(owner)) await endRunner(owner.pid, mark)
  }
  await killOrphans(mark)
  const exit = await readFromRunner(exitPath, exitSchema, key)
  if (exit === null && existsSync(exitPath))
    context.terminal.step('resume', `repeating the run of ${name}: its exit.json is not signed by its runner`)
  if (exit === null) return null
  context.terminal.step('resume', `recovered the finished run of ${name}`)
  return finishRun(context, started, exit)
}

/** Reads what a runner wrote; null where it wrote nothing, or the file is not its own. */
async function readFromRunner<T>(path: string, schema: z.ZodType<T>, key: string): Promise<T | null> {
  const content = await readRegularFile(path, 2 ** 20)
  return content === null ? null : (schema.safeParse(readSigned(content, key)).data ?? null)
}

/** Seconds that a runner has after the timeout of its run, to end it, search for orphans and hash the frozen files. */
const closingSeconds = 60

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
    await freePath(path)
    await symlink(join(repository.root, link), path)
  }
  const { changed } = await checkFrozen(slot.path, frozen)
  if (changed !== null)
    throw new Failure(
      `${changed} differs from the start of the session, in a fresh checkout.`,
      'Check for a git filter, or a program that writes into .nightshift/.',
    )
}

async function startRunner(
  context: TrainContext,
  started: RunStarted & { mark: string },
  slot: Slot,
  keys: Keys,
): Promise<{ exit: Promise<Exit> }> {
  const paths = runPaths(context, started)
  const { contract, interrupt, frozen } = context
  const { mark } = started
  const job: Job = {
    command: contract.run,
    cwd: join(slot.path, contract.target),
    log: join(paths.run, 'run.log'),
    exit: paths.exit,
    owner: paths.owner,
    mark,
    timeoutSeconds: contract.timeout,
    frozen: { folder: slot.path, hashes: Object.fromEntries(frozen) },
  }
  await freePath(paths.work)
  await mkdir(paths.run, { recursive: true })
  await writeAtomic(paths.job, JSON.stringify(job))
  failpoint('job written')
  const began = performance.now()
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
  // A run may have stopped its runner (SIGSTOP), which then keeps no time.
  const backstop = setTimeout(() => runner?.kill('SIGKILL'), 1000 * (contract.timeout + closingSeconds))
  failpoint('runner started')
  return { exit: finished() }

  function start() {
    const [file = '', ...args] = asSubreaper([process.execPath, join(import.meta.dirname, 'runner/runner.ts'), paths.job])
    return execa(file, args, {
      // Its own process group: the end of the harness and Ctrl-C do not reach it.
      detached: true,
      cleanup: false,
      input: keys.secret,
      stdout: 'ignore',
      stderr: 'ignore',
      reject: false,
      extendEnv: false,
      env: {
        ...runEnvironment(contract.env),
        ...runVariables(context, started, slot, paths),
        [runMarkVariable]: mark,
        // For the runner only, which removes it from the run's environment: halves its start-up time.
        NODE_COMPILE_CACHE: join(workRoot, 'compiled'),
      },
    })
  }

  async function finished(): Promise<Exit> {
    await ended
    clearTimeout(backstop)
    interrupt.now.removeEventListener('abort', stop)
    // Whatever the runner left: it may have been killed, and so have killed nothing.
    await killOrphans(mark)
    const exit = await readFromRunner(paths.exit, exitSchema, keys.public)
    const seconds = (performance.now() - began) / 1000
    if (exit === null) return { ...nothingKnown, seconds, ended: interrupt.now.aborted ? 'aborted' : 'lost' }
    // Its runner was asked to stop, but not by the session.
    return exit.ended === 'aborted' && !interrupt.finish.aborted ? { ...exit, ended: 'lost' } : exit
  }
}

const nothingKnown = { code: null, signal: null, orphans: 0, frozen: null }

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
async function finishRun(context: TrainContext, started: RunStarted, exit: Exit): Promise<Run> {
  failpoint('run ended')
  const { contract, frozen, state } = context
  const { experiment, k, purpose, seed, commit, at } = started
  const paths = runPaths(context, started)
  const { log, problem } = await readLeftovers(context.folder, experiment, k, paths.evaluation)
  await redactFiles(paths.run)
  // As the record has it: later runs are compared with what is recorded of the first.
  const { evaluation, unreadable } = redactRecord(await readEvaluation(paths.evaluation))
  const { data, measurement } = state.session
  const runs = [...state.experiments.flatMap(e => e.runs), ...[...state.open.values()].flat()]
  let measured = measure(exit, log, evaluation, contract.metric, {
    holdout: measuresHoldout(purpose),
    data,
    unreadable,
    frozen: measurement,
    runs,
    redact,
  })
  if (problem !== null && (measured.outcome === 'ok' || measured.outcome === 'crash'))
    measured = asCrash(measured, problem)
  // By the runner's hashes: the worktree may have been reset since.
  if (measured.outcome === 'ok' && exit.frozen?.digest !== digestOf(frozen))
    measured = asCrash(measured, `the run changed ${exit.frozen?.changed ?? 'a file'}, which is frozen`)
  const isFirst = !runs.some(run => run.commit === commit && run.outcome === 'ok')
  const timed = { seconds: exit.seconds, ...allowedOf(state, started, isFirst) }
  if (measured.outcome === 'ok' && isOverBudget(timed)) {
    const text = overBudgetText(timed, contract.budget)
    if (!isFirst) measured = asCrash(measured, `over budget: ${text}`)
    else context.terminal.step('warning', `the first run of ${experimentName(experiment)} ${text}`)
  }
  const isFirstValue = !runs.some(run => run.metric !== null)
  const tells = measured.outcome === 'ok' && experiment === 0
  const environment = tells ? newEnvironment(state.session, evaluation, isFirstValue) : null
  if (environment !== null) await emit(context, { event: 'environment', ...environment })
  // The first run of a candidate was selected by its value, so nothing compares its rows.
  if (measured.outcome === 'ok' && evaluation?.rows && purpose !== 'candidate')
    await writeRows(context.folder, experiment, k, evaluation.rows)
  const run: Run = { k, purpose, seed, commit, startedAt: at, ...timed, ...measured }
  await emit(context, { event: 'run-finished', experiment, run })
  await freePath(paths.work)
  return run
}

/** What a run may take. Runs of confirm are compared all together, and the baseline is what others are compared with. */
function allowedOf(
  { session, experiments }: State,
  { purpose, commit }: RunStarted,
  isFirst: boolean,
): Pick<Run, 'allowedSeconds'> {
  if (purpose === 'confirm' || commit === session.baseCommit) return {}
  const allowed = secondsAllowed(session, experiments[0]?.runs ?? [], isFirst)
  return allowed === null ? {} : { allowedSeconds: allowed }
}

const asCrash = (measured: Measured, why: string): Measured => ({
  ...measured,
  outcome: 'crash',
  why,
  metric: null,
  holdout: null,
  measuredBy: undefined,
  evaluated: undefined,
})

/** Removes keys from what a run printed or left among its records. */
async function redactFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const text = await readRegularFile(path)
    const rest = text === null ? null : redact(text)
    if (rest !== null && rest !== text) await writeAtomic(path, rest)
  }
}
