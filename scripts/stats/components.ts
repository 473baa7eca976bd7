/** Components of the mixture that models true effects. Positive is better; the unit is σ of one run. */
import { normalCdf, normalDensity } from './distributions.ts'

export interface Component {
  /** Density at x of an effect plus normal noise; the variance is above 0. */
  density(x: number, variance: number): number
  /** Probability of an effect between two values. */
  mass(low: number, high: number): number
}

/** One half of a normal distribution around zero: all its effects are good (`side` 1) or all bad (−1). */
export function halfNormal(side: 1 | -1, scale: number): Component {
  const below = (x: number) => (x <= 0 ? 0 : 2 * normalCdf(x / scale) - 1)
  return {
    // Twice the normal density widened by the noise, times the probability of an effect on this side of zero given x.
    density: (x, variance) => {
      const spread = Math.sqrt(scale ** 2 + variance)
      return (2 * normalDensity(x / spread) * normalCdf((side * x * scale) / (spread * Math.sqrt(variance)))) / spread
    },
    mass: (low, high) => (side === 1 ? below(high) - below(low) : below(-low) - below(-high)),
  }
}

/** Effects distributed uniformly from `low` to `high`: a bar of a histogram. */
export function bar(low: number, high: number): Component {
  const width = high - low
  return {
    density: (x, variance) => {
      const sd = Math.sqrt(variance)
      return (normalCdf((x - low) / sd) - normalCdf((x - high) / sd)) / width
    },
    mass: (from, to) => Math.max(0, Math.min(to, high) - Math.max(from, low)) / width,
  }
}
