/** The commits of a branch with inert messages. Writes commit objects only: no ref, index or file of the user's changes. */
import { type Git, gitIn, type Repository } from '../../../lib/git/git.ts'
import type { Changes } from './changes.ts'
import { inertMessage } from './message.ts'

/**
 * The same changes where no message has to be changed, which is the usual case; else the commits from the first such one on
 * are made again with their trees, authors and dates, which gives the same hashes each time.
 */
export async function withInertMessages(
  { root, git }: Repository,
  { base, tip }: Changes,
  keepPaths: boolean,
): Promise<Changes> {
  const listed = await git.raw('rev-list', '--reverse', '--topo-order', tip, `^${base}`)
  const made = new Map<string, string>()
  for (const commit of listed.split('\n').filter(line => line !== '')) {
    const found = await readCommit(git, commit)
    const message = inertMessage(found.message, keepPaths)
    const parents = found.parents.map(parent => made.get(parent) ?? parent)
    if (message === found.message && parents.join() === found.parents.join()) continue
    made.set(commit, await writeCommit(root, { ...found, message, parents }))
  }
  return { base, tip: made.get(tip) ?? tip }
}

export interface Commit {
  tree: string
  parents: string[]
  /** Name, e-mail and date, e.g. "1763762400 +0000". */
  author: Person
  committer: Person
  message: string
}

interface Person {
  name: string
  email: string
  date: string
}

async function readCommit(git: Git, commit: string): Promise<Commit> {
  const fields = ['%T', '%P', '%an', '%ae', '%ad', '%cn', '%ce', '%cd', '%B']
  const raw = await git.raw('log', '-1', '--no-show-signature', '--date=raw', `--format=${fields.join('%x00')}`, commit)
  const [tree = '', parents = '', an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] = raw.split('\0')
  return {
    tree,
    parents: parents.split(' ').filter(parent => parent !== ''),
    author: { name: an, email: ae, date: ad },
    committer: { name: cn, email: ce, date: cd },
    message,
  }
}

/** Writes a commit object. @param root of the repository */
export async function writeCommit(
  root: string,
  { tree, parents, author, committer, message }: Commit,
): Promise<string> {
  const git = gitIn(root, true, undefined, { ...variables('AUTHOR', author), ...variables('COMMITTER', committer) })
  return git.raw('commit-tree', tree, ...parents.flatMap(parent => ['-p', parent]), '-m', message)
}

/** Git refuses a commit without a name. */
const variables = (role: string, { name, email, date }: Person): Record<string, string> => ({
  [`GIT_${role}_NAME`]: name || 'unknown',
  [`GIT_${role}_EMAIL`]: email,
  [`GIT_${role}_DATE`]: date,
})
