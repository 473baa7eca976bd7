/** The decision: keep, discard or run again. A pure function of the measured numbers. */
import { mean } from 'simple-statistics'
import { decimals, experimentName, metricText, signed } from '../lib/format.ts'
import { plural } from '../lib/text.ts'
import type { OwnDecision } from '../record/schema.ts'
import type { Among } from '../record/sweep.ts'
import type { PairedGain } from '../stats/paired.ts'

export interface Policy {
  /** Gain required for each net added line, in σ. */
  lineCost: number
  /** `marginal`: a gain within 2σ is run again on another seed before it is kept. */
  repeat: 'never' | 'marginal'
}

export interface DecisionInput {
  goal: 'minimize' | 'maximize'
  /** Metrics of the candidate's runs so far; at least one. */
  candidate: number[]
  /** Mean metric of the head's runs; of those beside the candidate, where there are pairs. */
  head: number
  /** Best mean metric of all kept experiments. */
  best: number
  /** The gain of the pairs, where candidate and head were run side by side: it decides instead of the means. */
  pairs?: PairedGain
  /** null until some tree has been run twice. */
  sigma: number | null
  linesAdded: number
  linesRemoved: number
  policy: Policy
  /** Of a member of a sweep that is judged as a set: only the best is kept, and its choice adds to what it needs. */
  among?: Among & { isBest: boolean }
}

/**
 * Keeps a candidate that is better than the head by more than its net added lines require (`lineCost`·σ each). A
 * change that removes lines may lose as much per line, up to σ/2; the loss is counted from the best value so far, which
 * bounds the measured loss. True losses still add up, since what is kept is chosen for its luck: after 100 deletions of 5
 * lines that truly lose 0.3σ each, the head is about 2.2σ worse, and 1.8σ by plain less-than (`bench judge --topics
 * deletions`). A shorter candidate that is not worse than the head is always kept. When σ is null
 * or 0, lines have no cost.
 *
 * @returns Verdict and numbers; `reason` is one sentence with them.
 * @throws {RangeError} when a number is not finite, σ is negative or the candidate has no run.
 */
export function decide(input: DecisionInput): OwnDecision {
  check(input)
  const candidate = mean(input.candidate)
  const gain = input.pairs?.gain ?? gainFrom(input.goal, input.head, candidate)
  const { isBest = true, ...among } = input.among ?? { allowance: 0 }
  const needed = neededGain(input) + among.allowance
  const isShorter = input.linesAdded < input.linesRemoved && among.allowance === 0
  const isEnough = isBest && (isShorter ? gain >= needed : gain > needed)
  const isMarginal =
    !input.pairs && input.sigma !== null && input.sigma > 0 && gain - among.allowance <= 2 * input.sigma
  const repeat = isEnough && input.policy.repeat === 'marginal' && input.candidate.length === 1 && isMarginal
  const verdict = repeat ? 'repeat' : isEnough ? 'keep' : 'discard'
  return {
    verdict,
    reason: reasonText(input, { candidate, gain, needed, verdict }),
    candidate,
    head: input.head,
    gain,
    needed,
    sigma: input.sigma,
    linesAdded: input.linesAdded,
    linesRemoved: input.linesRemoved,
    ...(input.pairs && { pairs: { count: input.pairs.pairs, half: input.pairs.half } }),
    ...(input.among && { among: among as Among }),
  }
}

/** How much better `to` is than `from`, positive when better. */
const gainFrom = (goal: DecisionInput['goal'], from: number, to: number): number =>
  goal === 'minimize' ? from - to : to - from

/** Required gain over the head: at least 0 for net added lines, at most 0 for net removed lines. */
function neededGain(input: DecisionInput): number {
  const sigma = input.sigma ?? 0
  const lineCost = input.policy.lineCost * sigma * (input.linesAdded - input.linesRemoved)
  if (lineCost >= 0) return lineCost + 0 // turns −0 into 0
  const allowedLoss = Math.min(-lineCost, sigma / 2)
  const lossOfHead = Math.max(0, gainFrom(input.goal, input.head, input.best))
  return Math.min(0, lossOfHead - allowedLoss)
}

