/** Confirm: whether its intervals hold the true gain over all looks, how wide they are, and what it finds. */
import { confirmedBetween, confirmPairs } from '../../scripts/analysis/confirm/confirmed.ts'
import { loopNoise } from '../../scripts/analysis/noise/noise.ts'
import { plural } from '../../scripts/lib/text.ts'
import type { Experiment, Noise } from '../../scripts/record/schema.ts'
import { type Confirmed, pairsOf } from '../../scripts/stats/confirm.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { extraPairs } from '../../scripts/stats/sequential.ts'
import { earlierSession } from './earlier.ts'
import { type LawName, laws } from './laws.ts'
import { runOf } from './records.ts'
import { type Check, medianOf, type Requirement, shareOf } from './requirement.ts'
import { defaults, metric, type SimulatedSession, simulateSession, trueValue } from './session.ts'

const topic = 'confirm'

/** How a simulated session is confirmed. */
export interface Procedure {
  /** Pairs that each call plans. */
  pairs: number
  /** The call by the session and those by hand, while the result is inconclusive. */
  calls: number
  /** Runs the baseline or the head. */
  measure?(experiment: Experiment): number
  noise?: Noise | null
}

/** Confirms the head of a session as ratchet/confirm does. @returns what each look found */
export function confirmHead(
  session: SimulatedSession,
  { pairs, calls, noise = session.noise, measure = e => session.measure(trueValue(session, e.number)) }: Procedure,
): Confirmed[] {
  const [baseline, head] = [session.experiments[0] as Experiment, headOf(session)]
  const looks: Confirmed[] = []
  const runPair = () => {
    for (const tree of [baseline, head]) tree.runs.push(runOf(tree, 'confirm', measure(tree), 1000 + tree.runs.length))
  }
  const isDone = () => looks.at(-1) !== undefined && looks.at(-1)?.verdict !== 'inconclusive'
  const compare = () => {
    const found = confirmedBetween(baseline, head, metric.goal, noise)
    if (found === null) return
    looks.push(found)
    const count = pairsOf(confirmPairs(baseline, head, 'metric'))
    const { number, commit } = head
    head.looks = [...(head.looks ?? []), { purpose: 'confirm', head: number, commit, pairs: count, why: null }]
  }
  for (let call = 0; call < calls && !isDone(); call++) {
    const before = head.runs.filter(run => run.purpose === 'confirm').length
    for (let i = 0; i < pairs; i++) runPair()
    compare()
    for (let extra = extraPairs(pairs, before); extra > 0 && !isDone(); extra--) {
      runPair()
      compare()
    }
  }
  return looks
}

/** The last keep; the baseline where nothing was kept. */
export const headOf = ({ experiments }: SimulatedSession): Experiment =>
  experiments.findLast(e => e.status === 'keep') as Experiment

/** A session that kept something, by `law`. */
export function sessionWithKeep(random: Random, law: LawName, over: Partial<Parameters<typeof simulateSession>[1]>) {
  for (;;) {
    const session = simulateSession(random, {
      ...defaults,
      experiments: 30,
      draw: r => ({ effect: laws[law](r), linesAdded: 1, linesRemoved: 1 }),
      ...over,
    })
    if (headOf(session).number > 0) return session
  }
}

const holds = ({ interval: [low, high] }: Confirmed, truth: number): boolean => low <= truth && truth <= high

export const confirmCheck: Check = (scale, random) => {
  const cases = Math.ceil(2500 * scale)
  const rows: Requirement[] = []
  const designs = [
    ...(['mar8-like', 'half null'] as const).flatMap(law => [2, 3].map(pairs => ({ law, pairs, seeds: 3 }))),
    { law: 'half null' as const, pairs: 1, seeds: 1 },
    { law: 'half null' as const, pairs: 2, seeds: 2 },
  ]
  for (const { law, pairs, seeds } of designs) {
    const about = `${law}, ${plural(pairs, 'pair')}, ${seeds === 1 ? 'no σ' : `σ of ${seeds} seeds`}`
    const found = { first: 0, all: 0, halves: [] as number[] }
    for (let i = 0; i < cases; i++) {
      const session = sessionWithKeep(random, law, { seeds })
      const truth = trueValue(session, 0) - trueValue(session, headOf(session).number)
      const looks = confirmHead(session, { pairs, calls: 4 })
      const first = looks[0] as Confirmed
      if (holds(first, truth)) found.first++
      if (looks.every(look => holds(look, truth))) found.all++
      found.halves.push((first.interval[1] - first.interval[0]) / 2)
    }
    const limit = seeds === 3 ? { 2: 2.6, 3: 1.95 }[pairs] : undefined
    rows.push(
      shareOf({ topic, measured: `first look covers, ${about}`, asked: least(0.95) }, found.first, cases),
      shareOf(
        { topic, measured: `all looks cover, three calls by hand, ${about}`, asked: least(0.94) },
        found.all,
        cases,
      ),
      medianOf(
        {
          topic,
          measured: `median half-width of the first look, ${about}`,
          asked: limit === undefined ? null : { at: 'most', limit },
        },
        found.halves,
      ),
    )
  }
  return [...rows, ...powers(cases, random), ...withEarlier(cases, random)]
}

/** What is called better at gains of 0, 1 and 2σ, in the first call. */
function powers(cases: number, random: Random): Requirement[] {
  return [2, 3].flatMap(pairs =>
    [0, 1, 2].map(gain => {
      let found = 0
      for (let i = 0; i < cases; i++) {
        const session = sessionWithKeep(random, 'half null', { experiments: 8 })
        const { number } = headOf(session)
        const measure = (e: Experiment) => session.measure(e.number === number ? -gain : 0)
        const verdict = confirmHead(session, { pairs, calls: 1, measure }).at(-1)?.verdict
        if (gain === 0 ? verdict !== 'inconclusive' : verdict === 'better') found++
      }
      const what = gain === 0 ? 'no gain: called better or worse' : `${gain}σ: called better`
      const asked = gain === 0 ? ({ at: 'most', limit: 0.05 } as const) : null
      return shareOf({ topic, measured: `${what}, ${pairs} to ${2 * pairs} pairs`, asked }, found, cases)
    }),
  )
}

/** Coverage where earlier sessions of the machine were as noisy, or half as noisy. */
function withEarlier(cases: number, random: Random): Requirement[] {
  return [0.5, 1].map(ratio => {
    let found = 0
    for (let i = 0; i < cases; i++) {
      const earlier = [earlierSession(random, ratio)]
      const session = sessionWithKeep(random, 'half null', { experiments: 30 })
      const truth = -trueValue(session, headOf(session).number)
      const looks = confirmHead(session, { pairs: 3, calls: 1, noise: loopNoise(session.experiments, earlier) })
      if (looks[0] && holds(looks[0], truth)) found++
    }
    const measured = `first look covers, 3 pairs, earlier sessions ${ratio === 1 ? 'as noisy' : 'half as noisy'}`
    return shareOf({ topic, measured, asked: least(0.95) }, found, cases)
  })
}

const least = (limit: number) => ({ at: 'least', limit }) as const
