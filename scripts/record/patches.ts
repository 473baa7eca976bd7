/** Reads the patches of a session's experiments, `runs/<NNNN>/change.patch`. */
import { readTextIfThere } from '../lib/read.ts'
import { files } from './files.ts'
import type { Experiment } from './schema.ts'

/** Patches by experiment number, without the baseline and experiments whose patch is missing. */
export async function readPatches(folder: string, experiments: Experiment[]): Promise<Map<number, string>> {
  const patches = new Map<number, string>()
  for (const { number } of experiments) {
    // The baseline has no patch.
    const patch = number === 0 ? null : await readTextIfThere(files.patch(folder, number))
    if (patch !== null) patches.set(number, patch)
  }
  return patches
}
