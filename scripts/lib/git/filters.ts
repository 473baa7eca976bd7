/** Files that git checks out through a filter, e.g. git-lfs, and what to do when that filter fails. */
import { Failure } from '../errors.ts'
import { sanitizeText } from '../text.ts'
import { GitFailure } from './failure.ts'
import type { Git } from './git.ts'

/**
 * Explains a failed checkout.
 * @returns a Failure that names a file and its filter, when a filter failed; else the cause itself
 */
export async function whyNotCheckedOut(git: Git, cause: unknown): Promise<unknown> {
  // A filter that is a process ends with "the remote end hung up", without the word filter.
  if (!(cause instanceof GitFailure) || !/filter|smudge|remote end hung up/.test(cause.stderr)) return cause
  const found = await firstFiltered(git)
  if (found === null) return cause
  const { file, filter } = found
  const said = cause.stderr.split(/[\r\n]+/).filter(line => line !== '' && !line.startsWith('Preparing worktree'))
  return new Failure(
    `git cannot check out ${sanitizeText(file)}: its filter ${filter} failed: ${sanitizeText(said.join('; '), 400)}.`,
    filter === 'lfs'
      ? 'Install git-lfs, so that `git lfs version` works, and run the command again.'
      : `Mend what \`git config --get-regexp filter.${filter}\` shows, and run the command again.`,
    { cause },
  )
}

/** A file at HEAD with a filter that git's configuration sets; null when there is none. */
async function firstFiltered(git: Git): Promise<{ file: string; filter: string } | null> {
  const keys = await git.raw('config', '--name-only', '-z', '--get-regexp', '^filter[.]').catch(() => '')
  // e.g. "filter.lfs.process"; a name with other letters would be read as a pattern.
  const names = keys.split('\0').flatMap(key => /^filter\.([\w-]+)\.\w+$/.exec(key)?.[1] ?? [])
  for (const filter of new Set(names)) {
    const [file = ''] = (await git.raw('ls-files', '-z', '--', `:(top,attr:filter=${filter})`)).split('\0')
    if (file !== '') return { file, filter }
  }
  return null
}
