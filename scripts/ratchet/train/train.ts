/** One run: checks out the commit in a slot, runs the command in a runner process, measures and records the result. */
import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { z } from 'zod'
import { type Exit, exitSchema } from '../../engines/local/exit.ts'
import { checkFrozen } from '../../engines/local/frozenHashes.ts'
import { evaluatorMark } from '../../engines/local/job.ts'
import { signalGroup } from '../../engines/local/processes.ts'
import { closingSeconds, type Runner } from '../../engines/local/runners.ts'
import { readSigned } from '../../engines/local/signature.ts'
import { Failure } from '../../lib/errors.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { freePath } from '../../lib/files/remove.ts'
import { recreateWorktree, resetWorktree } from '../../lib/git/worktree.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { ownerSchema } from '../../lib/process/lock.ts'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import { isAlive } from '../../lib/process/owner.ts'
import { sanitizeText } from '../../lib/text.ts'
import { isInCache } from '../../program/contract.ts'
import { experimentName } from '../../record/files/paths.ts'
import { restoreExperimentFolder } from '../../record/files/restore.ts'
import { maxBytes } from '../../record/limits.ts'
import type { Run } from '../../record/schema.ts'
import { findExperiment, type RunStarted, runKey } from '../../record/state.ts'
import type { RunOrder } from '../runOrder.ts'
import { checkSandbox, type Execution, inSandbox, readySandbox } from '../sandbox/enter.ts'
import { emit, type Slot } from '../session/context.ts'
import { afterRun, beforeRun } from '../traces/watch.ts'
import type { SlotContext, TrainContext } from './context.ts'
import { runEnvironment } from './environment.ts'
import { evaluatorJob, secondsAfter } from './evaluate/evaluatorJob.ts'
import { checkEvaluation } from './evaluate/folder.ts'
import { finishRun } from './finishRun.ts'
import { showProgress } from './progress.ts'
import { runPaths, runVariables } from './runVariables.ts'

export type { RunOrder } from '../runOrder.ts'

/** Executes and records one run. A failed run is a result; only a failure of the machine or the harness throws. */
export async function train(context: TrainContext, order: RunOrder, slot: Slot = context.slots[0]): Promise<Run> {
  await readySandbox(context)
  // No await between choosing k and marking it as running, so that no other slot takes the same number.
  const k = nextRun(context, order.experiment)
  const runner = context.runners.take()
  const { mark, key } = runner
  const at = new Date().toISOString()
  const started: RunStarted = { event: 'run-started', at, ...order, k, slot: slot.index, mark, key }
  context.state.running.set(runKey(order.experiment, k), started)
  try {
    await emit(context, started)
    await Promise.all([
      prepareFolders(context, started),
      prepareSlot(context, slot, order.commit),
      prepareEvaluation(context),
      beforeRun(context, order.experiment),
    ])
  } catch (error) {
    context.state.running.delete(runKey(order.experiment, k))
    runner.dismiss()
    throw error
  }
  failpoint('run prepared')
  const execution = await executionOf(context, started, slot).catch((error: unknown) => {
    context.state.running.delete(runKey(order.experiment, k))
    runner.dismiss()
    throw error
  })
  const endSampling = context.gpus.follow({ gpu: slot.gpu, mark: runner.mark })
  const exit = execute(context, started, slot, runner, execution)
  failpoint('runner started')
  const progress = showProgress(context, started)
  let gpu: Run['gpu']
  const ended = await exit.finally(() => {
    clearInterval(progress)
    gpu = endSampling()
  })
  await checkSandbox(context, slot, runPaths(context, started), ended, execution).catch((error: unknown) => {
    context.state.running.delete(runKey(order.experiment, k))
    throw error
  })
  await afterRun(context, order.experiment)
  return finishRun(context, started, ended, gpu)
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
    const seconds = context.contract.timeout + secondsAfter(context.contract) + closingSeconds
    const latest = performance.now() + 1000 * seconds
    const mayEnd = () => !context.interrupt.now.aborted && performance.now() < latest
    while ((await isAlive(owner)) && mayEnd()) await wait(100)
    if (await isAlive(owner)) await endRunner(owner.pid)
  }
  await killAll(context, started)
  const exit = await readFromRunner(exitPath, exitSchema, key)
  if (exit === null && existsSync(exitPath))
    context.terminal.step('resume', `repeating the run of ${name}: its exit.json is not signed by its runner`)
  if (exit === null) return null
  if (isDoubtful(context, exit)) {
    context.terminal.step('resume', `repeating the run of ${name}, which failed: its sandbox can no longer be made`)
    return null
  }
  context.terminal.step('resume', `recovered the finished run of ${name}`)
  await afterRun(context, started.experiment)
  return finishRun(context, started, exit)
}

/** Whether a run failed that had been started in a sandbox which the machine does not give any more: it may never have begun. */
function isDoubtful({ state, sandbox }: TrainContext, { code, ended }: Exit): boolean {
  const last = state.session.sandboxes?.at(-1)?.mechanism ?? null
  return code !== 0 && ended === null && last !== null && last !== sandbox.found?.mechanism
}

/** Reads what a runner wrote; null where it wrote nothing, or the file is not its own. */
async function readFromRunner<T>(path: string, schema: z.ZodType<T>, key: string): Promise<T | null> {
  const content = await readRegularFile(path, maxBytes.exit)
  return content === null ? null : (schema.safeParse(readSigned(content, key)).data ?? null)
}

