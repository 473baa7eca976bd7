/** The bare repository, `.nightshift/share/<key>/repository.git`, through which a remote is read and written. The user's own is not used. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeFolders } from '../../lib/files/disk.ts'
import { exists } from '../../lib/files/read.ts'
import { type Git, gitIn } from '../../lib/git/git.ts'
import { type UserGit, userGitIn } from '../remote/userGit.ts'

export interface ShareRepository {
  /** `.nightshift/share/<key>`: repository.git and state.json. */
  folder: string
  /** repository.git. */
  path: string
  /** As git takes it: it may hold credentials, and is never shown or recorded. */
  url: string
  /** Without credentials. */
  address: string
  /** For objects and refs, with our settings and identity. */
  git: Git
  /** For what talks to the remote or signs, with the user's settings and credentials. */
  userGit: UserGit
}

/** Ref of a branch of the remote as it was read last. */
export const fetchedRef = (branch: string): string => `refs/fetched/${branch}`

/** @param work `.nightshift` @param env the user's environment */
export async function openShareRepository(
  url: string,
  address: string,
  work: string,
  env: NodeJS.ProcessEnv,
): Promise<ShareRepository> {
  const folder = join(work, 'share', createHash('sha256').update(address).digest('hex').slice(0, 16))
  const path = join(folder, 'repository.git')
  await makeFolders(folder)
  // Init again is harmless, and completes one that was killed.
  if (!(await exists(join(path, 'HEAD')))) await gitIn(folder).raw('init', '--bare', '--quiet', path)
  return { folder, path, url, address, git: gitIn(path), userGit: userGitIn(path, env) }
}
