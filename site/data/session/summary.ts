/** A summary of the session in one or two sentences, computed from its facts. */
import { isOpen } from '../../../scripts/analysis/labels.ts'
import { sigmaText } from '../../../scripts/analysis/noise/sigma.ts'
import { briefDelta } from '../../../scripts/analysis/numbers.ts'
import { measuredText } from '../../../scripts/analysis/result/unknown.ts'
import { change, percent } from '../../../scripts/lib/format.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import { runNoise } from '../../figures/frontier/data.ts'
import { inNumbers, keptPoints, onFrontier } from '../../figures/frontier/point.ts'
import { short } from '../../figures/text.ts'
import type { View } from '../view.ts'
import { capital, countText, countWord } from '../words.ts'

/**
 * How few changes made 60% of the summed gains, and how many are neither confirmed nor likely: "Three of the 22 kept changes
 * made 69% of the summed gains of single runs; no single change is confirmed."; empty without kept gains.
 */
export function concentration({ kept, result }: Pick<View, 'kept' | 'result'>): string {
  const gained = kept.filter(k => (k.gain ?? 0) > 0)
  const total = gained.reduce((sum, k) => sum + (k.gain ?? 0), 0)
  if (gained.length < 2) return ''
  const open = kept.filter(k => k.label !== null && isOpen(k.label)).length
  const doubt =
    open === 0
      ? ''
      : open === kept.length
        ? '; no single change is confirmed'
        : `; ${countWord(open)} ${open === 1 ? 'is' : 'are'} neither confirmed nor likely`
  let sum = 0
  let few = 0
  while (few < gained.length && sum < 0.6 * total) sum += gained[few++]?.gain ?? 0
  const runs = result.pairs === null ? ' of single runs' : ''
  if (few > kept.length / 2) return doubt === '' ? '' : `${capital(doubt.slice(2))}.`
  return `${capital(countWord(few))} of the ${countWord(kept.length)} kept changes made ${percent(Math.min(1, sum / total))} of the summed gains${runs}${doubt}.`
}

/** The frontier's caption: the finding, and how to read the figure. */
export function frontierCaption(v: View): { finding: string; reading: string } {
  return { finding: finding(v), reading: [notes(v), order(v), closeness(v)].filter(Boolean).join(' ') }
}

function finding({ frontierData, kept, gain, baseline, session, unknown, measured }: View): string {
  const { metric } = session
  const line = onFrontier(frontierData)
  const last = frontierData.points.at(-1)?.place ?? 0
  if (baseline === null)
    return frontierData.points.some(p => p.value !== null) ? 'The baseline has no value.' : 'Nothing was measured.'
  if (unknown !== null && gain === null) return `${measuredText(unknown, metric, baseline, measured)}.`
  if (last === 0) return 'The baseline alone.'
  if (keptPoints(frontierData.points).length <= 1 || gain === null)
    return kept.length > 0 ? 'No kept change has a value.' : `None of ${countText(last, 'change')} was kept.`
  if (gain <= 0 && !isPaired(session)) return 'No kept change is better than the baseline.'
  const early = line.find(p => change(p.value - baseline, metric.goal) >= 0.66 * gain)
  // In a paired session values of different times do not compare.
  if (early && !isPaired(session) && gain > 0 && last >= 10 && early.place <= last / 2) {
    const part = percent(Math.min(1, change(early.value - baseline, metric.goal) / gain))
    return inNumbers(frontierData.points)
      ? `${part} of the gain came by experiment ${early.number} of ${last}.`
      : `${part} of the gain came by experiment ${early.number}, verdict ${early.place} of ${last}.`
  }
  const top = kept[0]
  const largest = top?.gain ? `: ${short(top.description, 60)} (${briefDelta(top.gain, metric, baseline)})` : ''
  return `The largest step is experiment ${top?.number}${largest}.`
}

/** What the figure's own legend does not say: how large the noise is, and what stands off the line and at its end. */
function notes({ frontierData, session, digest }: View): string {
  const noise = runNoise(session, digest)
  const { points, paired, confirmed } = frontierData
  const isOff = !paired && keptPoints(points).length > onFrontier(frontierData).length
  return [
    isOff ? 'Kept changes off the line are worse than the best before them.' : '',
    noise !== null && noise.sigma > 0 ? `The band is ±2σ, the noise of one run; σ is ${sigmaText(noise)}.` : '',
    noise?.sigma === 0 ? 'There is no noise: repeated runs agree to the last digit.' : '',
    confirmed
      ? `At the right end is the ${paired ? 'confirmed change' : 'mean of the runs'} ${confirmed.where}, with the 95% interval of the change from the baseline.`
      : '',
    isPaired(session)
      ? 'The line is the head, the last kept change. Values of different times do not compare, as the machine may drift; each verdict compares runs made side by side.'
      : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** Says when verdicts came in another order than the numbers, as with several slots. */
const order = ({ frontierData }: View): string =>
  inNumbers(frontierData.points) ? '' : 'They stand in the order of their verdicts, which is not that of their numbers.'

/** How many discards are within noise of the best. */
function closeness({ frontierData: { points, sigma } }: View): string {
  const discards = points.filter(p => p.status === 'discard' && p.gain !== null)
  // A difference of two runs has a standard deviation of σ·√2; two of those is about 95%, as in the report.
  const close = discards.filter(p => sigma && Math.abs(p.gain ?? 0) <= 2 * Math.SQRT2 * sigma).length
  if (!sigma || discards.length < 5 || close === 0) return ''
  return `${capital(countWord(close))} of ${countWord(discards.length)} discards lie so close to the best that one run cannot tell them apart.`
}
