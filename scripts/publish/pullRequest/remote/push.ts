/** Pushes one commit to one branch of a remote, and nothing else; reads where the branches of a remote are. */
import { Failure } from '../../../lib/errors.ts'
import { sanitizeText } from '../../../lib/text.ts'
import { remoteFailure } from '../../../share/remote/failure.ts'
import type { Remote } from '../../../share/remote/remote.ts'
import type { UserGit } from '../../../share/remote/userGit.ts'

/** The remote under a name without settings of the user, so that the push updates none of their refs. */
const temporaryName = 'nightshift-post'

const settingsFor = ({ settings }: Remote): [string, string][] =>
  settings.map(([key, value]) => [`remote.${temporaryName}.${key}`, value])

/** Commits of a remote's branches, by the branch's name. @throws {Failure} when it cannot be read */
export async function readBranches(git: UserGit, remote: Remote): Promise<Map<string, string>> {
  const said = await git(['ls-remote', '--heads', '--', temporaryName], settingsFor(remote))
  if (!said.ok) throw isOldGit(said.stderr) ? oldGit() : remoteFailure('list the branches of', remote, said.stderr)
  const lines = said.stdout.split('\n').map(line => /^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/.exec(line))
  return new Map(lines.flatMap(found => (found ? [[found[2] ?? '', found[1] ?? ''] as const] : [])))
}

export interface Push {
  branch: string
  /** The commit to put there. */
  commit: string
  /** The commit that the branch must be at; null: it must not exist. */
  expected: string | null
}

/**
 * Moves a branch of the remote, also to a commit that does not follow the present one.
 * @throws {Failure} when the branch is not where it was expected, or the remote refuses it
 */
export async function push(git: UserGit, remote: Remote, { branch, commit, expected }: Push): Promise<void> {
  const ref = `refs/heads/${branch}`
  const said = await git(
    [
      'push',
      '--porcelain',
      '--no-follow-tags',
      '--no-signed',
      '--recurse-submodules=no',
      `--force-with-lease=${ref}:${expected ?? ''}`,
      '--',
      temporaryName,
      `${commit}:${ref}`,
    ],
    settingsFor(remote),
  )
  if (said.ok) return
  // The answer may be lost after the branch was moved.
  const now = await readBranches(git, remote).catch(() => null)
  if (now?.get(branch) === commit) return
  throw /stale info|fetch first|non-fast-forward/.test(said.stdout)
    ? movedMeanwhile(branch, now?.get(branch) ?? null)
    : remoteFailure(`push ${branch} to`, remote, `${said.stderr}\n${rejection(said.stdout)}`)
}

/** The porcelain line of the branch, e.g. "[remote rejected] (protected branch hook declined)". */
const rejection = (stdout: string): string => /^!\t[^\t]*\t(.*)$/m.exec(stdout)?.[1] ?? ''

const movedMeanwhile = (branch: string, now: string | null): Failure =>
  new Failure(
    `${sanitizeText(branch)} was moved on the remote meanwhile${now === null ? '' : `, to ${now.slice(0, 7)}`}. It was left as it is.`,
    'Run the command again to see what would be sent now.',
  )

const isOldGit = (stderr: string): boolean => stderr.includes(`'${temporaryName}' does not appear to be`)

const oldGit = (): Failure =>
  new Failure('This git takes no settings from its environment.', 'Pull requests need git 2.31 or newer.')
