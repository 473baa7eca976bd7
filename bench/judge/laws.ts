/** Laws of effects: what a proposed change truly gains, in σ of one run; positive is better. */
import type { Random } from '../../scripts/stats/random.ts'

export type Law = (random: Random) => number

/** The laws of the statistics audit. `mar8-like` resembles karpathy/autoresearch's session mar8 without its opening. */
export const laws = {
  'mar8-like': r => (r.uniform() < 0.13 ? logNormal(r, 1.2, 0.9) : -logNormal(r, 1.3, 0.9)),
  'small gains': r => (r.uniform() < 0.13 ? logNormal(r, 0.4, 0.7) : -logNormal(r, 1, 0.9)),
  'few large, rest 0': r => (r.uniform() < 0.03 ? 8 : 0),
  'few large, rest -1': r => (r.uniform() < 0.03 ? 8 : -Math.abs(r.normal())),
  'half null': r => {
    const kind = r.uniform()
    return kind < 0.5 ? 0 : kind < 0.6 ? Math.abs(r.normal()) * 1.2 : -1.5 * Math.abs(r.normal())
  },
  'all null': () => 0,
  'all bad': r => -logNormal(r, 0.5, 0.8),
  'all good': r => logNormal(r, 0.5, 0.8),
} satisfies Record<string, Law>
export type LawName = keyof typeof laws

/** @param spread standard deviation of the logarithm */
const logNormal = (random: Random, median: number, spread: number): number =>
  Math.exp(Math.log(median) + spread * random.normal())
