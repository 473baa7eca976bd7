/** Folders of this checkout. NIGHTSHIFT_SESSIONS and NIGHTSHIFT_WORK move those that are written to, e.g. in tests. */
import { realpathSync } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'

/** Root of the checkout that contains this file. */
export const notebook = realpathSync(resolve(import.meta.dirname, '../..'))
/** Folder of the session records, which are the site's content. */
export const sessionsRoot = resolve(process.env.NIGHTSHIFT_SESSIONS ?? join(notebook, 'sessions'))
/** Folder for worktrees, sockets and other temporary files; git-ignored. */
export const workRoot = resolve(process.env.NIGHTSHIFT_WORK ?? join(notebook, '.nightshift'))

/** Folder in which Node keeps compiled code between calls (NODE_COMPILE_CACHE), as scripts/compileCache.mjs has it. */
export const compiledRoot = join(notebook, 'node_modules/.cache/nightshift/compiled')

/** Whether `path`, resolved against `folder`, is `folder` or inside it. Check every path that comes from data. */
export function contains(folder: string, path: string): boolean {
  const inner = relative(resolve(folder), resolve(folder, path))
  return inner === '' || !(inner === '..' || inner.startsWith(`..${sep}`) || isAbsolute(inner))
}

/** A path with forward slashes, as in git and the records. */
export const slashes = (path: string): string => path.split(sep).join('/')
