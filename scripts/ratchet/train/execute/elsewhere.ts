/**
 * Executes runs on the session's engine. Each step is in the journal before the next: an attempt with its keys, that the engine
 * has taken it, that it was lost. So a run is found again after the harness was killed, and none is submitted twice.
 */
import { randomUUID } from 'node:crypto'
import type { Engine, Handle } from '../../../engines/engine.ts'
import { type Exit, exitSchema } from '../../../engines/local/exit.ts'
import { createKeys } from '../../../engines/local/signature.ts'
import { failpoint } from '../../../lib/process/failpoint.ts'
import { plural, sanitizeText } from '../../../lib/text.ts'
import type { Lost } from '../../../record/engine.ts'
import { experimentName } from '../../../record/files/paths.ts'
import { isLeftBehind, type RunInProgress, type RunStarted, runKey, waitedSeconds } from '../../../record/state.ts'
import type { RunOrder } from '../../runOrder.ts'
import { readySandbox } from '../../sandbox/enter.ts'
import { chooseOnNode } from '../../sandbox/find.ts'
import { emit, type Slot } from '../../session/context.ts'
import { checkLeft } from '../../session/leave.ts'
import type { TrainContext } from '../context.ts'
import { showProgress } from '../progress.ts'
import { runPaths } from '../runVariables.ts'
import { attemptKey } from './attemptKey.ts'
import type { Executed } from './executed.ts'
import { prepareFolders, readFromRunner } from './folders.ts'
import { type Ended, follow } from './follow.ts'
import { leftBehind } from './leftBehind.ts'
import { makeNodeJob } from './makeNodeJob.ts'
import { patiently } from './patiently.ts'
import { isReady, readySlot } from './places.ts'

/** How often a run is made that an engine loses. */
const maxAttempts = 3

/** The place of a slot is gone, with the run in it: the slot gets no work, and the run is made by another. */
export class PlaceLost extends Error {}

/**
 * Executes a run; one that is lost is made again with the same seed, at most twice.
 * @param given the slot to use; else any whose place is ready, which is waited for
 * @throws {PlaceLost} when the place of a given slot is lost
 * @throws {Left} when the session is left
 */
export async function executeElsewhere(
  context: TrainContext,
  engine: Engine,
  order: RunOrder,
  chooseK: () => number,
  given?: Slot,
): Promise<Executed> {
  for (;;) {
    const slot = given ?? (await readySlot(context, engine))
    try {
      if (slot !== null) takeSandbox(context, engine, slot)
      await readySandbox(context)
      return await makeAttempts(context, engine, order, chooseK, slot)
    } catch (error) {
      if (!(error instanceof PlaceLost) || given !== undefined) throw error
    }
  }
}

/** A resumed session knows what runs execute in only when a place is there. */
function takeSandbox(context: TrainContext, engine: Engine, { index }: Slot): void {
  const facts = engine.places[index]?.facts
  if (context.sandbox.isAssumed && facts) context.sandbox = chooseOnNode(context.contract, facts)
}

/** @param slot null: the session was stopped at once before there was a place */
async function makeAttempts(
  context: TrainContext,
  engine: Engine,
  order: RunOrder,
  chooseK: () => number,
  slot: Slot | null,
): Promise<Executed> {
  // No await between choosing k and marking it as running, so that no other slot takes the same number.
  const before = leftBehind(context.state, order)
  const k = before?.k ?? chooseK()
  for (let attempt = (before?.lost?.length ?? 0) + 1; ; attempt++) {
    checkLeft(context)
    const ended = await makeAttempt(context, engine, { ...order, k, attempt }, slot)
    if ('executed' in ended) return ended.executed
    if (ended.lost.length >= maxAttempts) return givenUp(ended.run)
    if (slot === null || !isReady(context, engine, slot)) throw new PlaceLost(`place ${slot?.index ?? 0}`)
  }
}

type Attempted = { executed: Executed } | { run: RunInProgress; lost: Lost[] }

async function makeAttempt(
  context: TrainContext,
  engine: Engine,
  { attempt, ...run }: RunOrder & { k: number; attempt: number },
  slot: Slot | null,
): Promise<Attempted> {
  const { state, interrupt } = context
  const name = runKey(run.experiment, run.k)
  const { secret, public: key } = createKeys()
  const at = new Date().toISOString()
  const mark = randomUUID()
  const started: RunStarted = { event: 'run-started', at, ...run, slot: slot?.index ?? 0, mark, key, attempt }
  const { lost, waitedBefore } = state.running.get(name) ?? {}
  state.running.set(name, { ...started, ...(lost && { lost, waitedBefore: waitedBefore ?? 0 }) })
  const progress = showProgress(context, started)
  try {
    await emit(context, started)
    await prepareFolders(context, started)
    failpoint('run prepared')
    const job = slot === null ? null : await makeNodeJob(context, engine, started, slot, secret)
    const handle =
      job === null || slot === null
        ? null
        : await patiently(context, 'the run is not submitted yet', () => engine.submit(slot.index, job))
    if (handle === null) checkLeft(context)
    // Nothing was submitted.
    if (handle === null) return { executed: { started, exit: aborted, found: {} } }
    failpoint('run submitted')
    await recordSubmitted(context, started, handle)
    return await endOf(context, engine, started, handle)
  } catch (error) {
    // One that was submitted is found by a resumption.
    if (!interrupt.now.aborted) state.running.delete(name)
    throw error
  } finally {
    clearInterval(progress)
  }
}

