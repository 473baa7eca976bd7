/**
 * How often a set of a sweep is kept whose members have no effect, against a single experiment without effect, and how often
 * a real effect in a set is found. The set's rule is the harness's own; sessions are those of session.ts.
 */
import { loopNoise, noiseOfPairs } from '../../scripts/analysis/noise/noise.ts'
import { decide, type Policy } from '../../scripts/ratchet/decide.ts'
import { bestOfSweep } from '../../scripts/ratchet/sweeps.ts'
import { gainsOfPairs } from '../../scripts/record/pairs.ts'
import { meanMetric, sessionMetrics } from '../../scripts/record/state.ts'
import { pairedGain } from '../../scripts/stats/paired.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { selectionAllowance } from '../../scripts/stats/selection.ts'
import { laws } from './laws.ts'
import { type Requirement, shareOf } from './requirement.ts'
import { defaults, type SimulatedSession, simulateSession } from './session.ts'

const topic = 'sweeps'
/** Sessions of each row at scale 1. */
const CASES = 4000

interface Kind {
  name: string
  /** Experiments before the set; with none, the head is the baseline with two runs. */
  experiments: number
  slots: number
  policy: Policy
  pairs?: number
}

const policy: Policy = { lineCost: 0.1, repeat: 'never' }
const kinds: Kind[] = [
  { name: 'after 40 experiments', experiments: 40, slots: 1, policy },
  { name: 'after 6 experiments', experiments: 6, slots: 1, policy },
  { name: 'repeat: marginal', experiments: 40, slots: 1, policy: { ...policy, repeat: 'marginal' } },
  { name: 'eight slots', experiments: 40, slots: 8, policy },
  { name: 'judge: paired', experiments: 12, slots: 1, policy, pairs: 6 },
]

export function benchSweeps(scale: number, random: Random): Requirement[] {
  const cases = Math.ceil(CASES * scale)
  return kinds.flatMap(kind => {
    const single = shareKept(kind, 1, 0, cases, random)
    const about = (measured: string) => ({ topic, measured: `${measured}, ${kind.name}`, asked: null })
    return [
      shareOf(about('a single experiment without effect is kept'), single, cases),
      ...[3, 6, 16].flatMap((size): Requirement[] => {
        const limit = single / cases + 2 * Math.sqrt(0.5 / cases)
        const none = about(`a set of ${size} without effect is kept`)
        const real = about(`a set of ${size}, of which one gains 3σ, is kept`)
        return [
          shareOf({ ...none, asked: { at: 'most', limit } }, shareKept(kind, size, 0, cases, random), cases),
          shareOf(real, shareKept(kind, size, 3, cases, random), cases),
        ]
      }),
    ]
  })
}

/** In how many sessions a set of this size is kept, one of whose members has this effect in σ, and the others none. */
export function shareKept(kind: Kind, size: number, effect: number, cases: number, random: Random): number {
  let kept = 0
  const draw = (r: Random) => ({ effect: laws['half null'](r), linesAdded: 1, linesRemoved: 1 })
  for (let i = 0; i < cases; i++) {
    const { pairs, experiments, slots, policy } = kind
    const session = simulateSession(random, { ...defaults, draw, experiments, slots, policy, ...(pairs && { pairs }) })
    const effects = Array.from({ length: size }, (_, j) => (j === 0 ? effect : 0))
    if (isKept(session, effects, kind)) kept++
  }
  return kept
}

/** Judges a set on the session's head, as ratchet/judgeSweep.ts does. */
function isKept(session: SimulatedSession, effects: number[], { policy, pairs }: Kind): boolean {
  const { experiments, truth, measure } = session
  const head = experiments.findLast(e => e.status === 'keep') ?? experiments[0]
  if (head === undefined) throw new RangeError('A session has a baseline.')
  const value = truth.get(head.number)?.value ?? 0
  const noise = pairs ? noiseOfPairs('minimize', experiments) : loopNoise(experiments)
  const best = Math.min(...experiments.filter(e => e.status === 'keep').map(meanMetric))
  const decideOn = (runs: { candidate: number; head: number }[], among?: Parameters<typeof decide>[0]['among']) =>
    decide({
      goal: 'minimize',
      candidate: runs.map(run => run.candidate),
      head: pairs ? runs.reduce((sum, run) => sum + run.head, 0) / runs.length : meanMetric(head),
      best: pairs ? runs.reduce((sum, run) => sum + run.head, 0) / runs.length : best,
      ...(pairs && { pairs: pairedGain(gainsOfPairs(runs, 'minimize'), noise) }),
      sigma: noise?.sigma ?? null,
      linesAdded: 1,
      linesRemoved: 1,
      policy: among ? policy : { ...policy, repeat: 'never' },
      ...(among && { among }),
    })
  const run = (effect: number) => ({ candidate: measure(value - effect), head: pairs ? measure(value) : 0 })
  const members = effects.map((effect, i) => {
    const runs = Array.from({ length: pairs ?? 1 }, () => run(effect))
    return { candidate: { number: i + 1, commit: '' }, effect, runs, decision: decideOn(runs) }
  })
  const chosen = members[bestOfSweep(members) - 1]
  if (chosen === undefined) throw new RangeError('A set has a member.')
  const among = (runs: number) => ({
    measured: effects.length,
    best: chosen.candidate.number,
    isBest: true,
    allowance: selectionAllowance({
      among: effects.length,
      runs: pairs ? 1 : runs,
      sigma: (noise?.sigma ?? 0) * (pairs ? Math.sqrt(2 / pairs) : 1),
      df: noise?.df ?? 1,
      headRuns: pairs ? Number.POSITIVE_INFINITY : sessionMetrics(head).length,
    }),
  })
  const first = decideOn(chosen.runs, among(1))
  if (first.verdict !== 'repeat') return first.verdict === 'keep'
  return decideOn([...chosen.runs, run(chosen.effect)], among(2)).verdict === 'keep'
}
