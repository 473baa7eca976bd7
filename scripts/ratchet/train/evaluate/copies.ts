/** Where a repository has copies of its tracked files, which `hide` must cover. */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { listIfThere, readTextIfThere } from '../../../lib/files/read.ts'
import { contains, workRoot } from '../../../lib/paths.ts'
import type { Places } from './hidden.ts'

/**
 * Git's folder with what it borrows objects from, and the user's worktrees, the main one included; not those of sessions.
 * @param common git's folder, of all worktrees
 */
export async function copiesOf(common: string): Promise<Pick<Places, 'gitDirectories' | 'worktrees'>> {
  const names = await listIfThere(join(common, 'worktrees'))
  const pointers = await Promise.all(names.map(name => readTextIfThere(join(common, 'worktrees', name, 'gitdir'))))
  const linked = pointers.flatMap((text, i) =>
    text === null ? [] : [dirname(resolve(common, 'worktrees', names[i] ?? '', text.trimEnd()))],
  )
  const main = basename(common) === '.git' ? [dirname(common)] : []
  const ofSessions = await realpath(workRoot).catch(() => workRoot)
  return {
    gitDirectories: [common, ...(await borrowedFrom(join(common, 'objects')))],
    worktrees: [...main, ...linked].filter(path => !contains(ofSessions, path)),
  }
}

/** Folders of objects of other repositories, by `git clone --shared` or `--reference`; those may borrow again. */
async function borrowedFrom(objects: string, seen = new Set<string>()): Promise<string[]> {
  const lines = ((await readTextIfThere(join(objects, 'info/alternates'))) ?? '').split('\n')
  for (const line of lines.filter(text => text !== '' && !text.startsWith('#'))) {
    const path = resolve(objects, line)
    if (seen.has(path)) continue
    seen.add(path)
    await borrowedFrom(path, seen)
  }
  return [...seen]
}
