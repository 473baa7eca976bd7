/** Seed of the first run of the baseline and of every candidate: with a shared seed their difference has less noise. */
export const firstSeed = 1
