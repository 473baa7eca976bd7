/** Simulates what earlier sessions of the machine found about σ. */
import type { EarlierNoise } from '../../scripts/stats/noise.ts'
import type { Random } from '../../scripts/stats/random.ts'

/** Ten degrees of freedom: two or three sessions with their confirm runs. @param sigma their true σ */
export function earlierSession(random: Random, sigma: number): EarlierNoise {
  const df = 10
  const squares = Array.from({ length: df }, () => random.normal() ** 2).reduce((sum, square) => sum + square, 0)
  return { id: 'earlier', sigma: sigma * Math.sqrt(squares / df), df }
}
