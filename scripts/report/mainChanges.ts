/** The changes that made most of the gain, as one patch on the baseline's files. Pure. */
import { createTwoFilesPatch } from 'diff'
import type { Digest, Kept } from '../analysis/schema.ts'
import { changesIn, finalChanges } from '../analysis/source/finalChanges.ts'
import { type Source, withPatches } from '../analysis/source/tree.ts'
import type { Experiment } from '../record/schema.ts'

/** Share of the gains that the main changes must make up, and the size above which a patch is not shown. */
const GAIN_SHARE = 0.6
const [MAX_PATCH_LINES, MAX_PATCH_CHARACTERS] = [150, 12_000]

/** The fewest, largest changes of the final that make up 60% of the gains, in the order in which they were made. */
export function mainChanges({ kept, final }: Pick<Digest, 'kept' | 'final'>): Kept[] {
  const removed = new Set(final?.removed.map(({ experiment }) => experiment))
  const gained = kept.filter(k => k.gain > 0 && k.label !== 'refuted' && !removed.has(k.experiment))
  const few: Kept[] = []
  let sum = 0
  for (const k of gained) {
    if (sum >= GAIN_SHARE) break
    few.push(k)
    sum += k.share ?? 1
  }
  return few.sort((a, b) => a.experiment - b.experiment)
}

export interface CombinedPatch {
  /** Numbers of its experiments, in order. */
  experiments: number[]
  /** Unified diff, for `git apply` or `patch -p1` in a checkout of the baseline. */
  patch: string
  /** Whether it is all of the final. */
  isWhole: boolean
}

/**
 * The main changes as one patch, or all of the final if the main ones do not apply without the others.
 * @param experiments in the order of their verdicts
 * @param source the baseline's editable files
 * @param finalPatch the pruned head against the baseline; null where the final is the head
 * @returns null if neither can be combined from the records, or the patch is too long to show
 */
export function combinedPatch(
  digest: Digest,
  experiments: Experiment[],
  patches: Map<number, string>,
  source: Source,
  finalPatch: string | null = null,
): CombinedPatch | null {
  const main = new Set(mainChanges(digest).map(k => k.experiment))
  // A patch applies to what was kept before it, which with several slots may have a higher number.
  const changes = changesIn(digest.final, experiments)
  const numbers = changes.filter(number => main.has(number))
  const few = numbers.length === changes.length ? null : combined(source, numbers, patches)
  if (few !== null) return { experiments: numbers, patch: few, isWhole: false }
  const whole = finalChanges(digest.final, experiments, patches, finalPatch)
  const all = combined(source, whole.numbers, whole.patches)
  return all === null ? null : { experiments: changes, patch: all, isWhole: true }
}

/** The combined change to the known files; null if a patch touches another file or does not apply. */
function combined(source: Source, numbers: number[], patches: Map<number, string>): string | null {
  if (source.size === 0 || numbers.length === 0) return null
  const known = numbers.every(number => touched(patches.get(number) ?? '').every(path => source.has(path)))
  const head = known ? withPatches(source, numbers, patches) : null
  if (head === null) return null
  const parts = [...source].flatMap(([path, before]) => {
    const after = head.get(path) ?? before
    return after === before ? [] : [filePatch(path, before, after)]
  })
  const patch = parts.join('')
  const long = patch.length > MAX_PATCH_CHARACTERS || patch.split('\n').length > MAX_PATCH_LINES
  return patch === '' || long || hidden.test(patch) ? null : patch
}

/** Invisible and control characters: a patch with them does not read as what it does. */
const hidden = /[\p{Cf}\p{Co}\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u

const touched = (patch: string): string[] =>
  [...patch.matchAll(/^(?:\+\+\+ b\/|--- a\/)(.*?)\t?$/gm)].map(([, path = '']) => path)

/** git ignores the "===" line that the library writes first. */
const filePatch = (path: string, before: string, after: string): string =>
  createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 }).replace(
    /^=+\n/,
    '',
  )
