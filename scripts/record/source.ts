/** Stores the baseline's editable files beside the records, so that a session can be read without its repository. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { writeAtomic } from '../lib/disk.ts'
import type { Git } from '../lib/git/git.ts'
import { contains, slashes } from '../lib/paths.ts'
import { ifThere } from '../lib/read.ts'
import { redact } from '../lib/secrets/redact.ts'
import { files } from './files.ts'

/** Beyond these limits (files, bytes per file), the files are data or `edit` names a whole tree. */
const [MAX_FILES, MAX_BYTES] = [100, 1_000_000]

/**
 * Writes `source/<path in the repository>`, without keys that a file holds.
 * @param git with untrimmed output: `gitIn(root, false)`
 * @param paths files or folders, as in the contract's `edit`
 */
export async function writeSource(folder: string, git: Git, commit: string, paths: string[]): Promise<void> {
  const root = files.source(folder)
  // e.g. "100644 blob <sha>    1234\ttrainer/train.py\0"; a symlink is 120000 and stays out.
  const raw = await git.raw('ls-tree', '-r', '-l', '-z', '--full-tree', commit, '--', ...paths)
  const blobs = raw.split('\0').flatMap(line => {
    const [, sha = '', size = '', path = ''] = /^100(?:644|755) blob (\w+) +(\d+)\t(.+)$/s.exec(line) ?? []
    return sha !== '' && Number(size) <= MAX_BYTES && contains(root, path) ? [{ sha, path }] : []
  })
  for (const { sha, path } of blobs.slice(0, MAX_FILES))
    await writeAtomic(join(root, path), redact(await git.raw('cat-file', 'blob', sha)))
}

/** Texts by path in the repository, with forward slashes; empty where the session has no sources. */
export async function readSource(folder: string): Promise<Map<string, string>> {
  const root = files.source(folder)
  const entries = (await ifThere(readdir(root, { recursive: true, withFileTypes: true }))) ?? []
  const texts = new Map<string, string>()
  for (const entry of entries.filter(entry => entry.isFile()).slice(0, MAX_FILES)) {
    const path = join(entry.parentPath, entry.name)
    texts.set(slashes(relative(root, path)), await readFile(path, 'utf8'))
  }
  return texts
}
