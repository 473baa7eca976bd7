/** The changes of a session's experiments, as `runs/<NNNN>/change.patch` has them. */
import { readTextIfThere } from '../lib/read.ts'
import { files } from './files.ts'
import type { Experiment } from './schema.ts'

/** Patches by experiment number; an experiment whose patch is missing is left out. */
export async function readPatches(folder: string, experiments: Experiment[]): Promise<Map<number, string>> {
  const patches = new Map<number, string>()
  for (const { number } of experiments) {
    // The baseline changed nothing.
    const patch = number === 0 ? null : await readTextIfThere(files.patch(folder, number))
    if (patch !== null) patches.set(number, patch)
  }
  return patches
}
