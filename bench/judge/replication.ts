/** Whether a change that is said to be replicated, or contradicted, is: changes without effect in several sessions, and real ones. */
import { effectsOf } from '../../scripts/analysis/search/effects.ts'
import { pool, verdictOf } from '../../scripts/compare/changes/replicationVerdict.ts'
import type { Experiment } from '../../scripts/record/schema.ts'
import { studentQuantile } from '../../scripts/stats/distributions.ts'
import type { Effect } from '../../scripts/stats/evidence.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { type Law, laws } from './laws.ts'
import { type Check, type Requirement, shareOf } from './requirement.ts'
import { addRuns, defaults, type SimulatedSession, simulateSession } from './session.ts'

/** Which of a session's changes the row is about. */
type Picked = 'that' | 'that discard' | 'last keep' | 'largest keep'

interface Case {
  name: string
  sides: number
  /** On the first side, and on the others. */
  first: Picked
  others: Picked
  /** Of the changes before it. */
  law: Law
  /** Effect of the change of the row, in σ. */
  effect: number
  /** Three runs of the baseline, or σ as it is. */
  isSigmaKnown: boolean
  confirmed?: boolean
  /** Its number in the session. */
  place: number
}

/** Changes of a session; the row is about one of them, so that the head was picked among up to 20. */
const experiments = 20
const topic = 'replication'

const plain = { law: laws['all null'], effect: 0, isSigmaKnown: false, place: experiments }
const rows: Omit<Case, 'sides'>[] = [
  { ...plain, name: 'the last of 20 without effect', first: 'that', others: 'that' },
  { ...plain, name: 'the last of 20 without effect, σ known', first: 'that', others: 'that', isSigmaKnown: true },
  {
    ...plain,
    name: 'discards of 20 without effect, σ known',
    first: 'that discard',
    others: 'that discard',
    isSigmaKnown: true,
  },
  {
    ...plain,
    name: 'after 19 mar8-like changes, σ known',
    first: 'that',
    others: 'that',
    law: laws['mar8-like'],
    isSigmaKnown: true,
  },
  { ...plain, name: 'kept on one side', first: 'last keep', others: 'that' },
  { ...plain, name: 'kept on one side, σ known', first: 'last keep', others: 'that', isSigmaKnown: true },
  {
    ...plain,
    name: 'the largest keep of one side, σ known',
    first: 'largest keep',
    others: 'that',
    isSigmaKnown: true,
  },
  { ...plain, name: 'kept on all sides', first: 'last keep', others: 'last keep' },
  { ...plain, name: 'kept on all sides, σ known', first: 'last keep', others: 'last keep', isSigmaKnown: true },
  { ...plain, name: 'kept on one side, all sides confirmed', first: 'last keep', others: 'that', confirmed: true },
]

export const checkReplication: Check = (scale, random) => {
  const cases = Math.round(1000 * scale)
  return [
    ...rows.flatMap(row =>
      [2, 3, 10].map(sides => falseOf({ ...row, sides }, sides === 10 ? Math.ceil(cases / 2) : cases, random)),
    ),
    ...[false, true].flatMap(isSigmaKnown =>
      [1, experiments].flatMap(place => powersOf({ isSigmaKnown, place }, Math.round(2500 * scale), random)),
    ),
  ]
}

function falseOf(given: Case, cases: number, random: Random): Requirement {
  let hits = 0
  for (let i = 0; i < cases; i++) if (verdictOf(rowOf(given, random)).label !== 'inconclusive') hits++
  return shareOf(
    { topic, measured: `said of no effect: ${given.sides} sides, ${given.name}`, asked: { at: 'most', limit: 0.05 } },
    hits,
    cases,
  )
}

