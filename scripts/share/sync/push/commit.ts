/** Commits a tree as the user would: with their identity, and signed where their git signs. */
import { Failure } from '../../../lib/errors.ts'
import { identity } from '../../../lib/git/git.ts'
import { plural, sanitizeText } from '../../../lib/text.ts'
import { type UserGit, userGitIn } from '../../remote/userGit.ts'
import type { ShareRepository } from '../repository.ts'

export interface Committing {
  share: ShareRepository
  /** The notebook's folder: its repository may have an identity and a key of its own. */
  notebook: string
  env: NodeJS.ProcessEnv
  stopped: AbortSignal
}

/** @returns the commit @throws {Failure} when git cannot sign it */
export async function commitTree(
  { share, notebook, env, stopped }: Committing,
  tree: string,
  parent: string | null,
  message: string,
): Promise<string> {
  // Without the patience of a remote: a key may be unlocked in a window.
  const git = userGitIn(share.path, env, { stopped })
  const settings = await settingsOf(userGitIn(notebook, env))
  const signs = lastOf(settings, 'commit.gpgsign') ?? 'false'
  const isSigned = !/^(?:false|no|off|0|)$/i.test(signs)
  const who = (await hasIdentity(git, settings)) ? [] : ours
  const said = await git(
    ['commit-tree', ...(isSigned ? ['-S'] : []), ...(parent === null ? [] : ['-p', parent]), '-m', message, tree],
    [...settings, ...who],
  )
  if (said.ok) return said.stdout.trim()
  throw isSigned
    ? new Failure(
        `git could not sign the commit: ${sanitizeText(said.stderr, 300)}.`,
        'It signs because commit.gpgSign is set: mend user.signingKey or the agent that holds the key, and run the command again. Nothing was sent.',
      )
    : new Failure(
        `git could not make the commit: ${sanitizeText(said.stderr, 300)}.`,
        'Mend what git names, and run the command again.',
      )
}

/** Identity and signing as the notebook's folder has them, global settings included. */
async function settingsOf(git: UserGit): Promise<[string, string][]> {
  const { stdout } = await git(['config', '-z', '--get-regexp', '^(user|author|committer|gpg)\\.|^commit\\.gpgsign$'])
  // e.g. "user.name\nAda\0"; a key without a value is true
  return stdout.split('\0').flatMap(entry => {
    const [key = '', ...value] = entry.split('\n')
    return key === '' ? [] : [[key, value.length === 0 ? 'true' : value.join('\n')] satisfies [string, string]]
  })
}

const lastOf = (settings: [string, string][], key: string): string | undefined =>
  settings.findLast(([name]) => name.toLowerCase() === key)?.[1]

/** Whether git knows who the user is, other than by a guess. */
async function hasIdentity(git: UserGit, settings: [string, string][]): Promise<boolean> {
  const strict: [string, string][] = [...settings, ['user.useConfigOnly', 'true']]
  for (const role of ['AUTHOR', 'COMMITTER']) if (!(await git(['var', `GIT_${role}_IDENT`], strict)).ok) return false
  return true
}

const ours: [string, string][] = [
  ['user.name', identity.NAME],
  ['user.email', identity.EMAIL],
]

/** Sessions that a message lists. */
const MAX_LISTED = 50

/** The message of a commit: what is new on the branch. Pure. */
export function messageOf(changes: { id: string; what: 'new' | 'changed' | 'withdrawn' | 'deleted' }[]): string {
  const shared = changes.filter(({ what }) => what !== 'deleted')
  const lines = shared.map(({ id, what }) => `${what} ${id}`)
  const [only] = shared
  const verb = shared.every(({ what }) => what === 'withdrawn') ? 'Withdraw' : 'Share'
  const subject =
    shared.length === 1 && only
      ? `${verb} ${only.id}`
      : shared.length === 0
        ? 'Update what is beside the sessions'
        : `${verb} ${plural(shared.length, 'session')}`
  if (shared.length < 2) return subject
  const more = lines.length > MAX_LISTED ? [`and ${lines.length - MAX_LISTED} more`] : []
  return `${subject}\n\n${[...lines.slice(0, MAX_LISTED), ...more].join('\n')}`
}
