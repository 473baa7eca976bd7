/** Sentences about a knob's response. */
import { list } from '../../../scripts/analysis/numbers.ts'
import { numberOf } from '../../../scripts/analysis/source/literals.ts'
import { change, minus } from '../../../scripts/lib/format.ts'
import { capital, countText, countWord } from '../words.ts'
import type { Knob } from './knobs.ts'

/** Formats a gain (fraction of the baseline) in the metric's own sign: 0.012 to minimise is "−1.2%". */
export function partText(part: number, { metric }: Pick<Knob, 'metric'>): string {
  const value = change(part, metric.goal) * 100
  if (value === 0) return '±0%'
  const digits = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value)))))
  return `${value > 0 ? '+' : ''}${minus(value.toFixed(digits))}%`
}

/** The best measured value; null with fewer than two values. */
export function best(knob: Knob): Knob['values'][number] | null {
  return knob.values.length < 2 ? null : knob.values.reduce((a, b) => (b.score > a.score ? b : a))
}

/** Whether some value is better than the first by more than noise. */
export const beatsFirst = ({ bestSet, first }: Knob): boolean =>
  bestSet.length > 0 && !bestSet.some(raw => raw === first || numberOf(raw) === numberOf(first))

/** e.g. "0.75 is the best of three values: −0.085% in val_bpb against 0.5." */
export function findingOf(knob: Knob): string {
  const top = best(knob)
  if (!top)
    return knob.values.length === 0 && knob.tries.some(t => t.alone && t.value === null && t.gain !== null)
      ? textFinding(knob)
      : unmeasuredText(knob)
  const span = knob.values.at(-1)
  if (knob.shape === 'flat')
    return `No value from ${knob.values[0]?.raw} to ${span?.raw} is better than another by more than noise.`
  const others = knob.bestSet.filter(raw => raw !== top.raw)
  const is = knob.bestSet.length > 0 && others.length === 0 ? 'is' : 'measured'
  const finding =
    top.raw === knob.first
      ? `Nothing ${is} better than ${knob.first}, with which the sessions began: ${countText(knob.values.length - 1, 'other value')} tried`
      : `${top.raw} ${is === 'is' ? 'is the' : 'measured'} best of ${countText(knob.values.length, 'value')}: ${partText(top.score, knob)} in ${knob.metric.name} against ${knob.first}`
  if (knob.bestSet.length === 0) return `${finding}. How much of that is noise is not known.`
  return others.length === 0 ? `${finding}.` : `${finding}. ${list(others)} cannot be told apart from it.`
}

/** A knob without numeric values has no curve; names its largest step. */
function textFinding(knob: Knob): string {
  const top = knob.tries
    .filter(t => t.alone && t.part !== null)
    .reduce((a, b) => ((b.part ?? 0) > (a.part ?? 0) ? b : a))
  return `The largest step is ${top.from} to ${top.to}: ${partText(top.part ?? 0, knob)} in ${knob.metric.name}.`
}

function unmeasuredText(knob: Knob): string {
  const failed = knob.tries.filter(t => t.metric === null).length
  if (failed === knob.tries.length) return `${capital(countText(failed, 'try', 'tries'))}, none of which was measured.`
  return 'It was never moved alone and measured: what it does by itself is not known.'
}

/** Which values have not been tried. */
export function untriedOf(knob: Knob): string {
  const top = best(knob)
  const next = knob.untried === null ? '' : ` ${knob.untried} would tell more.`
  if (!top) return knob.values.length === 0 ? 'No two of its values can be compared yet.' : ''
  const [low, high] = [knob.values[0], knob.values.at(-1)]
  if (knob.shape === 'flat') return `Nothing below ${low?.raw} or above ${high?.raw} was measured.${next}`
  if (knob.shape === 'unclear') return 'Where the best lies is not clear from these runs.'
  if (knob.shape === 'inside') {
    const i = knob.values.indexOf(top)
    return `The best lies between others; from ${knob.values[i - 1]?.raw} to ${knob.values[i + 1]?.raw} nothing but ${top.raw} was measured.${next}`
  }
  const failed = knob.tries.filter(
    t => t.metric === null && t.value !== null && (top === low ? t.value < top.value : t.value > top.value),
  )
  const beyond = failed.length > 0 ? `, where ${countText(failed.length, 'try', 'tries')} failed` : ''
  return `The best lies at the edge: nothing ${top === low ? 'below' : 'above'} ${top.raw} was measured${beyond}.${next}`
}

export const triesText = ({ tries, sessions, machines }: Knob): string =>
  `${capital(countText(tries.length, 'try', 'tries'))} in ${countText(sessions, 'session')}${machines.length > 1 ? ` on ${countWord(machines.length)} machines` : ''}`
