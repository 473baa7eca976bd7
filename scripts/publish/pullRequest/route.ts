/** From which branch of which repository a pull request goes into which: what was given, remembered or asked for. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { RepositoryName } from '../../share/remote/remote.ts'
import { listedRemotes, type Remote, readRemote, remoteNames } from '../../share/remote/remote.ts'
import type { UserGit } from '../../share/remote/userGit.ts'
import type { PostContext } from '../destination.ts'
import type { GitHub } from '../github/client.ts'
import { lookUpRepository, type RemoteRepository } from '../github/repository.ts'
import { checkRepository } from '../github/rules.ts'
import type { Remembered } from '../remembered.ts'
import { nameOf, type PostRequest, readRepositoryName } from '../request.ts'
import type { Target } from '../target.ts'
import type { Route } from './github/find.ts'
import { type RepositoryRecord, repositorySchema } from './github/records.ts'

/** @throws {Failure} when no remote was given, now or before, and nobody can be asked */
export async function chooseRemote(
  git: UserGit,
  request: Pick<PostRequest, 'remote'>,
  before: Remembered | null,
  { ask }: Pick<PostContext, 'ask'>,
): Promise<Remote> {
  const given = request.remote ?? before?.remote ?? null
  if (given !== null) return readRemote(git, given)
  const listed = await listedRemotes(git)
  const names = await remoteNames(git)
  if (ask === null || names.length === 0)
    throw new Failure(
      'No remote was given for the branch of the pull request.',
      `Name it once, e.g. \`${command(`post --to pull-request --remote ${names[0] ?? 'origin'}`)}\`; it is remembered for the target.\n${listed}`,
    )
  return readRemote(git, await ask(`${listed}\nTo which of them is the branch pushed?`, names))
}

export interface Destination {
  route: Route
  /** The base repository. */
  repository: RemoteRepository
  /** Whether the token may add labels there; null where GitHub does not say. */
  mayLabel: boolean | null
  /** Whether a public repository is allowed, to be remembered. */
  isPublicAllowed: boolean
}

/**
 * The base is --repository, the remembered one, the parent of a fork, or the repository of the remote itself.
 * @param work folder of what is remembered
 * @throws {Failure} when a repository is not there, or the branch or the pull request may not go to it
 */
export async function findDestination(
  github: GitHub,
  remote: Remote,
  branch: string,
  request: Pick<PostRequest, 'repository' | 'allowPublic'>,
  before: Remembered | null,
  target: Target,
  work?: string,
): Promise<Destination> {
  const head = await lookUpRepository(github, headOf(remote, github.host))
  const remembered = before?.remote === remote.name && before.repository !== null ? before.repository : null
  const wanted = request.repository ?? readName(remembered) ?? readName(head.parent) ?? head
  const isFork = nameOf(wanted).toLowerCase() !== nameOf(head).toLowerCase()
  const repository = isFork ? await lookUpRepository(github, wanted) : head
  const isPublicAllowed = await checkRepository(github, repository, target, request.allowPublic, work)
  // The branch can be read in the fork, which is public where its parent is.
  if (isFork) await checkRepository(github, head, target, isPublicAllowed, work)
  const record = await readRepository(github, repository)
  if (branch === record.default_branch && !isFork)
    throw new Failure(`${branch} is the default branch of ${nameOf(head)}.`, 'Choose another default branch there.')
  return {
    route: { head, branch, base: repository, into: record.default_branch },
    repository,
    mayLabel: record.permissions === undefined ? null : (record.permissions.triage ?? record.permissions.push),
    isPublicAllowed,
  }
}

const readName = (name: string | null): RepositoryName | null => (name === null ? null : readRepositoryName(name))

/** The repository that the remote pushes to. @throws {Failure} when that is not on this GitHub */
function headOf({ name, address, place }: Remote, host: string): RepositoryName {
  const remote = `The remote ${sanitizeText(name)} (${address})`
  if (place === null)
    throw new Failure(
      `${remote} is no repository of GitHub, so no pull request can be opened from it.`,
      'Name a remote with an address such as https://github.com/OWNER/NAME or git@github.com:OWNER/NAME: --remote.',
    )
  // Without a dot it is an alias of the user's, from ssh's configuration.
  if (place.host.includes('.') && place.host.replace(/^(?:ssh|www)\./, '') !== host.replace(/:\d+$/, ''))
    throw new Failure(
      `${remote} is not on ${host}, where the pull request would be opened.`,
      `Name another remote with --remote, or the API of ${sanitizeText(place.host)} with --api, e.g. --api https://${sanitizeText(place.host)}/api/v3.`,
    )
  return place.repository
}

const readRepository = (github: GitHub, { owner, name }: RepositoryName): Promise<RepositoryRecord> =>
  github.rest(
    `read the repository ${owner}/${name}`,
    'GET /repos/{owner}/{repo}',
    { owner, repo: name },
    repositorySchema,
  )