type Result = Pick<OwnDecision, 'candidate' | 'gain' | 'needed' | 'verdict'>

/** E.g. "0.981200 is 0.000573 better than 0.981773, above the 0.000240 required for 12 added lines". */
function reasonText(input: DecisionInput, result: Result): string {
  const { candidate, gain, verdict } = result
  const size = (value: number) => signed(Math.abs(value), decimals(input.head)).replace(/^[+±]/, '')
  const runs = input.candidate.length > 1 ? `, the mean of ${input.candidate.length} runs,` : ''
  const relation = gain === 0 ? 'equals' : `is ${size(gain)} ${gain > 0 ? 'better' : 'worse'} than`
  const comparison = input.pairs
    ? `It ${relation} the head ${pairsText(input.pairs, size)}`
    : `${metricText(candidate, [input.head])}${runs} ${relation} ${metricText(input.head, [candidate])}`
  if (verdict === 'repeat') {
    const above = input.among
      ? ` of the ${size(input.among.allowance)} required of the best of ${input.among.measured}`
      : ''
    return `${comparison}, within 2σ (${size(2 * (input.sigma ?? 0))})${above}: one more run decides`
  }
  return comparison + (amongText(input, result, size) ?? linesText(input, result, size))
}

/** How the choice among a sweep affected the verdict; null where it did not. */
function amongText(
  { among, linesAdded, linesRemoved }: DecisionInput,
  { gain, needed, verdict }: Result,
  size: (value: number) => string,
): string | null {
  if (!among) return null
  if (!among.isBest) return `; of the ${among.measured} measured in its sweep ${experimentName(among.best)} is the best`
  if (among.allowance === 0) return null
  if (needed > 0 && gain <= 0) return ''
  const net = linesAdded - linesRemoved
  const lines = net === 0 ? '' : ` with ${plural(Math.abs(net), `net ${net > 0 ? 'added' : 'removed'} line`)}`
  const of = `of the best of ${among.measured} values${lines}`
  return needed > 0
    ? `, ${verdict === 'keep' ? 'above' : 'not above'} the ${size(needed)} required ${of}`
    : `, ${verdict === 'keep' ? 'less than' : 'not less than'} the ${size(needed)} that may be lost ${of}`
}

/** E.g. "in 6 pairs run side by side (95% ± 0.0034)". */
function pairsText({ pairs, half }: PairedGain, size: (value: number) => string): string {
  const interval = half === null || half === 0 ? '' : ` (95% ± ${size(half)})`
  return `in ${plural(pairs, 'pair')} run side by side${interval}`
}

/** How the line count affected the verdict; empty when it did not. */
function linesText(
  input: DecisionInput,
  { candidate, gain, needed, verdict }: Result,
  size: (value: number) => string,
): string {
  const net = input.linesAdded - input.linesRemoved
  if (net < 0) {
    if (gain >= 0) return ` and is ${plural(-net, 'line')} shorter`
    const lines = plural(-net, input.linesAdded > 0 ? 'net removed line' : 'removed line')
    if (needed === 0) return `; no loss is allowed for ${lines}`
    const best = input.pairs ? '' : `, ${metricText(input.best, [candidate, input.head])}`
    const from = input.best === input.head ? '' : `, counted from the best so far${best}`
    return `, ${verdict === 'keep' ? 'within' : 'more than'} the ${size(needed)} allowed for ${lines}${from}`
  }
  if (needed === 0 || gain <= 0) return ''
  const lines = plural(net, input.linesRemoved > 0 ? 'net added line' : 'added line')
  return `, ${verdict === 'keep' ? 'above' : 'not above'} the ${size(needed)} required for ${lines}`
}

function check(input: DecisionInput): void {
  const { candidate, head, best, sigma, linesAdded, linesRemoved, policy } = input
  const numbers = [...candidate, head, best, sigma ?? 0, linesAdded, linesRemoved, policy.lineCost]
  if (candidate.length === 0 || !numbers.every(Number.isFinite) || (sigma ?? 0) < 0)
    throw new RangeError(`decide() needs finite numbers, at least one run and σ ≥ 0; got ${JSON.stringify(input)}.`)
}
