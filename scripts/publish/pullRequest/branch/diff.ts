/** What git says of the commits of a proposal. */
import type { Repository } from '../../../lib/git/git.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { Changes, Proposal } from './changes.ts'

/** Files that differ between the first and the last commit, from the root of the repository. */
export async function changedFiles({ git }: Repository, { base, tip }: Changes): Promise<string[]> {
  const raw = await git.raw('diff', '--name-only', '--no-renames', '--no-ext-diff', '-z', base, tip)
  return raw.split('\0').filter(path => path !== '')
}

/** The subject of the only commit of an adopted branch; null for several commits, or a branch of the session. */
export async function onlySubject({ git }: Repository, { base, tip, adopted }: Proposal): Promise<string | null> {
  if (adopted === null || base === tip) return null
  const subjects = (await git.raw('log', '--no-show-signature', '--format=%s', `${base}..${tip}`)).split('\n')
  const [subject = '', ...others] = subjects.filter(line => line !== '')
  return others.length > 0 || subject === '' ? null : sanitizeText(subject, 200)
}
