/** What the file system says of a file without reading it. */
import { lstat } from 'node:fs/promises'

/**
 * Changes whenever the content may have changed; null: nothing is there. The time of the last change of the entry cannot
 * be set back, unlike that of the content.
 * @param isFolder whether a folder there counts as unchanged as long as it is a folder
 */
export async function stampOf(path: string, isFolder = false): Promise<string | null> {
  const found = await lstat(path, { bigint: true }).catch(() => null)
  if (found === null) return null
  if (isFolder && found.isDirectory()) return 'folder'
  return [found.ino, found.size, found.mode, found.mtimeNs, found.ctimeNs].join(' ')
}
