/** The decision: keep, discard or run again. One pure function of the numbers; nobody's word counts. */
import { mean } from 'simple-statistics'
import { decimals, metricText, signed } from '../lib/format.ts'
import type { OwnDecision } from '../record/schema.ts'

export interface Policy {
  /** What a net added line must bring, in σ. */
  lineCost: number
  /** `marginal` runs a gain within 2σ again on another seed before it is kept. */
  repeat: 'never' | 'marginal'
}

export interface Case {
  goal: 'minimize' | 'maximize'
  /** Metrics of the candidate's runs so far; at least one. */
  candidate: number[]
  /** Mean over the best's runs. */
  best: number
  /** Best value ever seen in this session: the mean of a kept tree's runs. */
  bestEver: number
  /** null before any tree was run twice. */
  sigma: number | null
  linesAdded: number
  linesRemoved: number
  policy: Policy
}

/**
 * Better than the best is kept, if the gain is worth the net added lines (`lineCost`·σ each). A change that removes
 * lines may cost what they are worth, up to σ/2, counted from the best value ever seen so that small losses cannot add
 * up; if it costs nothing against the best, it is kept. Without σ, and with σ = 0, lines cost and are worth nothing.
 *
 * @returns Verdict and numbers; `reason` is one sentence with them.
 * @throws {RangeError} when a number is not finite, σ is negative or the candidate has no run.
 */
export function decide(c: Case): OwnDecision {
  check(c)
  const candidate = mean(c.candidate)
  const gain = better(c.goal, c.best, candidate)
  const needed = neededGain(c)
  const worth = c.linesAdded < c.linesRemoved ? gain >= needed : gain > needed
  const marginal = c.sigma !== null && c.sigma > 0 && gain <= 2 * c.sigma
  const again = worth && c.policy.repeat === 'marginal' && c.candidate.length === 1 && marginal
  const verdict = again ? 'repeat' : worth ? 'keep' : 'discard'
  return {
    verdict,
    reason: reason(c, { candidate, gain, needed, verdict }),
    candidate,
    head: c.best,
    gain,
    needed,
    sigma: c.sigma,
    linesAdded: c.linesAdded,
    linesRemoved: c.linesRemoved,
  }
}

/** How much better `to` is than `from`: the one place where the goal turns the sign. */
const better = (goal: Case['goal'], from: number, to: number): number => (goal === 'minimize' ? from - to : to - from)

/** The gain over the best from which a change is worth its lines: above 0 for lines added, at most 0 for lines removed. */
function neededGain(c: Case): number {
  const sigma = c.sigma ?? 0
  const worth = c.policy.lineCost * sigma * (c.linesAdded - c.linesRemoved)
  if (worth >= 0) return worth + 0 // −0 made plain
  const allowed = Math.min(-worth, sigma / 2)
  const alreadyLost = Math.max(0, better(c.goal, c.best, c.bestEver))
  return Math.min(0, alreadyLost - allowed)
}

type Verdict = Pick<OwnDecision, 'candidate' | 'gain' | 'needed' | 'verdict'>

/** E.g. "0.981200 is 0.000573 better than 0.981773, more than its 12 added lines must bring (0.000240)." */
function reason(c: Case, { candidate, gain, needed, verdict }: Verdict): string {
  const size = (value: number) => signed(Math.abs(value), decimals(c.best)).replace(/^[+±]/, '')
  const runs = c.candidate.length > 1 ? `, the mean of ${c.candidate.length} runs,` : ''
  const side = gain > 0 ? 'better' : 'worse'
  const relation = gain === 0 ? 'equals' : `is ${size(gain)} ${side} than`
  const what = `${metricText(candidate)}${runs} ${relation} ${metricText(c.best)}`
  if (verdict === 'repeat') return `${what}, within 2σ (${size(2 * (c.sigma ?? 0))}): one more run decides`
  return what + because(c, { candidate, gain, needed, verdict }, size)
}

/** What the lines had to do with it; nothing where they changed nothing. */
function because(c: Case, { gain, needed, verdict }: Verdict, size: (value: number) => string): string {
  const net = c.linesAdded - c.linesRemoved
  if (net < 0) {
    if (gain >= 0) return ` and is ${count(-net, 'line')} shorter`
    const lines = count(-net, c.linesAdded > 0 ? 'net removed line' : 'removed line')
    if (needed === 0) return `, and its ${lines} may cost nothing`
    const ever = c.bestEver === c.best ? '' : ` beside the best ever, ${metricText(c.bestEver)}`
    return `, ${verdict === 'keep' ? 'no more' : 'more'} than its ${lines} may cost (${size(needed)}${ever})`
  }
  if (needed === 0 || gain <= 0) return ''
  const lines = count(net, c.linesRemoved > 0 ? 'net added line' : 'added line')
  return `, ${verdict === 'keep' ? 'more' : 'no more'} than its ${lines} must bring (${size(needed)})`
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

function check(c: Case): void {
  const numbers = [...c.candidate, c.best, c.bestEver, c.sigma ?? 0, c.linesAdded, c.linesRemoved, c.policy.lineCost]
  if (c.candidate.length === 0 || !numbers.every(Number.isFinite) || (c.sigma ?? 0) < 0)
    throw new RangeError(`A decision needs finite numbers, one run or more and σ ≥ 0; got ${JSON.stringify(c)}.`)
}
