/** A summary of the session in one or two sentences, computed from its facts. */
import { isOpen } from '../../../scripts/analysis/labels.ts'
import { briefDelta, briefMetric, deltaDigits } from '../../../scripts/analysis/numbers.ts'
import { change, duration, percent, signed } from '../../../scripts/lib/format.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import { statusWords } from '../../../scripts/report/sections/session.ts'
import { offScale } from '../../figures/frontier/frame.ts'
import { inNumbers, onFrontier } from '../../figures/frontier/point.ts'
import { short } from '../../figures/text.ts'
import type { View } from '../view.ts'
import { capital, countText, countWord } from '../words.ts'

/**
 * e.g. "126 experiments of 5 min took val_bpb from 0.9979 to 0.9697. Three of the 22 kept changes made 69% of that; …"
 */
export function sentence(v: View): string {
  const { metric, budget } = v.session
  const tries = `${countText(v.experiments.length, 'experiment')}${budget ? ` of ${duration(budget).replace(' 00 s', '')}` : ''}`
  if (v.baseline === null)
    return `The baseline did not measure ${metric.name}: ${v.experiments[0]?.reason ?? 'it has not run'}`
  if (v.kept.length === 0) return `${capital(tries)} left ${metric.name} at ${briefMetric(v.baseline)}.`
  // Only a confirmed change is stated as a fact.
  const took = v.digest?.confirmed?.verdict === 'better' ? 'took' : 'seemed to take'
  const moved = `${capital(tries)} ${took} ${metric.name} from ${briefMetric(v.baseline, [v.best ?? v.baseline])} to ${briefMetric(v.best ?? v.baseline, [v.baseline])}.`
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
  return { finding: finding(v), reading: [legend(v), order(v), closeness(v)].filter(Boolean).join(' ') }
}

function finding({ frontierData, kept, gain, baseline, session }: View): string {
  const { metric } = session
  const line = onFrontier(frontierData.points)
  const last = frontierData.points.at(-1)?.place ?? 0
  if (baseline === null) return 'Nothing was measured.'
  if (line.length <= 1 || gain === null)
    return last === 0 ? 'The baseline alone.' : `No change in ${last} beat the baseline.`
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
function legend({ frontierData, counts, baseline, session }: View): string {
  const failed = (['crash', 'timeout'] as const).filter(s => counts[s])
  const untrained = (['refused', 'conflict', 'aborted'] as const).filter(s => counts[s])
  const off = offScale(frontierData)
  const words = (list: readonly (keyof typeof statusWords)[]) => list.map(s => statusWords[s]).join(' or ')
  const parts = [
    isBestSoFar(frontierData) ? 'the line is the best so far' : 'the line is the head, the last kept change',
    'dots on it are kept changes',
    counts.discard ? 'rings are discards' : '',
    failed.length > 0 ? `crosses on the edge ${words(failed)}` : '',
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

/** Whether no kept change was worse than an earlier one: then the head is the best. */
const isBestSoFar = ({ points, metric }: View['frontierData']): boolean =>
  onFrontier(points).every(
    (p, i, line) => i === 0 || change(p.value - (line[i - 1]?.value ?? p.value), metric.goal) >= 0,
  )

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
