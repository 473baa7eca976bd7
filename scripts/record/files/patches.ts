/**
 * Writes and reads the patches of a session: of its experiments, `runs/<NNNN>/change.patch`, and of its pruned head. The
 * baseline has one where the session inherited changes.
 */
import { readOrWarnSync } from '../../lib/files/read.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { maxBytes } from '../limits.ts'
import type { Experiment, Session } from '../schema.ts'
import { isPruned } from '../state.ts'
import { files } from './paths.ts'
import { restoreExperimentFolder, writeRecord } from './restore.ts'

/** Stores the patch of an experiment without the keys in it: a file may have held one before the session. */
export async function writePatch(folder: string, experiment: number, patch: string): Promise<void> {
  await restoreExperimentFolder(folder, experiment)
  await writeRecord(files.patch(folder, experiment), redact(patch))
}

/** Stores final.patch in the same way. */
export const storeFinalPatch = (folder: string, patch: string): Promise<void> =>
  writeRecord(files.finalPatch(folder), redact(patch))

/** Patches by experiment number, without the baseline and experiments whose patch is missing or, with a warning, unreadable. */
export async function readPatches(folder: string, experiments: Experiment[]): Promise<Map<number, string>> {
  const patches = new Map<number, string>()
  for (const { number } of experiments) {
    const patch = readPatch(folder, number)
    if (patch !== null) patches.set(number, patch)
  }
  return patches
}

/** final.patch, the pruned head against the baseline; null where the final is the head, or the file cannot be read. */
export const readFinalPatch = async (folder: string, { final }: Pick<Session, 'final'>): Promise<string | null> =>
  isPruned(final) ? read(folder, files.finalPatch(folder)) : null

/** What a session inherited, the patch of its baseline; null where it inherited nothing, or the file cannot be read. */
export const readInheritedPatch = (folder: string, { inherited }: Pick<Session, 'inherited'>): string | null =>
  inherited === undefined ? null : read(folder, files.patch(folder, 0))

/** The patch of an experiment; null for the baseline (see `readInheritedPatch`), without a patch and, with a warning, when it cannot be read. */
export const readPatch = (folder: string, experiment: number): string | null =>
  experiment === 0 ? null : read(folder, files.patch(folder, experiment))

const read = (root: string, path: string): string | null =>
  readOrWarnSync(path, 'It counts as missing.', { limit: maxBytes.patch, root })
