/** Stores the baseline's editable files beside the records, so that a session can be read without its repository. */
import { join } from 'node:path'
import { writeAtomic } from '../../lib/files/disk.ts'
import { listFiles } from '../../lib/files/listFiles.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import type { Git } from '../../lib/git/git.ts'
import { contains } from '../../lib/paths.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { maxBytes, maxFiles } from '../limits.ts'
import { files } from './paths.ts'

/**
 * Writes `source/<path in the repository>`, without keys that a file holds. Beyond the limits, the files are data or `edit`
 * names a whole tree.
 * @param git with untrimmed output: `gitIn(root, false)`
 * @param paths files or folders, as in the contract's `edit`
 */
export async function writeSource(folder: string, git: Git, commit: string, paths: string[]): Promise<void> {
  const root = files.source(folder)
  // e.g. "100644 blob <sha>    1234\ttrainer/train.py\0"; a symlink is 120000 and stays out.
  const raw = await git.raw('ls-tree', '-r', '-l', '-z', '--full-tree', commit, '--', ...paths)
  const blobs = raw.split('\0').flatMap(line => {
    const [, sha = '', size = '', path = ''] = /^100(?:644|755) blob (\w+) +(\d+)\t(.+)$/s.exec(line) ?? []
    return sha !== '' && Number(size) <= maxBytes.source && contains(root, path) ? [{ sha, path }] : []
  })
  for (const { sha, path } of blobs.slice(0, maxFiles.source))
    await writeAtomic(join(root, path), redact(await git.raw('cat-file', 'blob', sha)))
}

/** Texts by path in the repository, with forward slashes; empty where the session has no sources that can be read. */
export async function readSource(folder: string): Promise<Map<string, string>> {
  const root = files.source(folder)
  const texts = new Map<string, string>()
  for (const path of await listFiles(root, maxFiles.source)) {
    const text = await readRegularFile(join(root, path), maxBytes.source)
    if (text !== null) texts.set(path, text)
  }
  return texts
}
