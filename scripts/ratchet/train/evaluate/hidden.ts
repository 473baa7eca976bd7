/** What a run cannot read: the key `hide` of program.md. */
import { homedir, platform } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { type Contract, isInCache, withoutCache } from '../../../program/contract.ts'

/** Whether a path is one of these, or below one of them. All from the root of the repository. */
export const isBelow = (path: string, folders: string[]): boolean =>
  folders.some(folder => folder === '.' || path === folder || path.startsWith(`${folder}/`))

/** Where copies of a session's files lie. */
export interface Places {
  /** The user's checkout. */
  root: string
  /** Its git directory, and that of all worktrees; they hold every version of a tracked file. */
  gitDirectories: string[]
  /** Worktrees that hold hidden files, and the slot of the run. */
  worktrees: string[]
}

/**
 * Absolute paths that a run must not read. A path need not exist.
 * @param hide as the contract has it, with paths from the root of the repository
 * @param hasTracked whether files of a commit are among them
 * @param from the environment of the run, which says where the trainer's cache is
 */
export function hiddenPaths(
  { hide }: Pick<Contract, 'hide'>,
  { root, gitDirectories, worktrees }: Places,
  hasTracked: boolean,
  from: NodeJS.ProcessEnv = process.env,
): string[] {
  const cached = hiddenInCache(hide, cacheRoot(from))
  const own = hide.filter(path => !isInCache(path))
  const copies = [root, ...worktrees].flatMap(folder => own.map(path => join(folder, path)))
  return [...new Set([...cached, ...copies, ...(hasTracked ? gitDirectories : [])])]
}

/** Absolute paths of what `hide` names in the trainer's cache folder. */
export const hiddenInCache = (hide: string[], cache: string): string[] =>
  hide.filter(isInCache).map(path => join(cache, withoutCache(path)))

/**
 * The trainer's cache folder, as trainer/cache.py has it.
 * @param home of the user of that machine
 * @param system as process.platform has it
 */
export function cacheRoot(
  from: NodeJS.ProcessEnv = process.env,
  home = homedir(),
  system: string = platform(),
): string {
  const own = from.NIGHTSHIFT_CACHE
  if (own) return resolve(own === '~' || own.startsWith('~/') ? join(home, own.slice(1)) : own)
  const xdg = from.XDG_CACHE_HOME ?? ''
  if (isAbsolute(xdg)) return join(xdg, 'nightshift')
  return join(home, system === 'darwin' ? 'Library/Caches' : '.cache', 'nightshift')
}
