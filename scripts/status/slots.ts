/** What the slots of an engine do, by the journal. Pure. */
import { gpusText, lossesOf } from '../analysis/engine.ts'
import { slowText } from '../analysis/nodeSpeedWords.ts'
import type { EngineSpec } from '../program/engine.ts'
import type { EngineRecord } from '../record/engine.ts'
import type { NodeRecord } from '../record/places.ts'
import { isLeftBehind, type RunInProgress, type State } from '../record/state.ts'

export interface SlotStatus {
  slot: number
  /**
   * `running`: its run executes; `submitted`: its run waits for its start; `idle`: its place is ready and has no run; `waiting`:
   * its place is in the scheduler's queue; `unreached`: its host is being prepared, or does not answer; `unreachable`: its run was executing, and its node does not answer; `failed`: its place will not be ready without help; `unknown`: nothing was recorded of it.
   */
  state: 'running' | 'submitted' | 'idle' | 'waiting' | 'unreached' | 'unreachable' | 'failed' | 'unknown'
  node: string | null
  /** The GPUs of its node in a few words, e.g. "2 × A100"; null: not known. */
  gpu: string | null
  /** The scheduler's job that holds its place; null without one. */
  job: string | null
  /** The run that it has; null without one. */
  run: { experiment: number; k: number; purpose: string; attempt: number } | null
  /** Since its state began; null where it is idle or nothing is known. */
  seconds: number | null
  /** Why its place waits or has failed, in the words of scheduler or host. */
  reason: string | null
  /** Whether it has waited longer than `queue_timeout`. */
  late: boolean
}

export interface EngineStatus {
  use: string
  description: string
  /** Seconds; null: not in the contract. */
  queueTimeoutSeconds: number | null
  /** By number. Empty where no process runs the session. */
  slots: SlotStatus[]
  /** Attempts without a result, by cause, the most frequent first. */
  lost: { cause: string; attempts: number }[]
  /** Nodes that were found slow, in a sentence each without its end. */
  slow: string[]
}

/** null with the engine `local`. */
export function engineStatus(state: State, isAlive: boolean, now: Date): EngineStatus | null {
  const { engine } = state.session
  if (engine === undefined) return null
  const timeout = queueTimeout(state)
  const running = [...state.running.values()]
  const finished = [...state.experiments.flatMap(e => e.runs), ...[...state.open.values()].flat()]
  return {
    use: engine.use,
    description: engine.description,
    queueTimeoutSeconds: timeout,
    slots: isAlive ? slotsOf(state, engine, running, timeout, now) : [],
    lost: lossesOf([...finished, ...running]),
    slow: (state.session.slowNodes ?? []).map(slowText),
  }
}

function queueTimeout({ session }: State): number | null {
  const spec = session.contract.engine as Partial<Extract<EngineSpec, { use: 'slurm' }>> | undefined
  return spec?.queue_timeout ?? null
}

function slotsOf(
  { places, session }: State,
  engine: EngineRecord,
  running: RunInProgress[],
  timeout: number | null,
  now: Date,
): SlotStatus[] {
  const nodes = new Map((session.nodes ?? []).map(node => [node.node, node]))
  const since = (at: string) => Math.max(0, (now.getTime() - Date.parse(at)) / 1000)
  return Array.from({ length: engine.places }, (_, slot): SlotStatus => {
    const place = places.get(slot)
    const run = running.find(each => each.slot === slot && !isLeftBehind(each))
    const node = run?.placed?.node ?? place?.node ?? null
    const own = {
      slot,
      node,
      gpu: gpuOf(nodes.get(node ?? ''), engine),
      job: place?.job ?? run?.submitted?.handle.job ?? null,
      run: run ? { experiment: run.experiment, k: run.k, purpose: run.purpose, attempt: run.attempt ?? 1 } : null,
      reason: null,
      late: false,
    }
    if (run?.placed !== undefined && place?.state === 'waiting')
      return { ...own, state: 'unreachable', seconds: since(place.at), reason: place.reason }
    if (run?.placed !== undefined) return { ...own, state: 'running', seconds: since(run.placed.at) }
    const waits = run?.submitted?.at ?? (place?.state === 'waiting' ? place.at : undefined)
    const late = waits !== undefined && timeout !== null && since(waits) > timeout
    if (place?.state === 'failed') return { ...own, state: 'failed', seconds: since(place.at), reason: place.reason }
    if (place?.state === 'waiting')
      return {
        ...own,
        // Hosts have no queue.
        state: engine.use === 'ssh' ? 'unreached' : 'waiting',
        seconds: since(place.at),
        reason: place.reason,
        late,
      }
    if (run !== undefined) return { ...own, state: 'submitted', seconds: since(run.submitted?.at ?? run.at), late }
    return { ...own, state: place === undefined ? 'unknown' : 'idle', seconds: null }
  })
}

/** As many as one slot has, where the contract says it and the node has one kind. */
function gpuOf(node: NodeRecord | undefined, { resources }: EngineRecord): string | null {
  if (node === undefined) return null
  const [first] = node.gpus
  const isOne = node.gpus.every(name => name === first)
  const wanted = resources?.gpus ?? node.gpus.length
  if (!isOne || first === undefined) return gpusText(node.gpus)
  // Ray gives parts of a GPU.
  if (!Number.isInteger(wanted)) return `${wanted} × ${gpusText([first])}`
  return gpusText(Array.from({ length: wanted }, () => first))
}
