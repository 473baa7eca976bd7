/** Reads a proposal's worktree as a tree. It may contain huge files, or files that git cannot store. */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { isFolder } from '../../lib/files/listFiles.ts'
import { megabytes } from '../../lib/format.ts'
import { saidBy } from '../../lib/git/failure.ts'
import { findIrregular, isReadByGit } from '../../lib/git/irregular.ts'
import { submodulesInIndex, writeTree } from '../../lib/git/worktree.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Worktree } from '../session/context.ts'
import { forbidden, MAX_PATCH_BYTES, type Refused } from './guard.ts'

/** A tree object, or why there is none. */
export type ProposalTree = { kind: 'tree'; tree: string } | { kind: 'refused'; refused: Refused }

/** Writes the worktree as a tree object. Large edits are refused first, as git would keep their blobs for weeks. */
export async function readProposalTree(worktree: Worktree, base: string): Promise<ProposalTree> {
  if (!(await isFolder(worktree.path)))
    return { kind: 'refused', refused: forbidden('it removes or moves the folder that it works in') }
  const pipe = findIrregular(worktree.path)
    .find(isReadByGit)
    ?.toString()
    .slice(worktree.path.length + 1)
  if (pipe !== undefined) return { kind: 'refused', refused: forbidden(`${sanitizeText(pipe)} is no regular file`) }
  const [tooLarge, submodules] = await Promise.all([refuseIfTooLarge(worktree, base), submodulesInIndex(worktree.git)])
  if (tooLarge) return { kind: 'refused', refused: tooLarge }
  try {
    return { kind: 'tree', tree: await writeTree(worktree.git, submodules) }
  } catch (error) {
    const problem = gitProblem.exec(saidBy(error))?.[0]
    if (problem === undefined) throw error
    return { kind: 'refused', refused: forbidden(`git cannot store its files (${sanitizeText(problem)})`) }
  }
}

/** Errors of `git add`: a nested repository without a commit, an unreadable file, a pipe or a device. */
const gitProblem =
  /'[^'\n]*' does not have a commit checked out|open\("[^"\n]*"\): Permission denied|[^\n:]*: can only add regular files/

async function refuseIfTooLarge({ git, path }: Worktree, base: string): Promise<Refused | null> {
  const raw = await git.raw(
    'status',
    '--porcelain=v1',
    '--branch',
    '-z',
    '--untracked-files=all',
    '--no-renames',
    '--ignore-submodules',
  )
  // e.g. "## HEAD (no branch)\0 M trainer/train.py\0?? notes.md\0"; the first line keeps the blank of the second.
  const [, ...entries] = raw.split('\0')
  const changed = entries.flatMap(entry => (entry === '' ? [] : [entry.slice(3)]))
  // Its size cannot be looked up.
  const unnamed = changed.find(name => name.includes('\ufffd'))
  if (unnamed !== undefined) return forbidden(`it writes ${sanitizeText(unnamed)}, whose name is not UTF-8`)
  const sizes = await Promise.all(changed.map(name => sizeOf(join(path, name))))
  if (sum(sizes) <= MAX_PATCH_BYTES) return null
  const before = await Promise.all(changed.map(name => git.raw('cat-file', '-s', `${base}:${name}`).catch(() => '0')))
  const grown = sizes.map((size, i) => size - Number(before[i]))
  if (sum(grown) <= MAX_PATCH_BYTES) return null
  const largest = changed[grown.indexOf(Math.max(...grown))] ?? ''
  return forbidden(
    `it writes ${megabytes(sum(grown))} (${sanitizeText(largest)}); the limit is ${megabytes(MAX_PATCH_BYTES)}`,
  )
}

const sizeOf = (path: string): Promise<number> =>
  lstat(path).then(
    stat => (stat.isFile() ? stat.size : 0),
    () => 0,
  )

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0)
