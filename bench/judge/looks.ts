/** Measures confirm's error rate over all its looks, and its power, on simulated runs. */
import { confirmGain, type Pairs } from '../../scripts/stats/confirm.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { extraPairs } from '../../scripts/stats/sequential.ts'

/** A design of confirm; standard deviations and gains are in σ of one run. */
interface Design {
  name: string
  /** Pairs per call of confirm: the first by the session, others by hand while undecided. */
  planned: number[]
  /** Whether pairs are added while the planned ones leave it undecided. */
  addsPairs: boolean
  /** Whether the interval corrects for earlier looks. */
  correctsForLooks: boolean
  /** Standard deviation of the head's runs. */
  head: number
}

/**
 * Degrees of freedom of the session's σ: from three baseline seeds, or with the most that earlier sessions contribute.
 */
const noises = { 'σ of 3 seeds': 2, 'and earlier sessions': 14 }
const plain = { planned: [3], addsPairs: true, correctsForLooks: true, head: 1 }
const designs: Design[] = [
  { ...plain, name: '3 pairs', addsPairs: false },
  { ...plain, name: '3 to 6 pairs' },
  { ...plain, name: '6 to 12 pairs', planned: [6] },
  { ...plain, name: '3 to 6, thrice', planned: [3, 3, 3] },
  { ...plain, name: '3 to 6, thrice, looks not counted', planned: [3, 3, 3], correctsForLooks: false },
  { ...plain, name: '3 to 6, head thrice as spread', head: 3 },
]

export interface LooksRow {
  noise: string
  design: string
  /** Without a gain: share of cases called better or worse, and mean number of pairs. */
  error: number
  errorPairs: number
  /** At gains of 1σ and 2σ: share of cases called better, and mean number of pairs. */
  power: [number, number]
  pairs: [number, number]
}

/** @param cases simulated confirms per printed number */
export function benchLooks(cases: number, random: Random): LooksRow[] {
  return Object.entries(noises).flatMap(([noise, df]) =>
    designs.map(design => {
      const [none, one, two] = [0, 1, 2].map(gain => simulate(design, gain, df, cases, random)) as [
        Outcomes,
        Outcomes,
        Outcomes,
      ]
      return {
        noise,
        design: design.name,
        error: none.better + none.worse,
        errorPairs: none.pairs,
        power: [one.better, two.better] as [number, number],
        pairs: [one.pairs, two.pairs] as [number, number],
      }
    }),
  )
}

type Outcomes = Record<'better' | 'worse' | 'inconclusive' | 'pairs', number>

function simulate(design: Design, gain: number, df: number, cases: number, random: Random): Outcomes {
  const found: Outcomes = { better: 0, worse: 0, inconclusive: 0, pairs: 0 }
  for (let i = 0; i < cases; i++) {
    const squares = Array.from({ length: df }, () => random.normal() ** 2)
    const noise = { sigma: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / df), df }
    const runs: Pairs = { baseline: [], head: [] }
    const verdict = confirmAll(design, gain, noise, runs, random)
    found[verdict] += 1 / cases
    found.pairs += runs.head.length / cases
  }
  return found
}

/** Repeats the procedure of ratchet/confirm.ts on simulated runs. */
function confirmAll(
  { planned, addsPairs, correctsForLooks, head }: Design,
  gain: number,
  noise: { sigma: number; df: number },
  runs: Pairs,
  random: Random,
) {
  const looks: number[] = []
  const look = (pairs: number) => {
    for (let i = 0; i < pairs; i++) {
      runs.baseline.push(random.normal())
      runs.head.push(head * random.normal() - gain)
    }
    const { verdict } = confirmGain(runs, 'minimize', noise, correctsForLooks ? looks : [])
    looks.push(runs.head.length)
    return verdict
  }
  let verdict: ReturnType<typeof look> = 'inconclusive'
  for (const pairs of planned) {
    const more = addsPairs ? extraPairs(pairs, runs.head.length) : 0
    verdict = look(pairs)
    for (let i = 0; i < more && verdict === 'inconclusive'; i++) verdict = look(1)
    if (verdict !== 'inconclusive') break
  }
  return verdict
}
