/** Forms of a contract's `data`: any name, or `folder:PATH`, whose path is written in three ways. */
import { homedir } from 'node:os'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { contains, slashes } from '../lib/paths.ts'

const FOLDER = 'folder:'

/** PATH of `folder:PATH`; null for other data. */
export const folderIn = (data: string): string | null => (data.startsWith(FOLDER) ? data.slice(FOLDER.length) : null)

const isHome = (path: string): boolean => path === '~' || path.startsWith('~/')

/**
 * As records have it: a relative folder from the root of the repository, like the contract's other paths, so that no record
 * holds a place of this machine that the user did not write; a fixed one as it was written, but for the home folder, which
 * shells write out.
 * @param folder to which a relative path was written
 */
export function recordedData(data: string, folder: string, root: string): string {
  const path = folderIn(data)
  if (path === null || isHome(path)) return data
  const [place, home] = [resolve(folder, path), homedir()]
  // From a repository elsewhere, the way there would name the home folder.
  const isElsewhere = isAbsolute(path) || !contains(home, root)
  if (isElsewhere && home !== '/' && contains(home, place))
    return `${FOLDER}${slashes(join('~', relative(home, place)))}`
  if (isAbsolute(path)) return data
  return `${FOLDER}${slashes(relative(root, place)) || '.'}`
}

/** As runs get it, which start in worktrees: with the absolute path of a folder. @param data as recorded */
export function dataOfRuns(data: string, root: string): string {
  const path = folderIn(data)
  if (path === null) return data
  return `${FOLDER}${isHome(path) ? resolve(homedir(), path.slice(2)) : resolve(root, path)}`
}

/**
 * Assigns NIGHTSHIFT_DATA in a command of a shell, for a reader who runs the target by hand.
 * @param data as recorded
 * @param root the repository's root as the command has it, e.g. `"$top"`
 * @param quote quotes a word for the shell
 */
export function assignedData(data: string, root: string, quote: (text: string) => string): string {
  const path = folderIn(data)
  if (path === null || isAbsolute(path)) return `NIGHTSHIFT_DATA=${quote(data)}`
  const [from, rest] = isHome(path) ? ['"$HOME"', path.slice(2)] : [root, path === '.' ? '' : path]
  return `NIGHTSHIFT_DATA=${FOLDER}${from}${rest === '' ? '' : `/${quote(rest)}`}`
}
