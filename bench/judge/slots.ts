/** P(real) with several slots: as well calibrated as with one, though many rivals finish after the head has moved on. */
import { measuredGains } from '../../scripts/analysis/gains.ts'
import { probabilitiesReal } from '../../scripts/stats/chance.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type LawName, laws } from './laws.ts'
import { type Requirement, shareOf } from './requirement.ts'
import { defaults, simulateSession } from './session.ts'

const names: LawName[] = ['mar8-like', 'small gains', 'half null']
const EXPERIMENTS = 124
/** Sessions of each law and number of slots at scale 1: with one slot about half of the bins then have 1,000 keeps, with eight fewer. */
const SESSIONS = 450
/** Bins of P(real), by their upper edges. */
const edges = [0.4, 0.6, 0.8, 0.9, 1]

interface Bin {
  keeps: number
  predicted: number
  real: number
}

export function benchSlots(scale: number, random: Random): Requirement[] {
  const sessions = Math.ceil(SESSIONS * scale)
  return names.flatMap(law => {
    const [one, eight] = [1, 8].map(slots => binsOf(law, slots, sessions, random)) as [Bin[], Bin[]]
    return edges.flatMap((_, i) => rowsOf(law, i, one[i] as Bin, eight[i] as Bin))
  })
}

/** Kept changes by P(real), with the true σ. */
export function binsOf(law: LawName, slots: number, sessions: number, random: Random): Bin[] {
  const bins = edges.map(() => ({ keeps: 0, predicted: 0, real: 0 }))
  const draw = (r: Random) => ({ effect: laws[law](r), linesAdded: 1, linesRemoved: 1 })
  for (let i = 0; i < sessions; i++) {
    const { experiments, truth } = simulateSession(random, { ...defaults, draw, experiments: EXPERIMENTS, slots })
    const judged = measuredGains(experiments, 'minimize')
    probabilitiesReal(judged, { sigma: defaults.sigma, df: Number.POSITIVE_INFINITY }).forEach((pReal, at) => {
      const one = judged[at]
      const bin = bins[edges.findIndex(edge => (pReal ?? 0) <= edge)]
      if (!one?.kept || pReal === null || !bin) return
      bin.keeps++
      bin.predicted += pReal
      bin.real += (truth.get(one.number)?.effect ?? 0) > 0 ? 1 : 0
    })
  }
  return bins
}

/** Predicted and real share of a bin for each number of slots, and by how much the two numbers of slots differ. */
function rowsOf(law: LawName, i: number, one: Bin, eight: Bin): Requirement[] {
  if (one.keeps === 0 || eight.keeps === 0) return []
  const range = `P(real) ${Math.round(100 * (edges[i - 1] ?? 0))} to ${Math.round(100 * (edges[i] ?? 1))}%, ${law}`
  const about = (measured: string) => ({ topic: 'slots', measured, asked: null })
  const rows = (
    [
      ['1 slot', one],
      ['8 slots', eight],
    ] as const
  ).map(([slots, { keeps, predicted, real }]) =>
    shareOf(about(`${range}, ${slots}: real, predicted ${((100 * predicted) / keeps).toFixed(1)}%`), real, keeps),
  )
  const excess = ({ keeps, predicted, real }: Bin) => (real - predicted) / keeps
  const difference: Requirement = {
    topic: 'slots',
    measured: `${range}: real minus predicted, 8 slots against 1`,
    value: Math.abs(excess(eight) - excess(one)),
    error: Math.hypot(...rows.map(({ error }) => error ?? 0)),
    cases: Math.min(one.keeps, eight.keeps),
    unit: '%',
    asked: Math.min(one.keeps, eight.keeps) >= 1000 ? { at: 'most', limit: 0.03 } : null,
  }
  return [...rows, difference]
}
