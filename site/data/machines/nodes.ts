/** The nodes that a machine's sessions ran on, as the newest session with a throughput by node has them. */

import type { EngineFacts } from '../../../scripts/analysis/engine.ts'
import { gpusText } from '../../../scripts/analysis/engine.ts'
import { kindOf } from '../../../scripts/analysis/nodeSpeed.ts'
import { relativeSpeedText, throughputText } from '../../../scripts/analysis/nodeSpeedWords.ts'
import type { MachineSession } from './machineSession.ts'

export interface NodeRow {
  node: string
  /** "A100", "no GPU"; null: not recorded. */
  kind: string | null
  runs: number
  /** Of its median run, in words and in its unit per second. */
  throughput: string
  perSecond: number
  /** Beside the other nodes of its class, 1 where it is as fast; null where nothing compares. */
  relative: number | null
  relativeText: string | null
  /** "slow, left out"; null for the others. */
  finding: string | null
}

/** The session, and its nodes, the slowest beside its class first; null where no session has one. */
export function nodesOf(sessions: MachineSession[]): { session: MachineSession; rows: NodeRow[] } | null {
  for (const session of sessions) {
    const rows = (session.view.digest?.engine?.nodes ?? []).flatMap(rowOf)
    if (rows.length > 0)
      return {
        session,
        rows: rows.sort((a, b) => (a.relative ?? Number.POSITIVE_INFINITY) - (b.relative ?? Number.POSITIVE_INFINITY)),
      }
  }
  return null
}

function rowOf({ node, gpus, speed, leftOut }: EngineFacts['nodes'][number]): NodeRow[] {
  if (speed === null) return []
  const isSlow = leftOut || speed.finding === 'slow'
  return [
    {
      node,
      kind: gpus === null ? null : gpusText(kindOf(gpus) === 'CPU' ? [] : [...new Set(gpus)]),
      runs: speed.runs,
      throughput: throughputText(speed),
      perSecond: speed.perSecond,
      relative: speed.relative?.value ?? null,
      relativeText: relativeSpeedText(speed),
      finding: isSlow ? (leftOut ? 'slow, left out' : 'slow') : null,
    },
  ]
}
