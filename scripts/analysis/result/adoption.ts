/** An adopted branch in words, for terminal, report and page. Pure. */

import { experimentName } from '../../lib/format.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import type { Adoption } from '../../record/files/adopted.ts'
import type { Metric } from '../../record/schema.ts'
import { rerunsEach, type Seeds } from '../confirm/seeds.ts'
import { briefDelta, list, plusMinus } from '../numbers.ts'

/** Of the session. */
interface About {
  metric: Metric
  seeds: Pick<Seeds, 'use'>
}

/** One line: "branch adopt/nov21, 3 changes on 1a2b3c4; run again: loss −0.0119 ± 0.0010 (95%, 3 seeds each)" */
export function adoptionText(adoption: Adoption, about: About): string {
  const { branch, base, changes, squash } = adoption
  const asOne = squash && changes.length > 1 ? ' as one commit' : ''
  const on = `branch ${sanitizeText(branch)}, ${plural(changes.length, 'change')}${asOne} on ${base.slice(0, 7)}`
  const found = foundText(adoption, about)
  return `${on}${adoption.isConfirmedCode ? ', the confirmed code' : ''}; ${found}`
}

/** The latest adoptions, one line each: "Adopted: branch …" */
export const adoptionLines = (adoptions: Adoption[], about: About): string[] =>
  adoptions.slice(-MAX_LINES).map(adoption => `Adopted: ${adoptionText(adoption, about)}.`)

const MAX_LINES = 3

/** "run again: loss −0.0119 ± 0.0010 (95%, 3 seeds each), less than promised by more than chance", "not run again: …" */
function foundText(adoption: Adoption, about: About): string {
  const measured = measuredText(adoption, about)
  if (measured === null) return `not run again${adoption.notMeasured === null ? '' : `: ${adoption.notMeasured}`}`
  const short = adoption.shortfall?.isBeyondChance ? ', less than promised by more than chance' : ''
  return `run again, outside the session's times and costs: ${measured}${short}`
}

/** "loss −0.0119 ± 0.0010 (95% interval, 3 seeds each)"; null where it was not measured */
export const measuredText = ({ measured }: Adoption, { metric, seeds }: About): string | null =>
  measured && `${metric.name} ${plusMinus(measured, metric)} (95% interval, ${rerunsEach(seeds, measured.seeds)})`

/** What was promised, with what it rests on; null where that is not known. @param baseline a value of the metric */
export function promisedText({ promised, changes }: Adoption, { metric }: About, baseline: number): string | null {
  if (promised === null) return null
  const { by, gain, interval } = promised
  if (by === 'confirmed' && interval)
    return `${metric.name} ${plusMinus({ gain, interval, baseline }, metric)} (95% interval), as confirm measured the same changes`
  const sum = changes.length === 1 ? 'the gain' : 'the sum of the gains'
  return `${metric.name} ${briefDelta(gain, metric, baseline)}, ${sum} for which the session kept ${changes.length === 1 ? 'it' : 'them'}: selected, so likely optimistic`
}

/** Whether the measured gain falls short of the promise, and what may be the cause; null where nothing was compared. */
export function shortfallText({ shortfall, measured, promised }: Adoption): string | null {
  if (shortfall === null || measured === null || promised === null) return null
  if (shortfall.isBeyondChance === null) return 'Whether that is less than promised is not known: σ was not measured.'
  if (!shortfall.isBeyondChance)
    return measured.gain < promised.gain
      ? 'That is less than promised, and no more so than chance and selection explain.'
      : 'That is no less than promised.'
  const less = 'That is less than promised, by more than chance and selection explain.'
  if (shortfall.suspects.length === 0) return less
  const named = shortfall.suspects.slice(0, MAX_NAMED).map(({ experiment, without }) => {
    const shown = without.slice(0, MAX_NAMED).map(experimentName)
    const more = without.length - shown.length
    return `${experimentName(experiment)} (on ${list([...shown, ...(more > 0 ? [`${more} more`] : [])])})`
  })
  const others = shortfall.suspects.length - named.length
  return `${less} Measured in the session on top of changes that are left out here: ${list([...named, ...(others > 0 ? [`${others} more`] : [])])}. They may need these.`
}

const MAX_NAMED = 5