async function endRunner(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM')
  await wait(4000)
}

/** Kills what is left of a run and of its evaluator. */
async function killAll(context: TrainContext, started: RunStarted): Promise<void> {
  const { mark = '', key = '' } = started
  await killOrphans(mark)
  const evaluator = await readFromRunner(runPaths(context, started).evaluator, ownerSchema, key)
  if (evaluator !== null && (await isAlive(evaluator))) signalGroup(evaluator.pid, 'SIGKILL')
  await killOrphans(evaluatorMark(mark))
}

/** Number of the experiment's next run, counted from 1, runs under way included. */
function nextRun({ state }: Pick<TrainContext, 'state'>, experiment: number): number {
  const judged = findExperiment(state, experiment)?.runs ?? state.open.get(experiment) ?? []
  const finished = [...judged, ...(state.adoptRuns.get(experiment) ?? [])]
  const underWay = [...state.running.values()].filter(run => run.experiment === experiment)
  return Math.max(0, ...finished.map(run => run.k), ...underWay.map(run => run.k)) + 1
}

/**
 * Checks out a commit in a slot's worktree, creates the links, and checks the frozen files.
 * @throws {Failure} when a frozen file differs from the start of the session even in a fresh checkout
 */
export async function prepareSlot(context: SlotContext, slot: Slot, commit: string): Promise<void> {
  await resetWorktree(slot.git, commit, context.contract.link)
  await arrange(context, slot)
  if ((await checkFrozen(slot.path, context.frozen)).changed === null) return
  // A run may have told git in the worktree's index that a file never changes; the index is made anew with the worktree.
  await recreateWorktree(slot.git, commit)
  await arrange(context, slot)
  const { changed } = await checkFrozen(slot.path, context.frozen)
  if (changed !== null)
    throw new Failure(
      `${changed} differs from the start of the session, in a fresh checkout.`,
      'Check for a git filter, or a program that writes into .nightshift/.',
    )
}

/** Removes what is hidden from runs, and puts the links. */
async function arrange({ contract, repository }: SlotContext, slot: Slot): Promise<void> {
  for (const path of contract.hide) if (!isInCache(path)) await freePath(join(slot.path, path))
  for (const link of contract.link) {
    const path = join(slot.path, link)
    await mkdir(dirname(path), { recursive: true })
    await freePath(path)
    await symlink(join(repository.root, link), path)
  }
}

/** Tells of a change to the evaluator's files: only a run without a sandbox, or another program of the user, reaches them. */
async function prepareEvaluation({ evaluation, terminal }: TrainContext): Promise<void> {
  const change = evaluation === null ? null : await checkEvaluation(evaluation)
  if (change !== null)
    terminal.step(
      'warning',
      `the evaluator's files had been changed: ${sanitizeText(change, 160)}; they were made anew`,
    )
}

/** Makes the folders of a run. An earlier run may have left something there, e.g. a pipe as the log, which a runner would wait for. */
async function prepareFolders(context: TrainContext, started: RunStarted): Promise<void> {
  const paths = runPaths(context, started)
  await restoreExperimentFolder(context.folder, started.experiment)
  await Promise.all([paths.run, paths.work, paths.output].map(freePath))
  const output = context.contract.evaluate?.after == null ? [] : [paths.output]
  await Promise.all([paths.run, paths.given, ...output].map(folder => mkdir(folder, { recursive: true })))
}

/** What program.md runs, in the session's sandbox. */
function executionOf(context: TrainContext, started: RunStarted, slot: Slot): Promise<Execution> {
  const paths = runPaths(context, started)
  const env = { ...runEnvironment(context.contract), ...runVariables(context, started, slot, paths) }
  return inSandbox(context, slot, paths, { argv: ['sh', '-c', context.contract.run], env })
}

/** Lets a runner execute a run. */
async function execute(
  context: TrainContext,
  started: RunStarted,
  slot: Slot,
  runner: Runner,
  { argv, env, relay }: Execution,
): Promise<Exit> {
  const paths = runPaths(context, started)
  const { contract, interrupt, frozen } = context
  const evaluator = await evaluatorJob(context, started, slot, paths, runner.mark)
  const began = performance.now()
  const ended = runner.execute(
    {
      argv,
      cwd: join(slot.path, contract.target),
      env: { ...env, [runMarkVariable]: runner.mark },
      log: join(paths.run, 'run.log'),
      exit: paths.exit,
      owner: paths.owner,
      timeoutSeconds: contract.timeout,
      relay,
      frozen: { folder: slot.path, hashes: Object.fromEntries(frozen) },
      evaluator,
    },
    () => !interrupt.now.aborted,
  )
  const stop = () => runner.kill('SIGTERM')
  if (interrupt.now.aborted) stop()
  interrupt.now.addEventListener('abort', stop)
  await ended
  interrupt.now.removeEventListener('abort', stop)
  // Whatever the runner left: it may have been killed, and so have killed nothing.
  await killAll(context, started)
  const exit = await readFromRunner(paths.exit, exitSchema, runner.key)
  const seconds = (performance.now() - began) / 1000
  if (exit === null) return { ...nothingKnown, seconds, ended: interrupt.now.aborted ? 'aborted' : 'lost' }
  // Its runner was asked to stop, but not by the session.
  return exit.ended === 'aborted' && !interrupt.finish.aborted ? { ...exit, ended: 'lost' } : exit
}

const nothingKnown = { code: null, signal: null, orphans: 0, frozen: null }
