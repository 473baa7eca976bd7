/** What each decision rule gains, keeps and claims, on sessions with the effects of a real one. */
import type { Policy } from '../../scripts/ratchet/decide.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { afterOpening, changesOfLedger, type Draw, LEDGER_LENGTH } from './ledger.ts'
import { defaults, type SimulatedSession, simulateSession, trueValue } from './session.ts'

/** σ of the ledger's trainer, and of one four times as noisy. */
const SIGMAS = [0.0005, 0.002]
const rules: { name: string; policy: Policy }[] = [
  { name: 'less-than', policy: { lineCost: 0, repeat: 'never' } },
  { name: 'with line cost', policy: { lineCost: 0.1, repeat: 'never' } },
  { name: 'with repeats', policy: { lineCost: 0.1, repeat: 'marginal' } },
]

export interface RuleRow {
  /** "untuned": starts with easy gains, as the ledger did; "tuned": starts after them. */
  start: string
  sigma: number
  rule: string
  /** Means over the sessions: true gain of the head, and its gain by single runs; in units of the metric. */
  gain: number
  single: number
  keeps: number
  /** Share of keeps with a true gain of zero or less that did not shorten the file. */
  useless: number
  experiments: number
}

/** @param sessions simulated sessions per row */
export function benchRules(sessions: number, seed: number): RuleRow[] {
  const draw = changesOfLedger()
  return SIGMAS.flatMap(sigma =>
    Object.entries({ untuned: draw, tuned: afterOpening(draw) }).flatMap(([start, from]) =>
      rules.map(({ name, policy }) =>
        ruleRow({ start, sigma, rule: name }, simulate(from, sigma, policy, sessions, seed)),
      ),
    ),
  )
}

function simulate(draw: Draw, sigma: number, policy: Policy, sessions: number, seed: number): SimulatedSession[] {
  const random = createRandom(seed)
  const limits = { experiments: LEDGER_LENGTH, maxRuns: LEDGER_LENGTH }
  const draws = (r: typeof random, i: number) => draw(r, i - 1)
  return Array.from({ length: sessions }, () =>
    simulateSession(random, { ...defaults, ...limits, draw: draws, sigma, policy }),
  )
}

function ruleRow(of: Pick<RuleRow, 'start' | 'sigma' | 'rule'>, sessions: SimulatedSession[]): RuleRow {
  const per = (count: (session: SimulatedSession) => number) =>
    sessions.reduce((sum, session) => sum + count(session), 0) / sessions.length
  const kept = ({ experiments }: SimulatedSession) => experiments.filter(e => e.number > 0 && e.status === 'keep')
  const headOf = (session: SimulatedSession) => kept(session).at(-1) ?? session.experiments[0]
  const keeps = per(session => kept(session).length)
  const isUseless = ({ truth }: SimulatedSession) => {
    return ({ number, linesAdded, linesRemoved }: ReturnType<typeof kept>[number]) =>
      (truth.get(number)?.effect ?? 0) <= 0 && (linesAdded ?? 0) >= (linesRemoved ?? 0)
  }
  return {
    ...of,
    gain: per(session => -trueValue(session, headOf(session)?.number ?? 0)),
    single: per(session => (session.experiments[0]?.metric ?? 0) - (headOf(session)?.metric ?? 0)),
    keeps,
    useless: per(session => kept(session).filter(isUseless(session)).length) / keeps,
    experiments: per(session => session.experiments.length - 1),
  }
}
