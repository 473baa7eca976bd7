/** The code of a commit: the contents of the files that experiments edit. Equal for a change and what takes it back. */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { editIn } from '../../program/read.ts'
import { type Commit, readFile } from './commits.ts'
import type { ForeignGit } from './git.ts'
import { changedFiles, entryAt, type Trees } from './trees.ts'

/** Files that are compared in each commit. */
const MAX_FILES = 100

/**
 * Paths of the files that experiments edit: those that the rows' commits changed, else those that any commit of the
 * session changed. If program.md, at one of the commits `declaredIn`, declares some of them, only what it declares counts.
 * Notes, tables, logs and pictures count only if nothing else changed, for many commits write them beside the code.
 */
export async function editedPaths(
  git: ForeignGit,
  trees: Trees,
  { declaredIn, rows, session }: { declaredIn: string[]; rows: Commit[]; session: Commit[] },
  bySha: Map<string, Commit>,
  table: string | null,
): Promise<string[]> {
  const byRows = await changedBy(trees, rows, bySha, table)
  const changed = byRows.length > 0 ? byRows : await changedBy(trees, session, bySha, table)
  for (const sha of declaredIn) {
    const text = await readFile(git, sha, 'program.md')
    const declared = text === null ? [] : editIn(text)
    if (declared.some(path => changed.includes(path))) return declared.slice(0, MAX_FILES)
  }
  const code = changed.filter(path => !isBeside(path))
  return (code.length > 0 ? code : changed).slice(0, MAX_FILES)
}

/** Files that commits changed, the most frequent first. */
async function changedBy(
  trees: Trees,
  commits: Commit[],
  bySha: Map<string, Commit>,
  table: string | null,
): Promise<string[]> {
  const counts = new Map<string, number>()
  for (const { parents, tree } of commits) {
    const parent = bySha.get(parents[0] ?? '')
    const changed = parent === undefined ? [] : await changedFiles(trees, parent.tree, tree)
    if (typeof changed === 'string') continue
    for (const { path } of changed) if (path !== table) counts.set(path, (counts.get(path) ?? 0) + 1)
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([path]) => path)
}

/** Whether it is a file that people or runs write beside the code. */
const isBeside = (path: string): boolean =>
  /\.(?:md|markdown|rst|txt|tsv|csv|jsonl|log|png|jpe?g|gif|svg|pdf|html)$/i.test(path) ||
  /^(?:license|readme|changelog|notes|\.gitignore|\.gitattributes)$/i.test(posix.basename(path))

/** A hash of each commit's code, by commit; a commit whose trees are missing has none. */
export async function readCodeHashes(trees: Trees, commits: Commit[], paths: string[]): Promise<Map<string, string>> {
  const byTree = new Map<string, Promise<string | null>>()
  const codeOf = async (tree: string) => {
    const entries = await Promise.all(paths.map(path => entryAt(trees, tree, path)))
    if (entries.includes('missing')) return null
    const code = entries.map(entry => (entry === null || entry === 'missing' ? '' : `${entry.mode} ${entry.sha}`))
    return createHash('sha1').update(code.join('\n')).digest('hex')
  }
  const codes = new Map<string, string>()
  for (const { sha, tree } of commits) {
    const code = byTree.get(tree) ?? codeOf(tree)
    byTree.set(tree, code)
    const found = await code
    if (found !== null) codes.set(sha, found)
  }
  return codes
}
