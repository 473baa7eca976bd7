/** What the file system says of a file without reading it. */
import { lstatSync } from 'node:fs'

/**
 * Changes whenever the content may have changed; null: nothing is there. The time of the last change of the entry cannot
 * be set back, unlike that of the content.
 * @param isFolder whether a folder there counts as unchanged as long as it is a folder
 */
export function stampOf(path: string, isFolder = false): string | null {
  const found = statOf(path)
  if (found === null) return null
  if (isFolder && found.isDirectory()) return 'folder'
  return [found.ino, found.size, found.mode, found.mtimeNs, found.ctimeNs].join(' ')
}

/** null: nothing is there, or it cannot be reached. Not asynchronous, which takes ten times as long for many files. */
export function statOf(path: string) {
  try {
    return lstatSync(path, { bigint: true })
  } catch {
    return null
  }
}
