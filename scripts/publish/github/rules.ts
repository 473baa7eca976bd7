/** Which repositories a post may go to. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { gitIn } from '../../lib/git/git.ts'
import { notebook } from '../../lib/paths.ts'
import { isPublicAllowed } from '../remembered.ts'
import type { Target } from '../target.ts'
import type { GitHub } from './client.ts'
import { holdsNightshift, type RemoteRepository } from './repository.ts'

/**
 * @param target whose diffs are posted
 * @param allowPublic --public
 * @param work folder of what is remembered
 * @returns whether --public was given for it, now or before; to be remembered
 * @throws {Failure} for an archived repository; for a public one without --public; for Nightshift's own or a fork of it,
 *   unless the diffs are of that repository
 */
export async function checkRepository(
  github: GitHub,
  repository: RemoteRepository,
  target: Target,
  allowPublic: boolean,
  work?: string,
): Promise<boolean> {
  const name = `${repository.owner}/${repository.name}`
  if (repository.isArchived)
    throw new Failure(`${name} is archived: nothing can be posted there.`, 'Choose another with --repository.')
  if (!target.isOwn && (await isOfNightshift(github, repository)))
    throw new Failure(
      `${name} is a repository of Nightshift, or a fork of one, and the changes are of another repository.`,
      'Post them to a repository of their own with --repository.',
    )
  const isAllowed =
    allowPublic || (await isPublicAllowed({ target: target.key, api: github.api, repository: name }, work))
  if (repository.visibility === 'public' && !isAllowed)
    throw new Failure(
      `${name} is public: everyone could read the post.`,
      `Add --public to allow it; that is needed once. \`${command('post --help')}\` shows all flags.`,
    )
  return isAllowed
}

/** By its files; where the token may not read them, by the addresses that this checkout was cloned from. */
async function isOfNightshift(github: GitHub, repository: RemoteRepository): Promise<boolean> {
  const byFiles = await holdsNightshift(github, repository)
  if (byFiles !== null) return byFiles
  const names = [`${repository.owner}/${repository.name}`, repository.parent ?? ''].map(name => name.toLowerCase())
  const remotes = await gitIn(notebook)
    .raw('remote', '--verbose')
    .catch(() => '')
  return remotes
    .toLowerCase()
    .split('\n')
    .some(line => names.some(name => name !== '' && new RegExp(`[/:]${RegExp.escape(name)}(\\.git)?/?\\s`).test(line)))
}