const recordSubmitted = (
  context: TrainContext,
  { experiment, k, attempt = 1 }: RunStarted,
  handle: Handle,
): Promise<void> => emit(context, { event: 'run-submitted', experiment, k, attempt, handle })

/** Waits for the end of an attempt, and records where it was lost. */
async function endOf(context: TrainContext, engine: Engine, started: RunStarted, handle: Handle): Promise<Attempted> {
  const ended = await follow(context, engine, started, handle)
  const run = () => runIn(context, started)
  if (ended.kind === 'ended') return { executed: executedOf(run(), ended.exit) }
  await recordLost(context, started, ended)
  return { run: run(), lost: run().lost ?? [] }
}

async function recordLost(
  context: TrainContext,
  started: RunStarted,
  { cause, detail, node }: Ended & { kind: 'lost' },
): Promise<void> {
  const { experiment, k, attempt = 1 } = started
  const words = sanitizeText(detail, 300)
  await emit(context, { event: 'run-lost', experiment, k, attempt, cause, detail: words, node })
  failpoint('run lost')
  const next = attempt < maxAttempts ? '; it is made again' : ''
  const where = node === null ? '' : ` on ${sanitizeText(node, 60)}`
  context.terminal.step(
    'lost',
    `the run of ${experimentName(experiment)}${where}: ${cause}${words === '' ? '' : ` (${words})`}${next}`,
  )
}

const runIn = ({ state }: TrainContext, { experiment, k, ...started }: RunStarted): RunInProgress =>
  state.running.get(runKey(experiment, k)) ?? { experiment, k, ...started }

/** A result, with what is known of where it comes from. */
function executedOf(run: RunInProgress, exit: Exit): Executed {
  const waited = (run.waitedBefore ?? 0) + waitedSeconds(run, new Date().toISOString())
  return {
    started: run,
    exit,
    found: {
      ...(run.placed && { node: run.placed.node }),
      ...(run.submitted && { waitedSeconds: Math.round(waited * 1000) / 1000 }),
      ...(run.lost && { lost: run.lost }),
    },
  }
}

/** A run that was lost each time has crashed, whatever its code does. */
function givenUp(run: RunInProgress): Executed {
  const lost = run.lost ?? []
  const causes = [...new Set(lost.map(({ cause }) => cause))].join(', ')
  const last = lost.at(-1)
  const words = last === undefined || last.detail === '' ? '' : `; at last: ${last.detail}`
  const why = `lost by the engine in ${plural(lost.length, 'attempt')} (${causes})${words}`
  return { ...executedOf(run, { ...nothingKnown, ended: 'lost' }), why }
}

const nothingKnown = { code: null, signal: null, seconds: 0, orphans: 0, frozen: null } as const
const aborted: Exit = { ...nothingKnown, ended: 'aborted' }

/** Whether a run that an earlier harness left goes on, so that a slot is to wait for it. */
export async function goesOnElsewhere(context: TrainContext, engine: Engine, run: RunInProgress): Promise<boolean> {
  if (isLeftBehind(run) || (await exitHere(context, run)) !== null) return false
  const handle = await handleOf(context, engine, run)
  const polled = handle && (await patiently(context, 'a run is looked for', () => engine.poll(handle)))
  return polled !== null && polled.state !== 'ended' && polled.state !== 'lost'
}

/**
 * Recovers a run that an earlier harness left, wherever it is. null: there is none, or it was lost; it is to be made again.
 */
export async function recoverElsewhere(
  context: TrainContext,
  engine: Engine,
  run: RunInProgress,
): Promise<Executed | null> {
  const name = experimentName(run.experiment)
  const over = (lost: RunInProgress): Executed | null =>
    (lost.lost?.length ?? 0) >= maxAttempts ? givenUp(lost) : forgotten(context, lost)
  if (isLeftBehind(run)) return over(run)
  const exit = await exitHere(context, run)
  if (exit !== null) {
    context.terminal.step('resume', `recovered the finished run of ${name}`)
    return executedOf(run, exit)
  }
  const handle = await handleOf(context, engine, run)
  if (handle === null) return forgotten(context, run)
  if (run.submitted === undefined) await recordSubmitted(context, run, handle)
  context.terminal.step('resume', `found the run of ${name} on its engine`)
  const ended = await endOf(context, engine, run, handle)
  return 'executed' in ended ? ended.executed : over(ended.run)
}

/** What an earlier harness has fetched already. */
const exitHere = (context: TrainContext, run: RunInProgress): Promise<Exit | null> =>
  readFromRunner(runPaths(context, run).exit, exitSchema, run.key ?? '')

const handleOf = (context: TrainContext, engine: Engine, run: RunInProgress): Promise<Handle | null> =>
  run.submitted
    ? Promise.resolve(run.submitted.handle)
    : patiently(context, 'a run is looked for', () => engine.find(attemptKey(context, run)))

/** A candidate's lost attempts count when it is made again; what was never submitted is as if it had not begun. */
function forgotten({ state }: TrainContext, run: RunInProgress): null {
  const key = runKey(run.experiment, run.k)
  const { lost = [] } = run
  const { submitted: _, placed: __, ...rest } = run
  if (lost.length > 0 && state.pending.has(run.experiment))
    state.running.set(key, { ...rest, attempt: lost.at(-1)?.attempt ?? 1 })
  else state.running.delete(key)
  return null
}
