/** Shapes that a distribution of true effects is mixed from. Positive is better; the unit is σ of one run. */
import { normalCdf, normalDensity } from './distributions.ts'

export interface Component {
  /** Density at x of an effect plus normal noise of a variance above 0. */
  density(x: number, variance: number): number
  /** Probability of an effect between two values. */
  mass(low: number, high: number): number
}

/** One half of a normal distribution around zero: all its effects are good (`side` 1) or all bad (−1). */
export function halfNormal(side: 1 | -1, scale: number): Component {
  const below = (x: number) => (x <= 0 ? 0 : 2 * normalCdf(x / scale) - 1)
  return {
    // Twice the normal that noise makes of it, times the chance that such an x came from this side of zero.
    density: (x, variance) => {
      const spread = Math.sqrt(scale ** 2 + variance)
      return (2 * normalDensity(x / spread) * normalCdf((side * x * scale) / (spread * Math.sqrt(variance)))) / spread
    },
    mass: (low, high) => (side === 1 ? below(high) - below(low) : below(-low) - below(-high)),
  }
}

/** Effects spread evenly from `low` to `high`: a bar of a histogram. */
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