/** Power at three sides, beside that of the rule without the head's luck, its intervals widened until it errs as often. */
function powersOf(
  { isSigmaKnown, place }: Pick<Case, 'isSigmaKnown' | 'place'>,
  cases: number,
  random: Random,
): Requirement[] {
  const given = { ...plain, name: '', sides: 3, first: 'that', others: 'that', isSigmaKnown, place } as const
  const simulate = (effect: number) => Array.from({ length: cases }, () => rowOf({ ...given, effect }, random))
  const empty = simulate(0)
  // One width must do for heads that were picked among many.
  const picked = Array.from({ length: cases }, () => rowOf({ ...given, place: experiments }, random))
  const error = share(empty, effects => verdictOf(effects).label === 'replicated')
  const width = widened(picked, 0.05)
  const about = `${place === 1 ? 'the first' : 'the last of 20'} change, ${isSigmaKnown ? 'σ known' : 'σ of 3 runs'}`
  const line = (measured: string, value: number): Requirement =>
    shareOf({ topic, measured: `${measured}, ${about}`, asked: null }, Math.round(value * cases), cases)
  return [
    line('replicated without effect, 3 sides', error),
    ...[3, -3].flatMap(effect => {
      const found = simulate(effect)
      const way = Math.sign(effect)
      const what = `${effect > 0 ? '+' : '−'}3σ found at 3 sides`
      const own = share(found, effects => verdictOf(effects).label === 'replicated' && verdictOf(effects).way === way)
      return [
        line(what, own),
        line(
          `${what} by the rule without luck, widened to 5%`,
          share(found, effects => plainWay(effects, width) === way),
        ),
      ]
    }),
  ]
}

const share = (list: Effect[][], is: (effects: Effect[]) => boolean): number => list.filter(is).length / list.length

/** The least width of the intervals with which the rule without luck errs this rarely. */
function widened(empty: Effect[][], limit: number): number {
  let [low, high] = [0.2, 20]
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2
    if (share(empty, effects => plainWay(effects, middle) !== 0) > limit) low = middle
    else high = middle
  }
  return high
}

/** The direction that the mean of the others has without any one side, heads taken as single runs that nobody picked. */
function plainWay(effects: Effect[], width: number): number {
  const estimates = effects.map(({ gain, sigma, df, runs, headRuns }) => {
    const factor = df > 1000 ? 1.96 : studentQuantile(0.975, df)
    return { gain, half: width * factor * sigma * Math.sqrt(1 / runs + 1 / headRuns) }
  })
  const ways = estimates.map((_, left) => {
    const [low, high] = pool(estimates.filter((__, at) => at !== left))?.interval ?? [-1, 1]
    return low > 0 ? 1 : high < 0 ? -1 : 0
  })
  return ways.every(way => way === ways[0]) ? (ways[0] ?? 0) : 0
}

const rowOf = (given: Case, random: Random): Effect[] =>
  Array.from({ length: given.sides }, (_, side) => effectOn(given, side === 0 ? given.first : given.others, random))

/** Simulates sessions until one has such a change. */
function effectOn(given: Case, picked: Picked, random: Random): Effect {
  for (;;) {
    const session = simulateSession(random, {
      ...defaults,
      experiments,
      draw: (r, i) => ({ effect: i === given.place ? given.effect : given.law(r), linesAdded: 1, linesRemoved: 1 }),
    })
    const chosen = choose(session, given.place, picked)
    if (!chosen) continue
    if (given.confirmed) confirm(session)
    const noise = given.isSigmaKnown || !session.noise ? { sigma: defaults.sigma, df: 1e6 } : session.noise
    const effect = effectsOf(session.experiments, 'minimize', noise).get(chosen.number)
    if (effect) return effect
  }
}

function choose({ experiments: all }: SimulatedSession, place: number, picked: Picked): Experiment | undefined {
  const keeps = all.filter(({ number, status }) => number > 0 && status === 'keep')
  if (picked === 'last keep') return keeps.at(-1)
  const gain = (e: Experiment) => e.decision?.gain ?? 0
  if (picked === 'largest keep') return keeps.sort((a, b) => gain(b) - gain(a))[0]
  return all.find(({ number, status }) => number === place && (picked === 'that' || status === 'discard'))
}

function confirm(session: SimulatedSession): void {
  const head = session.experiments.findLast(e => e.status === 'keep')
  for (const number of new Set([0, head?.number ?? 0])) addRuns(session, number, 'confirm', 3)
}
