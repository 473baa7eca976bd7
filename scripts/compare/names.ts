/** What a side is called in a sentence and above a column. Pure. */
import type { Side } from './schema.ts'

export { countWord, list } from '../analysis/numbers.ts'

/** The machine's label where no two sides share it, else its tag with it, else the id. */
export function nameOf(side: Side, sides: Side[]): string {
  const isOwn = (of: (s: Side) => string) => of(side) !== '' && sides.filter(s => of(s) === of(side)).length === 1
  // A collected session may not say what it ran on.
  const labelOf = ({ machine }: Side) => (machine.label === 'unknown' ? '' : machine.label)
  const ways = [labelOf, (s: Side) => s.tag, (s: Side) => `${s.machine.label} ${s.tag}`]
  return ways.find(isOwn)?.(side) ?? side.id
}

/** Sides of the same metric in the same direction have the same key. */
export const metricKey = ({ name, goal }: Side['metric']): string => `${name}\0${goal}`

/** A part as "+1.19%", in two digits of what matters: "+0.034%". Positive is better, whatever the goal. */
export function gainText(part: number): string {
  const value = part * 100
  if (value === 0) return '±0%'
  return `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(placesOf(value))}%`
}

/** "+1.19 ± 0.14%": two digits of the uncertainty, and the effect no finer. */
export function effectText(gain: number, half: number | null): string {
  if (half === null || half === 0) return gainText(gain)
  const places = placesOf(half * 100)
  const size = Math.abs(gain * 100).toFixed(places)
  const sign = Number(size) === 0 ? '' : gain < 0 ? '−' : '+'
  return `${sign}${size} ± ${(half * 100).toFixed(places)}%`
}

const placesOf = (value: number): number =>
  value === 0 ? 0 : Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value)))))
