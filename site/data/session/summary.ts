/** A summary of the session in one or two sentences, computed from its facts. */
import { isOpen } from '../../../scripts/analysis/labels.ts'
import { briefDelta, briefMetric, deltaDigits } from '../../../scripts/analysis/numbers.ts'
import { measuredText } from '../../../scripts/analysis/unknown.ts'
import { change, duration, percent, signed } from '../../../scripts/lib/format.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import { inNumbers, keptPoints, onFrontier } from '../../figures/frontier/point.ts'
import { short } from '../../figures/text.ts'
import type { View } from '../view.ts'
import { capital, countText, countWord } from '../words.ts'

/**
 * e.g. "125 experiments of 5 min took val_bpb from 0.9979 to 0.9697. Three of the 22 kept changes made 69% of that; …"
 */
export function sentence(v: View): string {
  const { metric, budget } = v.session
  const tries = `${countText(v.experimentCount, 'experiment')}${budget ? ` of ${duration(budget).replace(' 00 s', '')}` : ''}`
  if (v.baseline === null)
    return `The baseline did not measure ${metric.name}: ${v.experiments[0]?.reason ?? 'it has not run'}`
  if (v.unknown !== null && v.gain === null) {
    const { experiments, best } = v.unknown
    const which = experiments.length < v.measured ? 'the best of unknown status' : 'the best'
    const range =
      best === null
        ? ''
        : `, ${which} with ${briefMetric(best.metric, [v.baseline])}, beside the baseline's ${briefMetric(v.baseline, [best.metric])}`
    return `${capital(countText(v.measured, 'experiment was', 'experiments were'))} measured${range}. What was kept is not known.`
  }
  if (v.experimentCount === 0) return `Only the baseline was run: ${metric.name} ${briefMetric(v.baseline)}.`
  if (v.kept.length === 0) return `${capital(tries)} left ${metric.name} at ${briefMetric(v.baseline)}.`
  // Only a confirmed change is stated as a fact.
  const took = v.digest?.confirmed?.verdict === 'better' ? 'took' : 'seemed to take'
  const [from, to] = [briefMetric(v.baseline, [v.best ?? v.baseline]), briefMetric(v.best ?? v.baseline, [v.baseline])]
  if (v.gain !== null && v.gain <= 0 && v.digest?.confirmed?.verdict !== 'better')
    return `${capital(tries)} did not better ${metric.name}: the baseline has ${from}, the best kept change ${to}.`
  const moved = `${capital(tries)} ${took} ${metric.name} from ${from} to ${to}.`
  return `${moved} ${concentration(v)}`.trim()
}

/** How few changes made 60% of the gain, and how many are unproven. */
function concentration({ kept, gain }: View): string {
  const first = kept[0]
  if (!first || gain === null || gain <= 0) return ''
  const unproven = kept.filter(k => k.word !== null && isOpen(k.word)).length
  const doubt =
    unproven === 0
      ? ''
      : unproven === kept.length
        ? 'by itself none is proven'
        : `${countWord(unproven)} ${unproven === 1 ? 'is' : 'are'} not proven`
  if (kept.length === 1) return `One change was kept${doubt ? '; by itself it is not proven' : ''}.`
  let sum = 0
  let few = 0
  while (few < kept.length && sum < 0.6 * gain) sum += kept[few++]?.gain ?? 0
  const main =
    few <= kept.length / 2
      ? `${capital(countWord(few))} of the ${countWord(kept.length)} kept changes made ${percent(Math.min(1, sum / gain))} of that`
      : `${capital(countText(kept.length, 'change was', 'changes were'))} kept`
  return `${main}${doubt ? `; ${doubt}` : ''}.`
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
function notes({ frontierData, baseline, session }: View): string {
  const { sigma, points, paired, confirmed } = frontierData
  const isOff = !paired && keptPoints(points).length > onFrontier(frontierData).length
  return [
    isOff ? 'Kept changes off the line are worse than the best before them.' : '',
    sigma ? `The band is ±2σ, the noise of one run (σ = ${sigmaText(sigma, baseline)}).` : '',
    sigma === 0 ? 'There is no noise: repeated runs agree to the last digit.' : '',
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

/** σ with the digits of a difference, or more where they would all be zero. */
export const sigmaText = (sigma: number, about: number | null): string =>
  signed(sigma, deltaDigits(about ?? 1)).slice(1)
