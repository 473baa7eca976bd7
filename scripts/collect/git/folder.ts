/** Where a local repository keeps its objects. Its configuration is not read. */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { ifThere } from '../../lib/files/read.ts'
import { readFound } from '../../lib/files/regularFile.ts'
import { sanitizeText } from '../../lib/text.ts'

export interface RepositoryFolder {
  objects: string
  /** Commits at which a shallow clone ends; null: it has its whole history. */
  shallow: string | null
  /** Whether it was cloned with --filter, so that git expects to fetch missing files. */
  partial: boolean
}

/** @throws {Failure} if the folder's `.git` leads nowhere, or may not be read */
export async function openFolder(path: string): Promise<RepositoryFolder> {
  try {
    return await open(path)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new Failure(
      `${sanitizeText(path)} cannot be read as a git repository: ${sanitizeText(cause.message, 300)}.`,
      'Collect a clone of it that you may read, or only its results table.',
      { cause },
    )
  }
}

async function open(path: string): Promise<RepositoryFolder> {
  const gitDir = await gitDirectory(path)
  // A linked worktree shares the objects of its main repository.
  const common = await firstLine(join(gitDir, 'commondir'))
  const main = common === null ? gitDir : resolve(gitDir, common)
  const objects = join(main, 'objects')
  const shown = sanitizeText(path)
  if (!(await isFolder(objects)))
    throw new Failure(
      `${shown} is not a git repository: ${sanitizeText(objects, 300)} is not a folder.`,
      'Collect the repository that it belongs to, or only its results table.',
    )
  const shallow = await readSmall(join(main, 'shallow'), 2 ** 24)
  const packs = await readdir(join(objects, 'pack')).catch(() => [])
  return {
    objects,
    shallow: shallow === null ? null : (shallow.match(/^[0-9a-f]{40,64}$/gm) ?? []).join('\n'),
    partial: packs.some(name => name.endsWith('.promisor')),
  }
}

/** `.git`: a folder, or a file that names one, as in a submodule and a linked worktree; else the folder itself. */
async function gitDirectory(path: string): Promise<string> {
  const own = join(path, '.git')
  const found = await ifThere(stat(own))
  if (found === null) return path
  if (found.isDirectory()) return own
  const [, to] = /^gitdir: (.+)$/.exec(found.isFile() ? ((await firstLine(own)) ?? '') : '') ?? []
  const target = to === undefined ? null : resolve(path, to)
  if (target !== null && (await isFolder(target))) return target
  throw new Failure(
    `${sanitizeText(path)} is not a git repository: its .git ${target === null ? 'is neither a folder nor a file that names one' : `names ${sanitizeText(target, 300)}, which is not a folder`}.`,
    'Collect the repository that it belongs to, or only its results table.',
  )
}

const isFolder = async (path: string): Promise<boolean> => (await ifThere(stat(path)))?.isDirectory() === true

/** First line of a small file; null if there is no such file. */
const firstLine = async (path: string): Promise<string | null> =>
  (await readSmall(path, 4096))?.split(/\r?\n/)[0] ?? null

/** A regular file up to `maxBytes`; null for anything else: a pipe would never end. */
async function readSmall(path: string, maxBytes: number): Promise<string | null> {
  const found = await readFound(path, { limit: maxBytes, links: true })
  return found.kind === 'file' ? found.bytes.toString('utf8') : null
}
