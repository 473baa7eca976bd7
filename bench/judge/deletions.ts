/** Simplifications that truly cost a little: how much a session of nothing else loses. */
import type { Policy } from '../../scripts/ratchet/decide.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { meanOf, type Requirement } from './requirement.ts'
import { defaults, simulateSession, trueValue } from './session.ts'

const SESSIONS = 2000
const EXPERIMENTS = 100
/** Each deletion of this many lines truly loses this many σ. */
const LINES = 5
const LOSS = 0.3

const policies: [string, Policy][] = [
  ['default line_cost 0.1', defaults.policy],
  ['plain less-than, line_cost 0', { ...defaults.policy, lineCost: 0 }],
]

export function benchDeletions(scale: number, random: Random): Requirement[] {
  return policies.flatMap(([name, policy]) => {
    const losses = Array.from({ length: Math.ceil(SESSIONS * scale) }, () => trueLoss(policy, random))
    const about = { topic: 'deletions', asked: null }
    const measured = `true loss after ${EXPERIMENTS} deletions of ${LINES} lines that lose ${LOSS}σ each, ${name}`
    return [
      meanOf({ ...about, measured: `mean ${measured}` }, losses),
      {
        ...about,
        measured: `95th percentile of the ${measured}`,
        value: losses.toSorted((a, b) => a - b)[Math.floor(0.95 * losses.length)] ?? 0,
        error: null,
        cases: losses.length,
        unit: { decimals: 2, name: 'σ' },
      },
    ]
  })
}

/** How much worse the head truly is than the baseline at the end of a session, in σ. */
function trueLoss(policy: Policy, random: Random): number {
  const draw = () => ({ effect: -LOSS, linesAdded: 0, linesRemoved: LINES })
  const session = simulateSession(random, { ...defaults, draw, experiments: EXPERIMENTS, policy })
  return trueValue(session, session.experiments.findLast(e => e.status === 'keep')?.number ?? 0)
}
