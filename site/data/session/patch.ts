/** The whole change of a session, baseline → final, as one patch. */
import { createTwoFilesPatch } from 'diff'
import { finalChanges } from '../../../scripts/analysis/source/finalChanges.ts'
import { type Source, withPatches } from '../../../scripts/analysis/source/tree.ts'
import { sanitizeLines } from '../../../scripts/lib/text.ts'
import { withChanges } from '../../../scripts/report/read.ts'
import type { ReportInput } from '../../../scripts/report/sections/parts.ts'
import type { SessionEntry } from '../sessions.ts'

/** Name of the patch beside a session's other data files. */
export const patchFile = 'final.patch'

/** The patch of a session, from its folder; null before the report, where nothing was kept, and as `wholePatch` says. */
export async function readWholePatch({ folder, session, experiments, digest }: SessionEntry): Promise<string | null> {
  if (digest === null || digest.final === null) return null
  return wholePatch(await withChanges(folder, session, experiments, digest))
}

/**
 * Unified diff of the final against the baseline, for `git apply` or `patch -p1` in a checkout of the baseline.
 * @returns null where the records lack a file or a patch, or a patch has invisible characters, so that it does not read
 * as what it does
 */
export function wholePatch({ digest, experiments, patches, source, finalPatch = null }: ReportInput): string | null {
  const changes = finalChanges(digest.final, experiments, patches, finalPatch)
  if (changes.numbers.length === 0 || !touchesOnly(source, changes.patches, changes.numbers)) return null
  const final = withPatches(source, changes.numbers, changes.patches)
  if (final === null) return null
  const patch = [...source].map(([path, before]) => filePatch(path, before, final.get(path) ?? before)).join('')
  return patch === '' || sanitizeLines(patch) !== patch ? null : patch
}

/** Whether the files of the patches are known: `withPatches` ignores others. */
const touchesOnly = (source: Source, patches: Map<number, string>, numbers: number[]): boolean =>
  numbers.every(n =>
    [...(patches.get(n) ?? '').matchAll(/^(?:\+\+\+ b\/|--- a\/)(.*?)\t?$/gm)].every(([, path = '']) =>
      source.has(path),
    ),
  )

/** Without the "===" line that the library writes first; empty for an unchanged file. */
const filePatch = (path: string, before: string, after: string): string =>
  before === after
    ? ''
    : createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 }).replace(
        /^=+\n/,
        '',
      )

export interface PatchLine {
  /** `head`: names of files and places. */
  kind: 'ins' | 'del' | 'head' | 'same'
  text: string
}

/** The lines of a patch for the page; together their texts are the patch. */
export const patchLines = (patch: string): PatchLine[] =>
  patch
    .replace(/\n$/, '')
    .split('\n')
    .map(text => ({ kind: kindOf(text), text }))

function kindOf(line: string): PatchLine['kind'] {
  if (/^(?:---|\+\+\+|@@|diff |\\)/.test(line)) return 'head'
  return line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : 'same'
}

/** "+12 −3 lines" of a patch. */
export function patchSize(lines: PatchLine[]): string {
  const count = (kind: PatchLine['kind']) => lines.filter(line => line.kind === kind).length
  return `+${count('ins')} −${count('del')} lines`
}
