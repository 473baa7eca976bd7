/** The notebook's own folders. Tests and unusual set-ups move the two that are written to by the environment. */
import { realpathSync } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'

/** The checkout this file is in. */
export const notebook = realpathSync(resolve(import.meta.dirname, '../..'))
/** What sessions leave: the site's content. */
export const sessionsRoot = resolve(process.env.NIGHTSHIFT_SESSIONS ?? join(notebook, 'sessions'))
/** Worktrees, sockets and other things of the moment; git-ignored. */
export const workRoot = resolve(process.env.NIGHTSHIFT_WORK ?? join(notebook, '.nightshift'))

/** Whether `path` is `folder` or lies inside it, once both are resolved; no path from data is used without it. */
export function contains(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(folder, path))
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
}

/** A path with forward slashes, as git and the records write it. */
export const slashes = (path: string): string => path.split(sep).join('/')
