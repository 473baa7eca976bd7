/** What a node is given: the session's first commit, the evaluators' files, and the runner itself, as tar streams for `put`. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '../../lib/git/git.ts'
import { addWorktree, removeWorktree } from '../../lib/git/worktree.ts'
import { fileEntry, folderEntries, headerOf, tarEnd } from './tar.ts'

/** The files of a commit, as git checks them out. */
export interface CommitFiles {
  /** The repository's. */
  git: Git
  commit: string
  /** Path of a worktree that is made for this and removed after. */
  scratch: string
}

/** All files of a commit, without `.git`: what trees are made of. */
export const baseTar = (source: CommitFiles): AsyncGenerator<Buffer, void, undefined> =>
  commitTar(source, () => true, {})

/**
 * The frozen files, for evaluators alone.
 * @param edit paths that are left out, with all that is in them
 * @param links links to make, with their targets on the node
 */
export const evaluationTar = (
  source: CommitFiles,
  { edit, links }: { edit: readonly string[]; links: Readonly<Record<string, string>> },
): AsyncGenerator<Buffer, void, undefined> => {
  const left = new Set([...edit, ...Object.keys(links)])
  return commitTar(source, path => !left.has(path), links)
}

async function* commitTar(
  { git, commit, scratch }: CommitFiles,
  isTaken: (path: string) => boolean,
  links: Readonly<Record<string, string>>,
): AsyncGenerator<Buffer, void, undefined> {
  // By a checkout and not by `git archive`, which leaves out and changes what export-ignore and export-subst name.
  await addWorktree(git, scratch, commit)
  try {
    yield* folderEntries(scratch, path => path !== '.git' && isTaken(path))
    for (const [path, target] of Object.entries(links))
      yield headerOf({ name: Buffer.from(path), kind: 'link', target: Buffer.from(target) })
    yield tarEnd()
  } finally {
    await removeWorktree(git, scratch)
  }
}

/** The folder of the Python modules in this checkout. */
export const nodeFolder = join(import.meta.dirname, '../node')
const sandboxFolder = join(import.meta.dirname, '../../lib/sandbox')

/** The Python modules, and the perl programs that make a sandbox, which lie beside them on a node: contents by name. */
export async function nodeFiles(): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {}
  for (const [folder, ending] of [
    [nodeFolder, '.py'],
    [sandboxFolder, '.pl'],
  ] as const) {
    const names = existsSync(folder) ? await readdir(folder) : []
    for (const name of names.sort()) if (name.endsWith(ending)) files[name] = await readFile(join(folder, name))
  }
  return files
}

/** The same as a tar for `put`. */
export const nodeTar = async (): Promise<Buffer> =>
  Buffer.concat([...Object.entries(await nodeFiles()).map(([name, content]) => fileEntry(name, content)), tarEnd()])
