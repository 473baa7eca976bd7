/** The reason for an experiment's status, with the numbers of the decision. */
import { pRealText } from '../../../scripts/analysis/labels.ts'
import { sigmaText } from '../../../scripts/analysis/noise/sigma.ts'
import { briefDelta, briefMetric, delta } from '../../../scripts/analysis/numbers.ts'
import type { ReplicatedChange } from '../../../scripts/analysis/replication/facts.ts'
import { gainsText, outcomeText, whatText } from '../../../scripts/analysis/replication/words.ts'
import { statusWords } from '../../../scripts/analysis/statusWords.ts'
import { change, duration, metricText } from '../../../scripts/lib/format.ts'
import type { Experiment, Noise } from '../../../scripts/record/schema.ts'
import { lines } from '../../../scripts/report/sections/kept.ts'
import { isEnoughForPReal } from '../../../scripts/stats/noise.ts'
import type { View } from '../view.ts'
import { capital } from '../words.ts'

/**
 * The status and a sentence: ["Kept.", "val_bpb went from 0.9979 to 0.9860: better by 24 times the noise of one
 * run."].
 */
export function verdict(v: View, e: Experiment): { word: string; because: string } {
  const { name } = v.session.metric
  if (e.number === 0 && e.metric !== null) {
    const because = `${name} is ${briefMetric(e.metric)}; everything after it is measured against it.`
    return { word: 'The baseline.', because }
  }
  const replicated = v.replicated.get(e.number)
  if (replicated) return replicatedVerdict(v, replicated)
  const word = `${capital(statusWords[e.status])}.`
  const d = e.decision
  const known = unjudged(v, e)
  if (known !== null) return { word, because: `${reasonText(e)} ${known}` }
  if (!d) return { word, because: reasonText(e) }
  const [before, after] = [briefMetric(d.head, [d.candidate]), briefMetric(d.candidate, [d.head])]
  const moved =
    e.status === 'keep' && d.gain > 0
      ? `${name} went from ${before} to ${after}`
      : `${name} was ${after}, the best before ${before}`
  const noise = noiseOf(v)
  return { word, because: `${moved}: ${size(d.gain, isEnoughForPReal(noise) ? noise.sigma : null)}.` }
}

/** "Crash: exit code 1: no." → "Exit code 1: no.", since the status stands before it. */
function reasonText({ status, reason }: Pick<Experiment, 'status' | 'reason'>): string {
  const isNamed = ['crash', 'timeout', 'refused', 'conflict', 'aborted'].includes(status)
  return capital((isNamed ? reason.replace(/^[A-Z][a-z]+: /, '') : reason).replace(/[^.!?]$/, '$&.'))
}

function replicatedVerdict({ session: { metric }, result, replication }: View, change: ReplicatedChange) {
  const word = `${capital(outcomeText(change.outcome, 'here'))}.`
  if (replication === null || change.found === null)
    return { word, because: capital(change.reason.replace(/[^.!?]$/, '$&.')) }
  const gains = gainsText(change, metric, result.seeds)
  return { word, because: `${capital(whatText(change, replication))}: ${metric.name} ${gains}.` }
}

/** The digest's, which counts all runs of the session; before the report that of the session so far. */
const noiseOf = ({ session, digest }: View): Noise | null => digest?.noise ?? session.noise ?? null

/** What was measured of a row whose status is not known; null for others. */
function unjudged(v: View, e: Experiment): string | null {
  const point = v.frontierData.points.find(p => p.number === e.number)
  if (e.status !== 'unknown' || e.metric === null || point?.gain == null) return null
  const before = e.metric - change(point.gain, v.session.metric.goal)
  return `Its ${v.session.metric.name} was ${briefMetric(e.metric)}, the best that was surely kept before it ${briefMetric(before)}: ${size(point.gain, null)}.`
}

/** "better by 24 times the noise of one run", "worse by less than the noise of one run". */
function size(gain: number, sigma: number | null): string {
  if (gain === 0) return 'the same'
  const side = gain > 0 ? 'better' : 'worse'
  if (!sigma) return side
  const ratio = Math.abs(gain) / sigma
  if (ratio < 1) return `${side} by less than the noise of one run`
  return `${side} by ${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times the noise of one run`
}

/** The decision's known numbers as name and text. */
export function decisionFacts(v: View, e: Experiment): [string, string][] {
  const { metric } = v.session
  const d = e.decision
  const noise = noiseOf(v)
  const kept = v.kept.find(k => k.number === e.number)
  const gain = v.frontierData.points.find(p => p.number === e.number)?.gain ?? null
  const facts: [string, string | null][] = [
    [metric.name, e.metric === null ? null : metricText(e.metric, d ? [d.head] : [])],
    [
      v.replication === null ? 'Best before' : 'Baseline beside it',
      d && metricText(d.head, e.metric === null ? [] : [e.metric]),
    ],
    ['Change', d ? delta(d.gain, metric, d.head) : gain === null ? null : delta(gain, metric, v.baseline ?? 1)],
    [
      'Needed',
      d && d.needed !== null && v.replication === null
        ? d.needed === 0
          ? 'any gain'
          : briefDelta(d.needed, metric, d.head)
        : null,
    ],
    ['Noise σ', d === null || noise === null ? null : sigmaText(noise)],
    ['P(real)', kept?.pReal == null ? null : pRealText(kept.pReal)],
    ['Lines', e.number === 0 || e.linesAdded === null ? null : lines(e)],
    ['Memory', e.memoryMb === null ? null : `${(e.memoryMb / 1024).toFixed(1)} GB`],
    [
      'Thinking',
      e.agent.use === null || e.agent.seconds === null ? null : `${e.agent.use}, ${duration(e.agent.seconds)}`,
    ],
    ['Commit', e.commit?.slice(0, 7) ?? null],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== null)
}
