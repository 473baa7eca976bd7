/** How a text gives σ: always with its 95% interval, for σ from a few runs may be off by half. Pure. */
import type { Noise } from '../../record/schema.ts'
import { twoDigits } from '../numbers.ts'

export type MeasuredSigma = Pick<Noise, 'sigma' | 'interval'>

/**
 * σ in units of the metric: "0.00050 (95% interval 0.00031 to 0.0012)"; "0" where repeated runs agree to the last digit.
 * @param unit what follows each number, e.g. "%"
 */
export function sigmaText(noise: MeasuredSigma, unit = ''): string {
  const range = intervalText(noise, unit)
  return `${twoDigits(noise.sigma)}${unit}${range === '' ? '' : ` (95% interval ${range})`}`
}

/** The interval alone, for a cell below that of σ: "0.00031 to 0.0012"; "" where σ is 0. */
export const intervalText = ({ interval }: Pick<MeasuredSigma, 'interval'>, unit = ''): string =>
  interval === null ? '' : interval.map(end => `${twoDigits(end)}${unit}`).join(' to ')

/** σ in another unit: times `factor`, its interval as well. */
export const scaledSigma = ({ sigma, interval }: MeasuredSigma, factor: number): MeasuredSigma => ({
  sigma: sigma * factor,
  interval: interval && [interval[0] * factor, interval[1] * factor],
})
