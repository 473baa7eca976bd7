/** Finds a key that a proposal adds: it would end up in the commit, the patch and the report. */
import type { Change, Git } from '../../lib/git/git.ts'
import { keysIn } from '../../lib/secrets/redact.ts'
import { sanitizeText } from '../../lib/text.ts'

/**
 * A key that a file held before does not count, also where the edits move it.
 * @returns a clause that names the file, and the variable whose value it is, but never the key; null: none
 */
export async function findNewKey(
  git: Git,
  before: string,
  after: string,
  changes: Change[],
  patch: string,
): Promise<string | null> {
  if (keysIn(addedLines(patch)).length === 0) return null
  const texts = await Promise.all(changes.map(({ path }) => textOf(git, before, path)))
  for (const { path } of changes) {
    const found = keysIn(await textOf(git, after, path)).find(({ text }) => !texts.some(old => old.includes(text)))
    if (!found) continue
    const what = found.variable === null ? 'what looks like a key' : `the value of ${found.variable}`
    return `it writes ${what} into ${sanitizeText(path)}`
  }
  return null
}

const addedLines = (patch: string): string =>
  patch
    .split('\n')
    .filter(line => line.startsWith('+'))
    .map(line => line.slice(1))
    .join('\n')

/** "" for a file that the commit does not have. */
const textOf = (git: Git, commit: string, path: string): Promise<string> =>
  git.raw('cat-file', 'blob', `${commit}:${path}`).catch(() => '')
