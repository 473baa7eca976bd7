/** What a run is asked to do: the commit, why, and the seed. */
import type { Run } from '../record/schema.ts'

export interface RunOrder {
  experiment: number
  commit: string
  purpose: Run['purpose']
  seed: number
}

/** Seed of the first run of the baseline and of every candidate: with a shared seed their difference has less noise. */
export const firstSeed = 1
