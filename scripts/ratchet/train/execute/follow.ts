/** Follows a run that an engine executes, to its end, and fetches what it has left. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Engine, Handle, LossCause } from '../../../engines/engine.ts'
import { type Exit, exitSchema } from '../../../engines/local/exit.ts'
import { failpoint } from '../../../lib/process/failpoint.ts'
import { files } from '../../../record/files/paths.ts'
import { type RunStarted, runKey } from '../../../record/state.ts'
import { emit } from '../../session/context.ts'
import { checkLeft } from '../../session/leave.ts'
import type { TrainContext } from '../context.ts'
import { runPaths } from '../runVariables.ts'
import { readFromRunner } from './folders.ts'
import { nodeName } from './nodeName.ts'
import { patiently } from './patiently.ts'

export type Ended =
  | { kind: 'ended'; exit: Exit }
  | { kind: 'lost'; cause: LossCause; detail: string; node: string | null }

/** After a stop at once: how long a node has to end a run, milliseconds. */
const graceMs = 10_000

/**
 * Waits for the end of a run. A stop at once cancels it.
 * @throws {Left} when the session is left, and the run goes on
 */
export async function follow(
  context: TrainContext,
  engine: Engine,
  started: RunStarted,
  handle: Handle,
): Promise<Ended> {
  const { now } = context.interrupt
  let latest = Number.POSITIVE_INFINITY
  const stopped = new Promise<void>(done => {
    if (now.aborted) done()
    else now.addEventListener('abort', () => done(), { once: true })
  })
  for (;;) {
    checkLeft(context)
    const isStopped = now.aborted
    // From before the question: what changes after the answer is not missed.
    const change = patientChange(engine)
    if (isStopped && latest === Number.POSITIVE_INFINITY) {
      latest = performance.now() + graceMs
      // What cannot be asked now is not waited for; the engine's end cancels it too.
      await engine.cancel(handle).catch(() => {})
    }
    const polled = await patiently(context, 'what its runs do is not known', () => engine.poll(handle))
    if (polled?.state !== 'ended') checkLeft(context)
    if (polled?.state === 'running') await recordPlaced(context, started, polled.node, polled.beganAt ?? Date.now())
    if (polled?.state === 'running' || polled?.state === 'ended') failpoint('run placed')
    if (polled?.state === 'ended') {
      const exit = await fetched(context, engine, started, handle)
      await recordPlaced(context, started, polled.node, polled.beganAt ?? Date.now() - 1000 * (exit?.seconds ?? 0))
      return exit === null ? { kind: 'lost', ...unsigned, node: polled.node } : resultOf(exit, isStopped, polled.node)
    }
    if (polled?.state === 'lost')
      return isStopped ? { kind: 'ended', exit: aborted } : { kind: 'lost', ...polled, node: nodeText(polled.node) }
    if (performance.now() > latest || (isStopped && polled === null)) return { kind: 'ended', exit: aborted }
    await Promise.race([change, ...(isStopped ? [] : [stopped])])
  }
}

/** Resolves when something may have changed, and after a second where the engine cannot say. */
const patientChange = (engine: Engine): Promise<unknown> => engine.changed().catch(() => wait(1000))

const aborted: Exit = { code: null, signal: null, seconds: 0, orphans: 0, frozen: null, ended: 'aborted' }
const unsigned = { cause: 'runner killed', detail: 'there is no exit.json that its runner signed' } as const

/** Its runner was ended, or asked to stop, but not by the session. */
function resultOf(exit: Exit, isStopped: boolean, node: string): Ended {
  if (exit.ended === 'lost') return { kind: 'lost', cause: 'runner killed', detail: 'its runner says so', node }
  if (exit.ended === 'aborted' && !isStopped)
    return { kind: 'lost', cause: 'cancelled', detail: 'its runner was asked to stop', node }
  return { kind: 'ended', exit }
}

/** Copies what the run has left, which is removed there. @returns null without a result that its runner signed */
async function fetched(
  context: TrainContext,
  engine: Engine,
  started: RunStarted,
  handle: Handle,
): Promise<Exit | null> {
  const paths = runPaths(context, started)
  await patiently(context, 'what a run has left is not fetched yet', () =>
    engine.fetch(handle, {
      run: paths.run,
      exit: paths.exit,
      owner: paths.owner,
      evaluation: paths.evaluation,
      evaluatorLog: files.evaluatorLog(context.folder, started.experiment, started.k),
    }),
  )
  failpoint('run fetched')
  return readFromRunner(paths.exit, exitSchema, started.key ?? '')
}

const nodeText = (node: string | null): string | null => (node === null ? null : nodeName(node))

/** Records once where it executes. @param beganAt milliseconds since 1970 */
async function recordPlaced(context: TrainContext, started: RunStarted, node: string, beganAt: number): Promise<void> {
  const { experiment, k, attempt = 1 } = started
  const run = context.state.running.get(runKey(experiment, k))
  if (run?.placed !== undefined || run?.submitted === undefined) return
  const waitedSeconds = Math.round(Math.max(0, beganAt - Date.parse(run.submitted.at))) / 1000
  const name = nodeName(node)
  await emit(context, { event: 'run-placed', experiment, k, attempt, node: name, waitedSeconds })
}
