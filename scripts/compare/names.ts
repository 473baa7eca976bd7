/** Names of sides and texts of gains. Pure. */
import type { Side } from './schema.ts'

export { countWord, list } from '../analysis/numbers.ts'

/** The shortest unique name: the machine's label, else the tag, else both, else the id. */
export function nameOf(side: Side, sides: Side[]): string {
  const isOwn = (of: (s: Side) => string) => of(side) !== '' && sides.filter(s => of(s) === of(side)).length === 1
  // A collected session's machine may be unknown.
  const labelOf = ({ machine }: Side) => (machine.label === 'unknown' ? '' : machine.label)
  const ways = [labelOf, (s: Side) => s.tag, (s: Side) => `${s.machine.label} ${s.tag}`]
  return ways.find(isOwn)?.(side) ?? side.id
}

/** Equal for sides with the same metric and goal. */
export const metricKey = ({ name, goal }: Side['metric']): string => `${name}\0${goal}`

/** A fraction as a percentage with two significant digits: "+1.19%", "+0.034%". Positive is better. */
export function gainText(part: number): string {
  const value = part * 100
  if (value === 0) return '±0%'
  return `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(placesOf(value))}%`
}

/** "+1.19 ± 0.14%": the uncertainty with two significant digits, the gain with as many decimals. */
export function effectText(gain: number, half: number | null): string {
  if (half === null || half === 0) return gainText(gain)
  const places = placesOf(half * 100)
  const size = Math.abs(gain * 100).toFixed(places)
  const sign = Number(size) === 0 ? '' : gain < 0 ? '−' : '+'
  return `${sign}${size} ± ${(half * 100).toFixed(places)}%`
}

const placesOf = (value: number): number =>
  value === 0 ? 0 : Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value)))))
