/** The changes that made most of the gain, as one patch on the baseline's files. Pure. */
import { createTwoFilesPatch } from 'diff'
import type { Digest, Kept } from '../analysis/schema.ts'
import { type Source, withPatches } from '../analysis/source/tree.ts'
import type { Experiment } from '../record/schema.ts'

/** What few changes should make of the gains; and when a patch is too long to be read. */
const most = 0.6
const [mostLines, mostLetters] = [150, 12_000]

/** The largest changes, in the order in which they were made, until they make 60% of the gains. */
export function fewChanges({ kept }: Pick<Digest, 'kept'>): Kept[] {
  const gained = kept.filter(k => k.gain > 0 && k.label !== 'refuted')
  const few: Kept[] = []
  let sum = 0
  for (const k of gained) {
    if (sum >= most) break
    few.push(k)
    sum += k.share ?? 1
  }
  return few.sort((a, b) => a.experiment - b.experiment)
}

export interface Together {
  /** Experiments that it holds, in order. */
  experiments: number[]
  /** For `git apply` and `patch -p1` in a checkout of the baseline. */
  patch: string
}

/**
 * The few as one patch; where they do not apply without the others, everything that was kept.
 * @param experiments in the order of their verdicts
 * @param source the baseline's editable files
 * @returns null where neither can be put together from the records, or it is too long to read
 */
export function together(
  digest: Digest,
  experiments: Experiment[],
  patches: Map<number, string>,
  source: Source,
): Together | null {
  const few = new Set(fewChanges(digest).map(k => k.experiment))
  const all = experiments.filter(e => e.number > 0 && e.status === 'keep').map(e => e.number)
  // Each fits on what was kept before it, which with several slots may have a higher number.
  for (const numbers of [all.filter(number => few.has(number)), all]) {
    const patch = combined(source, numbers, patches)
    if (patch !== null) return { experiments: numbers, patch }
  }
  return null
}

/** What these patches change in the files that are known; null where one also changes another file, or does not fit. */
function combined(source: Source, numbers: number[], patches: Map<number, string>): string | null {
  if (source.size === 0 || numbers.length === 0) return null
  const known = numbers.every(number => touched(patches.get(number) ?? '').every(path => source.has(path)))
  const head = known ? withPatches(source, numbers, patches) : null
  if (head === null) return null
  const parts = [...source].flatMap(([path, before]) => {
    const after = head.get(path) ?? before
    return after === before ? [] : [onePatch(path, before, after)]
  })
  const patch = parts.join('')
  const long = patch.length > mostLetters || patch.split('\n').length > mostLines
  return patch === '' || long || hidden.test(patch) ? null : patch
}

/** A patch that shows other than it does is not shown; it would not apply without these characters either. */
const hidden = /[\p{Cf}\p{Co}\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u

const touched = (patch: string): string[] =>
  [...patch.matchAll(/^(?:\+\+\+ b\/|--- a\/)(.*?)\t?$/gm)].map(([, path = '']) => path)

/** The first line that the library writes ("===") means nothing to git. */
const onePatch = (path: string, before: string, after: string): string =>
  createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 }).replace(
    /^=+\n/,
    '',
  )
