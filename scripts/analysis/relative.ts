/** Changes as percentages of the baseline, in the metric's own sign: one wording for terminal, report and pages. Pure. */
import { change } from '../lib/format.ts'
import type { Metric } from '../record/schema.ts'

type Goal = Metric['goal']

/**
 * "12.6% lower", "0.034% higher", "no change".
 * @param gain fraction of the baseline, positive where better
 */
export function relativeText(gain: number, goal: Goal): string {
  return gain === 0 ? 'no change' : `${size(gain)}% ${wayOf(gain, goal)}`
}

/** "12.60 ± 0.14% lower": the gain with as many decimals as its uncertainty, `half` of the 95% interval. */
export function relativePlusMinus(gain: number, half: number | null, goal: Goal): string {
  if (half === null || half === 0) return relativeText(gain, goal)
  const [shown, uncertainty] = withDecimals(gain, half)
  return `${shown} ± ${uncertainty}%${Number(shown) === 0 ? '' : ` ${wayOf(gain, goal)}`}`
}

/** The same beside an axis or in a table that says which way is better: "−12.6%", "±0%". */
export const relativeSigned = (gain: number, goal: Goal): string =>
  gain === 0 ? '±0%' : `${signOf(gain, goal)}${size(gain)}%`

/** "−12.60 ± 0.14%" */
export function relativeSignedPlusMinus(gain: number, half: number | null, goal: Goal): string {
  if (half === null || half === 0) return relativeSigned(gain, goal)
  const [shown, uncertainty] = withDecimals(gain, half)
  return `${Number(shown) === 0 ? '' : signOf(gain, goal)}${shown} ± ${uncertainty}%`
}

/** "lower is better" */
export const betterText = (goal: Goal): string => `${goal === 'minimize' ? 'lower' : 'higher'} is better`

/** Above this share of a value, a change says that the value was near zero rather than how much it moved. */
const MAX_SHARE = 10

/**
 * How much lower or higher a value is than another, of which it is a share: "12.5% lower", "0.13% higher", "the same"; null
 * where a share says nothing: one of them is zero, they differ in sign, or the change is more than tenfold.
 */
export function shareBetween(from: number, to: number): string | null {
  if (from === to) return 'the same'
  const share = Math.abs((to - from) / from)
  if (from === 0 || Math.sign(from) !== Math.sign(to) || share > MAX_SHARE) return null
  return `${size(share)}% ${to < from ? 'lower' : 'higher'}`
}

const wayOf = (gain: number, goal: Goal): string => (change(gain, goal) < 0 ? 'lower' : 'higher')
const signOf = (gain: number, goal: Goal): string => (change(gain, goal) < 0 ? '−' : '+')

const size = (part: number): string => Math.abs(part * 100).toFixed(decimalsOf(part))

function withDecimals(gain: number, half: number): [string, string] {
  const places = decimalsOf(half)
  return [Math.abs(gain * 100).toFixed(places), (half * 100).toFixed(places)]
}

/** One decimal of a percentage from 1 to 100, none above, two significant digits below. */
function decimalsOf(part: number): number {
  const value = Math.abs(part * 100)
  if (value >= 99.95) return 0
  return value >= 1 || value === 0 ? 1 : Math.min(6, 1 - Math.floor(Math.log10(value)))
}
