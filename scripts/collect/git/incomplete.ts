/** What a repository does not contain: the past of a shallow clone, files of a partial one, submodules. Pure. */
import { plural, sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Note } from '../source.ts'
import { note } from '../table/notes.ts'
import type { OrderedRow } from '../table/order.ts'
import type { Commit } from './commits.ts'
import type { ForeignGit } from './git.ts'
import type { TableBranch } from './tableBranch.ts'

interface Found {
  /** Commits of the branch. */
  commits: Commit[]
  rows: OrderedRow[]
  /** Commit of each row; null if the repository has none. */
  own: (Commit | null)[]
  /** Rows whose patch needs files that are missing. */
  missing: number[]
  /** Changed submodules by row. */
  submodules: Map<number, string[]>
}

export function incompleteNotes(
  { shallow, partial }: Pick<ForeignGit, 'shallow' | 'partial'>,
  { others, submodules }: Pick<TableBranch, 'others' | 'submodules'>,
  found: Found,
): Note[] {
  return [
    ...otherTables(others),
    ...(shallow ? [shallowNote(found)] : []),
    ...(partial || found.missing.length > 0 ? [missingNote(partial, found)] : []),
    ...submoduleNotes(submodules, found),
  ]
}

function otherTables(others: string[]): Note[] {
  if (others.length === 0) return []
  const more = others.length > 3 ? ` and ${others.length - 3} more` : ''
  const text = `The branch has other tables: ${others
    .slice(0, 3)
    .map(path => sanitizeText(path, 80))
    .join(', ')}${more}. --table PATH reads another.`
  return [note('other-tables', text)]
}

function shallowNote({ commits, rows, own }: Found): Note {
  const absent = rows.flatMap(({ commit }, number) => (commit !== null && own[number] === null ? [number] : []))
  const meaning =
    absent.length === 0
      ? 'Older commits are missing, but none that a row names'
      : `${plural(absent.length, 'row names a commit', 'rows name commits')} that it does not have, so their times and changes are not known`
  const text = `The repository is a shallow clone: it has only ${plural(commits.length, 'commit')} of the branch. ${meaning}. \`git fetch --unshallow\` in it gets all.`
  return note('shallow', text, { experiments: absent })
}

function missingNote(partial: boolean, { missing }: Found): Note {
  const lost = `${plural(missing.length, 'change is', 'changes are')} not known, for their files are missing`
  const text = partial
    ? `The repository is a partial clone (--filter), and nothing was fetched: ${missing.length === 0 ? 'no file that was needed is missing' : `${lost}. Clone it again without --filter`}.`
    : `The repository is damaged: ${lost}. Check it with \`git fsck\`, or clone it again.`
  return note(partial ? 'partial' : 'damaged', text, { experiments: missing })
}

function submoduleNotes(paths: string[], { submodules }: Found): Note[] {
  const all = [...new Set([...paths, ...[...submodules.values()].flat()])]
  if (all.length === 0) return []
  const shown = all.slice(0, 3).map(path => sanitizeText(path, 80))
  const names = `${shown.join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}`
  const changed = [...submodules.keys()]
  const rows = changed.length > 5 ? `${changed.length} rows` : changed.map(experimentName).join(', ')
  const meaning =
    changed.length === 0
      ? 'no row changed one'
      : `${rows} changed one, and the diffs do not show what changed inside. Collect its own repository to see its commits`
  const text = `${all.length === 1 ? 'A submodule is' : `${all.length} submodules are`} not read (${names}), for the files are in other repositories: ${meaning}.`
  return [note('submodules', text, { experiments: changed })]
}
