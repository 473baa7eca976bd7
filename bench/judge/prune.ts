/**
 * What prune gains: the true value of the final against the head's, over the laws, with the selection that ships. Effects
 * add up in the simulation, so the final's true value is the head's without the removed effects.
 */
import { keptChanges } from '../../scripts/analysis/kept.ts'
import { toPrune } from '../../scripts/ratchet/prune/toPrune.ts'
import { headOf } from '../../scripts/record/state.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type LawName, laws } from './laws.ts'
import type { Change } from './records.ts'
import { meanOf, type Requirement } from './requirement.ts'
import { defaults, metric, type SimulatedSession, simulateSession, trueValue } from './session.ts'

/** Sessions per law at scale 1, by length: a session of 124 experiments takes as long as many of 8. */
const cases: { experiments: number; slots: number; sessions: number; of: readonly LawName[] }[] = [
  { experiments: 8, slots: 1, sessions: 2000, of: Object.keys(laws) as LawName[] },
  { experiments: 30, slots: 1, sessions: 1000, of: Object.keys(laws) as LawName[] },
  { experiments: 124, slots: 1, sessions: 300, of: Object.keys(laws) as LawName[] },
  { experiments: 30, slots: 8, sessions: 1000, of: ['mar8-like', 'small gains', 'all good'] },
]

/** Most that prune may cost in any law, in σ, and the least gain for mar8-like at 30 experiments and more. */
const [MAX_LOSS, MIN_SHARE] = [0.1, 0.05]

/** @param scale 1 gives standard errors of at most a point of the head's gain */
export const checkPrune = (scale: number, random: Random): Requirement[] =>
  cases.flatMap(({ experiments, slots, sessions, of }) =>
    of.flatMap(law => {
      const found = Array.from({ length: Math.max(4, Math.round(scale * sessions)) }, () =>
        pruned(random, law, experiments, slots),
      )
      return requirementsOf(
        found,
        law,
        `${law}, ${experiments} experiments, ${slots === 1 ? '1 slot' : `${slots} slots`}`,
      )
    }),
  )

/** True gains over the baseline, in σ, and the number of changes taken out. */
interface Pruned {
  head: number
  final: number
  removed: number
}

function pruned(random: Random, law: LawName, experiments: number, slots: number): Pruned {
  const draw = (r: Random): Change => ({ effect: laws[law](r), linesAdded: 1, linesRemoved: 1 })
  const session = simulateSession(random, { ...defaults, experiments, slots, draw })
  const removed = toPrune(keptChanges({ metric, experiments: session.experiments, noise: session.noise }, null))
  const head = -trueValue(session, headOf(session)?.number ?? 0)
  const lost = removed.reduce((sum, { experiment }) => sum + effectOf(session, experiment), 0)
  // Where every keep is doubtful the head is confirmed as it is.
  const isAll = removed.length === session.experiments.filter(e => e.status === 'keep').length - 1
  return isAll ? { head, final: head, removed: 0 } : { head, final: head - lost, removed: removed.length }
}

const effectOf = ({ truth }: SimulatedSession, number: number): number => truth.get(number)?.effect ?? 0

function requirementsOf(found: Pruned[], law: LawName, about: string): Requirement[] {
  const topic = 'prune'
  const gains = found.map(({ head, final }) => final - head)
  const worst = { at: 'least', limit: -MAX_LOSS } as const
  const lines = [
    meanOf({ topic, measured: `true gain of the final over the head, ${about}`, asked: worst }, gains),
    meanOf(
      { topic, measured: `changes taken out, ${about}`, asked: null },
      found.map(({ removed }) => removed),
      { decimals: 2, name: '' },
    ),
  ]
  if (law !== 'mar8-like' || !/, (?:30|124) /.test(about)) return lines
  return [...lines, shareGained(found, `gain of prune as a share of the head's, ${about}`)]
}

/** The mean gain over the mean true gain of the head. */
function shareGained(found: Pruned[], measured: string): Requirement {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const head = mean(found.map(f => f.head))
  const ratio = mean(found.map(f => f.final - f.head)) / head
  // The error of a ratio of means: of the residuals from it.
  const residuals = found.map(f => f.final - f.head - ratio * f.head)
  const error = Math.sqrt(mean(residuals.map(value => value ** 2)) / found.length) / Math.abs(head)
  return {
    topic: 'prune',
    measured,
    value: ratio,
    error,
    cases: found.length,
    unit: '%',
    asked: { at: 'least', limit: MIN_SHARE },
  }
}
