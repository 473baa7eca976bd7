/** The change from baseline to final as one patch on the baseline's files. Pure. */
import { createTwoFilesPatch, parsePatch } from 'diff'
import type { Digest } from '../analysis/schema.ts'
import { finalChanges } from '../analysis/source/finalChanges.ts'
import { type Source, withPatches } from '../analysis/source/tree.ts'
import type { Experiment } from '../record/schema.ts'

/** Above this size a report does not show a patch. */
const [MAX_PATCH_LINES, MAX_PATCH_CHARACTERS] = [400, 20_000]

/**
 * Unified diff, for `git apply` or `patch -p1` in a checkout of the baseline.
 * @param experiments in the order of their verdicts
 * @param source the baseline's editable files
 * @param finalPatch the pruned head against the baseline; null where the final is the head
 * @returns null if the changes cannot be combined from the records
 */
export function combinedPatch(
  final: Digest['final'],
  experiments: Experiment[],
  patches: Map<number, string>,
  source: Source,
  finalPatch: string | null = null,
): string | null {
  // A patch applies to what was kept before it, which with several slots may have a higher number.
  const { numbers, patches: own } = finalChanges(final, experiments, patches, finalPatch)
  if (source.size === 0 || numbers.length === 0) return null
  const known = numbers.every(number => changesOnly(own.get(number) ?? '', source))
  const head = known ? withPatches(source, numbers, own) : null
  if (head === null) return null
  const parts = [...source].flatMap(([path, before]) => {
    const after = head.get(path) ?? before
    return after === before ? [] : [filePatch(path, before, after)]
  })
  const patch = parts.join('')
  return patch === '' || hidden.test(patch) ? null : patch
}

/** Whether a report shows it: a longer one is a file beside the session's page. */
export const isShownPatch = (patch: string): boolean =>
  patch.length <= MAX_PATCH_CHARACTERS && patch.split('\n').length <= MAX_PATCH_LINES

/** Invisible and control characters: a patch with them does not read as what it does. */
const hidden = /[\p{Cf}\p{Co}\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u

/** Whether a patch only changes lines of these files: a new, renamed or binary one would be missing from the whole. */
function changesOnly(patch: string, source: Source): boolean {
  try {
    const changed = parsePatch(patch).filter(file => file.oldFileName || file.newFileName)
    return changed.every(
      ({ oldFileName = '', newFileName = '', hunks }) =>
        hunks.length > 0 && source.has(oldFileName.replace(/^a\//, '')) && source.has(newFileName.replace(/^b\//, '')),
    )
  } catch {
    return false // The text is not a patch.
  }
}

/** git ignores the "===" line that the library writes first. */
const filePatch = (path: string, before: string, after: string): string =>
  createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 }).replace(
    /^=+\n/,
    '',
  )
