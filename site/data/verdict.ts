/** Why an experiment's status is what it is, with the numbers it was decided by. */
import { change, duration, metricText, percent } from '../../scripts/lib/format.ts'
import type { Experiment } from '../../scripts/record/schema.ts'
import { briefDelta, briefMetric, deltaText } from '../figures/scale.ts'
import type { View } from './view.ts'
import { statusWords } from './words.ts'

/** The first word in bold and the sentence after it: ["Kept.", "val_bpb went from 0.9979 to 0.9860, 24 times σ."]. */
export function verdict(v: View, e: Experiment): { word: string; because: string } {
  if (e.number === 0 && e.metric !== null)
    return {
      word: 'The baseline.',
      because: `${v.session.metric.name} is ${briefMetric(e.metric)}, and everything after is measured against it.`,
    }
  const word = `${statusWords[e.status].verdict}.`
  const d = e.decision
  if (!d) return { word, because: e.reason }
  const { name, goal } = v.session.metric
  const step = `${name} went from ${briefMetric(d.best)} to ${briefMetric(d.candidate)}${times(d.gain, d.sigma)}.`
  return { word, because: Math.abs(change(d.gain, goal)) > 0 ? step : `${name} stayed at ${briefMetric(d.best)}.` }
}

/** ", 24 times the noise of one run" or ", less than the noise of one run". */
function times(gain: number, sigma: number | null): string {
  if (!sigma) return ''
  const ratio = Math.abs(gain) / sigma
  if (ratio < 1) return ', less than the noise of one run'
  return `, ${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times the noise of one run`
}

/** The decision's numbers as name and text, those that there are. */
export function decisionFacts(v: View, e: Experiment): [string, string][] {
  const { name, goal } = v.session.metric
  const d = e.decision
  const kept = v.kept.find(k => k.number === e.number)
  const facts: [string, string | null][] = [
    [name, e.metric === null ? null : metricText(e.metric)],
    ['Best before', d && metricText(d.best)],
    ['Change', d && deltaText(change(d.gain, goal), d.best)],
    ['Needed', d && neededText(change(d.needed, goal), d.best)],
    ['Noise σ', d?.sigma == null ? null : deltaText(d.sigma, d.best).slice(1)],
    ['Likely real', kept?.chance == null ? null : percent(kept.chance)],
    ['Lines', e.number === 0 ? null : `+${e.linesAdded} −${e.linesRemoved}`],
    ['Memory', e.memoryMb === null ? null : `${(e.memoryMb / 1024).toFixed(1)} GB`],
    ['Thinking', e.agent.use === null ? null : `${e.agent.use}, ${duration(e.agent.seconds)}`],
    ['Commit', e.commit?.slice(0, 7) ?? null],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== null)
}

/** Any gain at all suffices where the lines cost nothing. */
const neededText = (needed: number, best: number): string => (needed === 0 ? 'any gain' : briefDelta(needed, best))
