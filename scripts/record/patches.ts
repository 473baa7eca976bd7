/** Writes and reads the patches of a session: of its experiments, `runs/<NNNN>/change.patch`, and of its pruned head. */
import { writeAtomic } from '../lib/disk.ts'
import { readTextIfThere } from '../lib/read.ts'
import { redact } from '../lib/secrets/redact.ts'
import { files } from './files.ts'
import type { Experiment, Session } from './schema.ts'
import { isPruned } from './state.ts'

/** Stores a patch without the keys in it: a file may have held one before the session. */
export const writePatch = (path: string, patch: string): Promise<void> => writeAtomic(path, redact(patch))

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

/** final.patch, the pruned head against the baseline; null where the final is the head, or the file is missing. */
export const readFinalPatch = async (folder: string, { final }: Pick<Session, 'final'>): Promise<string | null> =>
  isPruned(final) ? readTextIfThere(files.finalPatch(folder)) : null
