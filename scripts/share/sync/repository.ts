/** The bare repository, `.nightshift/share/<key>/repository.git`, through which a remote is read and written. The user's own is not used. */
import { createHash } from 'node:crypto'
import { copyFile, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolders } from '../../lib/files/disk.ts'
import { exists, ifThere } from '../../lib/files/read.ts'
import { type Git, gitIn } from '../../lib/git/git.ts'
import { type Patience, type UserGit, userGitIn } from '../remote/userGit.ts'
import type { SyncAddress } from './address.ts'

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
  /**
   * For what talks to the remote, which is called `remoteName`, with the user's settings and credentials. It is given up
   * when it says nothing for long: give --progress to what may take long.
   */
  userGit: UserGit
}

/** The remote's name in `userGit`. Its address is passed in the environment, since others can see arguments. */
export const remoteName = 'shared'

/** Ref of a branch of the remote as it was read last. */
export const fetchedRef = (branch: string): string => `refs/fetched/${branch}`

/** Ref of the branch of this notebook as it is, or is to be, at the remote. */
export const ownRef = (branch: string): string => `refs/own/${branch}`

/** @param work `.nightshift` @param env the user's environment */
export async function openShareRepository(
  { url, address }: Pick<SyncAddress, 'url' | 'address'>,
  work: string,
  env: NodeJS.ProcessEnv,
  patience: Patience = {},
): Promise<ShareRepository> {
  const folder = await shareFolder(address, work)
  const path = join(folder, 'repository.git')
  // Init again is harmless, and completes one that was killed.
  if (!(await exists(join(path, 'HEAD')))) await gitIn(folder).raw('init', '--bare', '--quiet', path)
  await removeLeft(folder, path)
  const git = userGitIn(path, env, patience)
  const userGit: UserGit = (args, settings = []) => git(args, [[`remote.${remoteName}.url`, url], ...settings])
  return { folder, path, url, address, git: gitIn(path), userGit }
}

/** The folder of a remote, made if it is not there. */
export async function shareFolder(address: string, work: string): Promise<string> {
  const folder = folderOf(address, work)
  await makeFolders(folder)
  return folder
}

/** Copies what a sync with a remote reads to another `.nightshift`: the repository only borrows its objects. */
export async function copyShare(address: string, work: string, to: string): Promise<void> {
  const [from, copy] = [folderOf(address, work), await shareFolder(address, to)]
  for (const name of ['state.json', '../notebook'])
    if (await exists(join(from, name))) await copyFile(join(from, name), join(copy, name))
  const path = join(from, 'repository.git')
  if (await exists(join(path, 'HEAD')))
    await gitIn(copy).raw('clone', '--quiet', '--mirror', '--shared', '--', path, join(copy, 'repository.git'))
}

const folderOf = (address: string, work: string): string =>
  join(work, 'share', createHash('sha256').update(address).digest('hex').slice(0, 16))

/** A git that still runs, as one whose sync was killed may, renews its locks in less time; milliseconds. */
const STALE_MS = 600_000

/** Removes what a machine that lost power left: locks of refs, and repositories that were only looked at. */
async function removeLeft(folder: string, path: string): Promise<void> {
  const refs = await readdir(join(path, 'refs'), { recursive: true })
  const locks = [...refs.filter(name => name.endsWith('.lock')).map(name => join('refs', name)), 'packed-refs.lock']
  const looks = (await readdir(folder)).filter(name => name.startsWith('look-'))
  for (const left of [...locks.map(name => join(path, name)), ...looks.map(name => join(folder, name))]) {
    const stats = await ifThere(lstat(left))
    if (stats !== null && Date.now() - stats.mtimeMs > STALE_MS) await rm(left, { recursive: true, force: true })
  }
}

/** Packs what many syncs have added, once it is much. */
export async function pack({ git }: Pick<ShareRepository, 'git'>): Promise<void> {
  await git.raw('-c', 'gc.auto=6700', '-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet')
}
