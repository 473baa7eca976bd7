/**
 * What a run may leave in NIGHTSHIFT_OUTPUT: files and folders. An evaluator opens what lies there with the rights of the
 * user, so a link could show it something else, and a pipe would make it wait. Imports only node's modules: the runner's
 * start-up time counts.
 */
import type { Stats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** The most that it may hold. */
const maxBytes = 2 ** 30
const maxEntries = 10_000

/** Why its content is not given to an evaluator, after "it left", e.g. "a link in NIGHTSHIFT_OUTPUT (a/b)"; else null. */
export async function outputProblem(root: string): Promise<string | null> {
  const top = await lstat(root).catch(() => null)
  if (top === null || !top.isDirectory())
    return top === null ? 'no folder NIGHTSHIFT_OUTPUT' : `${kindOf(top)} in the place of NIGHTSHIFT_OUTPUT`
  let [bytes, entries] = [0, 0]
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names = await namesIn(join(root, folder))
    if (names === null) return `a folder that cannot be listed in NIGHTSHIFT_OUTPUT${shown(folder)}`
    for (const name of names) {
      const path = join(folder, name)
      const stats = await lstat(join(root, path)).catch(() => null)
      if (stats === null) return `a name that is not UTF-8 in NIGHTSHIFT_OUTPUT${shown(path)}`
      if (stats.isDirectory()) folders.push(path)
      else if (!stats.isFile()) return `${kindOf(stats)} in NIGHTSHIFT_OUTPUT${shown(path)}`
      else if (stats.nlink > 1) return `a hard link in NIGHTSHIFT_OUTPUT${shown(path)}`
      else bytes += stats.size
      if (++entries > maxEntries) return `more than ${maxEntries} files in NIGHTSHIFT_OUTPUT`
      if (bytes > maxBytes) return `more than ${maxBytes / 2 ** 20} MiB in NIGHTSHIFT_OUTPUT`
    }
  }
  return null
}

/** At most one more than are allowed; null where the folder cannot be listed. */
async function namesIn(folder: string): Promise<string[] | null> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder)) {
      names.push(name)
      if (names.length > maxEntries) break
    }
    return names
  } catch {
    return null // The run took the rights away.
  }
}

const shown = (path: string): string => (path === '' ? '' : ` (${path.slice(0, 120)})`)

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a link'
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return stats.isFile() ? 'a file' : 'a device'
}
