/** The whole change of a session, baseline → final, as one patch. */
import type { PatchLine } from '../../../scripts/lib/patchLines.ts'
import { combinedPatch } from '../../../scripts/report/combinedPatch.ts'
import { withChanges } from '../../../scripts/report/read.ts'
import type { SessionEntry } from '../sessions.ts'

/** Name of the patch beside a session's other data files. */
export const patchFile = 'final.patch'

/** The patch of a session, from its folder; null before the report, where nothing was kept, or records are missing. */
export async function readWholePatch({ folder, session, experiments, digest }: SessionEntry): Promise<string | null> {
  if (digest === null || digest.final === null) return null
  const { patches, source, finalPatch } = await withChanges(folder, session, experiments, digest)
  return combinedPatch(digest.final, experiments, patches, source, finalPatch)
}

/** "+12 −3 lines" of a patch. */
export function patchSize(lines: PatchLine[]): string {
  const count = (kind: PatchLine['kind']) => lines.filter(line => line.kind === kind).length
  return `+${count('ins')} −${count('del')} lines`
}
