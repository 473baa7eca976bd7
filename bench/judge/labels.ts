/** The labels of kept changes: of those called likely, how many are real, and how many real gains are called so. */
import { confirmedBetween } from '../../scripts/analysis/confirm/confirmed.ts'
import { keptChanges } from '../../scripts/analysis/kept.ts'
import type { Label } from '../../scripts/analysis/schema.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type LawName, laws } from './laws.ts'
import { type Requirement, shareOf } from './requirement.ts'
import { addRuns, defaults, metric, type SimulatedSession, simulateSession } from './session.ts'

/** Pairs of runs that confirm makes by default. */
const CONFIRM_PAIRS = 3
/** Least share of real gains among "likely"; null where a law has no gain. The others are asked for no false "likely". */
const asked: Partial<Record<LawName, number>> = {
  'mar8-like': 0.9,
  'small gains': 0.9,
  'few large, rest 0': 0.85,
  'few large, rest -1': 0.85,
  'half null': 0.85,
}
/** A true gain of this many σ or more should be found. */
const PLAIN_GAIN = 2

/** Sessions to simulate at scale 1, by their number of experiments: errors of a point for laws with many likely changes, of up to four for the others. */
const sessionsOf = { 8: 100, 30: 700, 124: 160 }
const lengths = [8, 30, 124] as const

export function benchLabels(scale: number, random: Random): Requirement[] {
  const names = [...(Object.keys(asked) as LawName[]), 'all null', 'all bad'] as const
  return names.flatMap(law =>
    lengths.flatMap(experiments =>
      [1, 8].flatMap(slots => rowsOf(law, experiments, slots, Math.ceil(sessionsOf[experiments] * scale), random)),
    ),
  )
}

/** A kept change: its label and what it truly gains, in σ. */
export interface LabelledKeep {
  label: Label
  pReal: number | null
  effect: number
}

/** A default session of an even number of lines, confirmed, as its report labels it. */
export function labelledSession(random: Random, law: LawName, experiments: number, slots: number): LabelledKeep[] {
  const draw = (r: Random) => ({ effect: laws[law](r), linesAdded: 1, linesRemoved: 1 })
  const session = simulateSession(random, { ...defaults, draw, experiments, slots })
  return labelledKeeps(session)
}

function labelledKeeps(session: SimulatedSession): LabelledKeep[] {
  const { experiments, noise, truth } = session
  const head = experiments.findLast(e => e.number > 0 && e.status === 'keep')
  if (!head) return []
  for (const number of [0, head.number]) addRuns(session, number, 'confirm', CONFIRM_PAIRS)
  const stack = confirmedBetween(experiments[0], head, 'minimize', noise)
  return keptChanges({ metric, experiments, noise }, stack).map(({ experiment, label, pReal }) => ({
    label,
    pReal,
    effect: truth.get(experiment)?.effect ?? 0,
  }))
}

function rowsOf(law: LawName, experiments: number, slots: number, sessions: number, random: Random): Requirement[] {
  const all = Array.from({ length: sessions }, () => labelledSession(random, law, experiments, slots))
  const about = (what: string, limit: Requirement['asked']) => ({
    topic: 'label',
    measured: `${what}, ${law}, ${experiments} experiments, ${slots === 1 ? '1 slot' : `${slots} slots`}`,
    asked: limit,
  })
  const keeps = all.flat()
  const likely = keeps.filter(({ label }) => label === 'likely')
  if (experiments < 15)
    return [shareOf(about('kept changes that are likely', { at: 'most', limit: 0 }), likely.length, keeps.length)]
  const limit = asked[law]
  if (limit === undefined) {
    const wrong = all.filter(some => some.some(({ label, effect }) => label === 'likely' && effect <= 0))
    const most = law === 'all null' ? { at: 'most' as const, limit: 0.03 } : null
    return [shareOf(about('sessions with a false "likely"', most), wrong.length, sessions)]
  }
  const plain = keeps.filter(({ effect }) => effect >= PLAIN_GAIN)
  // A sole keep is re-run by confirm itself, which is stronger.
  const found = plain.filter(({ label }) => label === 'likely' || label === 'confirmed').length
  const power = law === 'mar8-like' ? { at: 'least' as const, limit: 0.45 } : null
  const real = likely.filter(({ effect }) => effect > 0).length
  return [
    ...(likely.length > 0 ? [shareOf(about('real among "likely"', { at: 'least', limit }), real, likely.length)] : []),
    ...(plain.length > 0
      ? [
          shareOf(
            about(`kept gains of ${PLAIN_GAIN}σ or more that are "likely" or confirmed`, power),
            found,
            plain.length,
          ),
        ]
      : []),
  ]
}
