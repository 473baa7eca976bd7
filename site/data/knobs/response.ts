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

/** Whether some value is known to be better than the first by more than noise. A first value such as None has no score to compare. */
export const beatsFirst = ({ bestSet, first, shape, values }: Knob): boolean => {
  const isFirst = (raw: string) => raw === first || numberOf(raw) === numberOf(first)
  return shape !== 'flat' && bestSet.length > 0 && values.some(v => isFirst(v.raw)) && !bestSet.some(isFirst)
}

/** e.g. "0.75 is the best of three values: val_bpb 0.085% lower than with 0.5." */
export const findingOf = (knob: Knob): string =>
  `${comparison(knob)}${knob.isAssumed && knob.values.length > 1 && (knob.shape === 'flat' || knob.bestSet.length > 0) ? ' The noise is assumed, not measured.' : ''}`

function comparison(knob: Knob): string {
  const top = best(knob)
  if (!top)
    return knob.values.length === 0 && knob.tries.some(t => t.alone && t.value === null && t.gain !== null)
      ? textFinding(knob)
      : unmeasuredText(knob)
  if (knob.shape === 'flat')
    return `No effect above noise: of the values from ${knob.values[0]?.raw} to ${knob.values.at(-1)?.raw} none is measurably better than another.`
  const others = knob.bestSet.filter(raw => raw !== top.raw)
  const isSure = knob.bestSet.length > 0 && others.length === 0
  const finding =
    top.raw === knob.first
      ? `${isSure ? 'No value' : 'No value that was measured'} is better than ${knob.first}, the first one: ${countText(knob.values.length - 1, 'other value')} tried`
      : `${top.raw} ${isSure ? 'is' : 'measured'} best of ${countText(knob.values.length, 'value')}: ${knob.metric.name} ${changeText(top.score, knob)} than with ${knob.first}`
  if (knob.bestSet.length === 0) return `${finding}. How much of that is noise is not known.`
  return others.length === 0 ? `${finding}.` : `${finding}. The difference to ${list(others)} is within noise.`
}

/** "1.5% lower" for a gain of 0.015 to minimise. */
const changeText = (part: number, { metric }: Pick<Knob, 'metric'>): string =>
  `${partText(Math.abs(part), { metric: { ...metric, goal: 'maximize' } }).replace('+', '')} ${change(part, metric.goal) < 0 ? 'lower' : 'higher'}`

/** A knob without numeric values has no curve; names its largest step. */
function textFinding(knob: Knob): string {
  const top = knob.tries
    .filter(t => t.alone && t.part !== null)
    .reduce((a, b) => ((b.part ?? 0) > (a.part ?? 0) ? b : a))
  return `The best step is ${top.from} to ${top.to}: ${knob.metric.name} ${changeText(top.part ?? 0, knob)}.`
}

function unmeasuredText(knob: Knob): string {
  const failed = knob.tries.filter(t => t.metric === null).length
  if (failed === knob.tries.length)
    return `${capital(countText(failed, 'try', 'tries'))} without a result: ${failed === 1 ? 'it' : 'all'} failed.`
  return 'Never varied on its own, so its own effect is not known.'
}

/** Where the best value lies among those tried, and what to try next. */
export function untriedOf(knob: Knob): string {
  const top = best(knob)
  const unread = unreadText(knob)
  if (!top)
    return [knob.values.length === 0 ? 'No two of its values can be compared yet.' : '', unread]
      .filter(Boolean)
      .join(' ')
  const next = knob.untried === null ? '' : `Next to try: ${knob.untried}.`
  return [whereText(knob, top), next, unread].filter(Boolean).join(' ')
}

function whereText(knob: Knob, top: Knob['values'][number]): string {
  const tried = triedValues(knob)
  const [low, high] = [tried[0], tried.at(-1)]
  if (knob.shape === 'flat') return `Tried from ${low?.raw} to ${high?.raw}.`
  if (knob.shape === 'inside') {
    const below = tried.findLast(t => t.value < top.value)
    const above = tried.find(t => t.value > top.value)
    return `Best inside the range: the nearest other values tried are ${below?.raw} and ${above?.raw}.`
  }
  if (knob.shape === 'edge')
    return `Best at the edge of the range: nothing ${top.value === low?.value ? 'below' : 'above'} ${top.raw} was tried.`
  return beyondText(knob, top) || 'Which value is best is not clear from these runs.'
}

/** The tries beyond the best measured end that give no score, as they failed, changed more, or started elsewhere: "Beyond 2**18, 2**17 was tried: it gave no result." */
function beyondText({ tries, values, bestSet }: Knob, top: Knob['values'][number]): string {
  const [low, high] = [values[0], values.at(-1)]
  if (bestSet.length !== 1 || (top !== low && top !== high)) return ''
  const beyond = tries.filter(t => t.value !== null && (top === low ? t.value < top.value : t.value > top.value))
  if (beyond.length === 0) return ''
  const failed = beyond.every(t => t.metric === null)
  const how = failed ? `${beyond.length === 1 ? 'it' : 'they'} gave no result` : 'no result of theirs compares with it'
  return `Beyond ${top.raw}, ${list([...new Set(beyond.map(t => t.to))])} ${new Set(beyond.map(t => t.to)).size === 1 ? 'was' : 'were'} tried: ${how}.`
}

/** All values that any experiment tried, ascending. */
function triedValues({ tries }: Knob): { raw: string; value: number }[] {
  const all = tries
    .flatMap(({ from, to }) => [from, to])
    .flatMap(raw => {
      const value = numberOf(raw)
      return value === null ? [] : [[value, raw] as const]
    })
  return [...new Map(all)].map(([value, raw]) => ({ value, raw })).sort((a, b) => a.value - b.value)
}

/** Why no value is suggested where experiments without a diff may have tried it. */
function unreadText({ unread }: Knob): string {
  if (unread.length === 0) return ''
  const shown = unread.slice(0, MAX_UNREAD).map(({ experiment }) => String(experiment))
  const more = unread.length > shown.length ? [`${unread.length - shown.length} more`] : []
  const one = unread.length === 1
  return `No value is suggested: ${one ? 'experiment' : 'experiments'} ${list([...shown, ...more])} left no diff and may have tried another.`
}

const MAX_UNREAD = 6

export const triesText = ({ tries, sessions, machines }: Knob): string =>
  `${capital(countText(tries.length, 'try', 'tries'))} in ${countText(sessions, 'session')}${machines.length > 1 ? ` on ${countWord(machines.length)} machines` : ''}`
