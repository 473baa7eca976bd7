/** Executes runs in processes of the harness's own machine. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Exit, exitSchema } from '../../../engines/local/exit.ts'
import { evaluatorMark } from '../../../engines/local/job.ts'
import { signalGroup } from '../../../engines/local/processes.ts'
import { closingSeconds, type Runner } from '../../../engines/local/runners.ts'
import { failpoint } from '../../../lib/process/failpoint.ts'
import { ownerSchema } from '../../../lib/process/lock.ts'
import { killOrphans, runMarkVariable } from '../../../lib/process/orphans.ts'
import { isAlive } from '../../../lib/process/owner.ts'
import { sanitizeText } from '../../../lib/text.ts'
import { experimentName } from '../../../record/files/paths.ts'
import type { Run } from '../../../record/schema.ts'
import { type RunStarted, runKey } from '../../../record/state.ts'
import type { RunOrder } from '../../runOrder.ts'
import { checkSandbox, type Execution, inSandbox, readySandbox } from '../../sandbox/enter.ts'
import { emit, type Slot } from '../../session/context.ts'
import { afterRun, beforeRun } from '../../traces/watch.ts'
import type { TrainContext } from '../context.ts'
import { runEnvironment } from '../environment.ts'
import { evaluatorHere, evaluatorJob, secondsAfter } from '../evaluate/evaluatorJob.ts'
import { checkEvaluation } from '../evaluate/folder.ts'
import { showProgress } from '../progress.ts'
import { runPaths, runVariables } from '../runVariables.ts'
import type { Executed } from './executed.ts'
import { prepareFolders, readFromRunner } from './folders.ts'
import { prepareSlot } from './prepareSlot.ts'

/** Executes a run. @param chooseK number of the run; called with nothing awaited before the run is in the state */
export async function executeHere(
  context: TrainContext,
  order: RunOrder,
  chooseK: () => number,
  slot: Slot = context.slots[0],
): Promise<Executed> {
  await readySandbox(context)
  const k = chooseK()
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
  const ending = execute(context, started, slot, runner, execution)
  failpoint('runner started')
  const progress = showProgress(context, started)
  let gpu: Run['gpu']
  const exit = await ending.finally(() => {
    clearInterval(progress)
    gpu = endSampling()
  })
  await checkSandbox(context, slot, runPaths(context, started), exit, execution).catch((error: unknown) => {
    context.state.running.delete(runKey(order.experiment, k))
    throw error
  })
  await afterRun(context, order.experiment)
  return { started, exit, found: gpu === undefined ? {} : { gpu } }
}

/** Waits for a run that an earlier harness left while its runner is alive; null when there is no result that its runner signed. */
export async function recoverHere(context: TrainContext, started: RunStarted): Promise<Executed | null> {
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
  return { started, exit, found: {} }
}

/** Whether a run failed that had been started in a sandbox which the machine does not give any more: it may never have begun. */
function isDoubtful({ state, sandbox }: TrainContext, { code, ended }: Exit): boolean {
  const last = state.session.sandboxes?.at(-1)?.mechanism ?? null
  return code !== 0 && ended === null && last !== null && last !== sandbox.found?.mechanism
}

async function endRunner(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM')
  await wait(4000)
}

/** Kills what is left of a run and of its evaluator. */
export async function killAll(
  context: Pick<TrainContext, 'work' | 'folder' | 'state'>,
  started: RunStarted,
): Promise<void> {
  const { mark = '', key = '' } = started
  await killOrphans(mark)
  const evaluator = await readFromRunner(runPaths(context, started).evaluator, ownerSchema, key)
  if (evaluator !== null && (await isAlive(evaluator))) signalGroup(evaluator.pid, 'SIGKILL')
  await killOrphans(evaluatorMark(mark))
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
  const evaluator = await evaluatorJob(context, started, slot, paths, evaluatorHere(context, started, runner.mark))
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
