/** A summary of the session in one or two sentences, computed from its facts. */
import { isOpen } from '../../../scripts/analysis/labels.ts'
import { briefDelta, deltaDigits } from '../../../scripts/analysis/numbers.ts'
import { measuredText } from '../../../scripts/analysis/result/unknown.ts'
import { statusWords } from '../../../scripts/analysis/statusWords.ts'
import { change, percent, signed } from '../../../scripts/lib/format.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import { offScale } from '../../figures/frontier/frame.ts'
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
  return { finding: finding(v), reading: [legend(v), order(v), closeness(v)].filter(Boolean).join(' ') }
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

/** Explains only the marks that the figure contains. */
function legend({ frontierData, tried: counts, counts: all, baseline, session, unknown }: View): string {
  const failed = (['crash', 'timeout'] as const).filter(s => all[s])
  const untrained = (['refused', 'conflict', 'aborted'] as const).filter(s => counts[s])
  const unvalued = frontierData.points.filter(p => p.value === null && /^(?:keep|discard|unknown)$/.test(p.status))
  const off = offScale(frontierData)
  const words = (list: readonly (keyof typeof statusWords)[]) => list.map(s => statusWords[s]).join(' or ')
  const parts = [
    ...lineWords(frontierData),
    counts.discard ? 'rings are discards' : '',
    unknown !== null && unknown.experiments.length > 0 ? 'squares are of unknown status' : '',
    failed.length > 0 ? `crosses on the edge ${words(failed)}` : '',
    unvalued.length > 0 ? 'diamonds on the edge have no value' : '',
    untrained.length > 0 ? `diamonds on the edge were ${words(untrained)}` : '',
    off > 0 ? `${off === 1 ? 'a triangle lies' : 'triangles lie'} off the scale` : '',
  ].filter(Boolean)
  const band = frontierData.sigma
    ? ` The band is ±2σ, the noise of one run (σ = ${sigmaText(frontierData.sigma, baseline)}).`
    : frontierData.sigma === 0
      ? ' There is no noise: repeated runs agree to the last digit.'
      : ''
  const times = isPaired(session)
    ? ' Values of different times do not compare, as the machine may drift; each verdict compares runs made side by side.'
    : ''
  return `${capital(parts.join(', '))}.${band}${times}`
}

/** What the line and the dots are. */
function lineWords(data: View['frontierData']): string[] {
  const [kept, line] = [keptPoints(data.points), onFrontier(data)]
  if (kept.length <= 1) return kept.length === 0 ? [] : ['the line is the baseline']
  if (data.paired) return ['the line is the head, the last kept change', 'dots on it are kept changes']
  if (kept.length === line.length) return ['the line is the best so far', 'dots on it are kept changes']
  return ['the line is the best so far', 'dots are kept changes, those off it worse than the best before']
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

/** σ with the digits of a difference, or more where they would all be zero. */
export const sigmaText = (sigma: number, about: number | null): string =>
  signed(sigma, deltaDigits(about ?? 1)).slice(1)
