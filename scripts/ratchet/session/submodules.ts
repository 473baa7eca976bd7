/**
 * Submodules of a target. A worktree does not hold their files: git keeps a submodule's checkout in the user's checkout
 * alone. `link` brings it into the worktrees of runs, as it is there.
 */
import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import type { Git, Repository } from '../../lib/git/git.ts'
import { named, sanitizeText } from '../../lib/text.ts'

/** Paths of the submodules of a commit. */
export async function submodulesOf(git: Git, commit: string): Promise<string[]> {
  // e.g. "160000 commit <sha>\tlib\0"
  const raw = await git.raw('ls-tree', '-r', '-z', '--full-tree', commit)
  return raw.split('\0').flatMap(line => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []))
}

/** Whether a path is linked, or lies in a folder that is. */
export const isLinked = (path: string, link: string[]): boolean =>
  link.some(linked => path === linked || path.startsWith(`${linked}/`))

/**
 * What to do about submodules whose files runs do not have; empty when there is none.
 * @param program path of program.md from the root @param link paths from there
 */
export async function submoduleNotes(git: Git, commit: string, program: string, link: string[]): Promise<string[]> {
  const found = (await submodulesOf(git, commit)).filter(path => !isLinked(path, link))
  if (found.length === 0) return []
  const [are, their] = found.length === 1 ? ['is a submodule', 'its'] : ['are submodules', 'their']
  const given = found.map(path => sanitizeText(posix.relative(posix.dirname(program), path), 120))
  return [
    `${named(found)} ${are}: runs do not have ${their} files; if they need them, add \`link: [${given.join(', ')}]\` to program.md`,
  ]
}

/** @throws {Failure} when a linked submodule has no files in the user's checkout either */
export async function checkLinkedSubmodules({ git, root, head }: Repository, link: string[]): Promise<void> {
  if (link.length === 0) return
  for (const path of await submodulesOf(git, head))
    if (isLinked(path, link) && !existsSync(join(root, path, '.git')))
      throw new Failure(
        `link: ${sanitizeText(path)} is a submodule that is not checked out in ${root}.`,
        `Run \`git submodule update --init ${shellWord(path)}\` there first.`,
      )
}
