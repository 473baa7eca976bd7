/** Leaves nodes out that train much slower than others of their class. The rule is in analysis/nodeSpeed.ts. */

import { kindOf, type Measured, type NodeSpeed, nodeSpeeds } from '../analysis/nodeSpeed.ts'
import { slowText } from '../analysis/nodeSpeedWords.ts'
import type { Engine } from '../engines/engine.ts'
import type { SlowNode } from '../record/places.ts'
import type { State } from '../record/state.ts'
import type { RunOrder } from './runOrder.ts'
import { emit, type SessionContext, type Slot } from './session/context.ts'
import { nodeName } from './train/execute/nodeName.ts'
import { type AssignedRepeats, repeatOf } from './train/repeats.ts'

type SlowContext = Pick<SessionContext, 'folder' | 'state' | 'echo' | 'journal' | 'terminal'>

/** Of all runs so far, judged or not. */
export function speedsIn({ session, experiments, pending, open }: State): Map<string, NodeSpeed> {
  const unjudged = [...pending.values()].map((each): Measured => ({ ...each, runs: open.get(each.number) ?? [] }))
  return nodeSpeeds(session.nodes ?? [], [...experiments, ...unjudged])
}

/** Records and names each node that has become slow. */
export async function leaveOutSlow(context: SlowContext, engine: Engine): Promise<void> {
  const { session } = context.state
  for (const [node, speed] of speedsIn(context.state)) {
    if (speed.finding !== 'slow' || speed.relative === null || session.slowNodes?.some(out => out.node === node))
      continue
    const found: Omit<SlowNode, 'at'> = {
      node,
      kind: kindOf(session.nodes?.find(known => known.node === node)?.gpus ?? []),
      relative: speed.relative.value,
      runs: speed.runs,
      sameCode: speed.sameCode,
      avoided: engine.avoid !== undefined || isOnPlace(engine, node),
    }
    await emit(context, { event: 'node-left-out', ...found })
    engine.avoid?.(node)
    context.terminal.step('slow', slowText(found))
  }
}

/** Whether a place is on that node. Those of a service that chooses nodes itself are on none. */
const isOnPlace = ({ places }: Engine, node: string): boolean =>
  places.some(({ state }) => state.kind === 'ready' && nodeName(state.node) === node)

/**
 * A run that settles whether the node of a slot is slow, of which only candidates made one think so: of the last kept code that
 * ran on another node of its class. null where there is no such suspicion, or the run is under way.
 * @param made nodes that had such a run; changed
 */
export function settlingRun(
  { state }: Pick<SessionContext, 'state'>,
  engine: Engine,
  slot: Slot,
  { assigned, made }: { assigned: AssignedRepeats; made: Set<string> },
): RunOrder | null {
  const place = engine.places[slot.index]
  const node = place?.state.kind === 'ready' ? nodeName(place.state.node) : null
  if (node === null || made.has(node) || speedsIn(state).get(node)?.finding !== 'suspected') return null
  const kinds = new Map((state.session.nodes ?? []).map(each => [each.node, kindOf(each.gpus)]))
  const isElsewhere = (other: string | undefined) =>
    other !== undefined && other !== node && kinds.get(other) === kinds.get(node)
  const known = state.experiments.findLast(
    e =>
      e.status === 'keep' &&
      e.runs.some(run => run.outcome === 'ok' && run.commit === e.commit && isElsewhere(run.node)),
  )
  if (known === undefined) return null
  made.add(node)
  return repeatOf(known, 'repeat', assigned)
}
