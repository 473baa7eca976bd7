/** Seeded random numbers for simulations and tests: the same seed gives the same session. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export interface Random {
  /** In [0, 1). */
  uniform(): number
  /** Mean 0, standard deviation 1. */
  normal(): number
}

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  const uniform = () => uniformFloat64(generator)
  return {
    uniform,
    // Box and Muller (1958); 1 − u is never zero.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}
