/** The diffs between commits, many with one process. */
import parseDiff from 'parse-diff'
import type { Commit } from './commits.ts'
import type { ForeignGit } from './git.ts'
import { changedFiles, type Trees } from './trees.ts'

export interface Patch {
  text: string
  paths: string[]
  added: number
  removed: number
  /** Submodules that changed: their files are in other repositories. */
  submodules: string[]
}

export interface Pair {
  from: Commit
  to: Commit
}

/** Patches larger than this (bytes) are not read. */
const MAX_PATCH_BYTES = 4 * 2 ** 20
/** Pairs that one process compares; their patches together have the limit of one. */
const PAIRS = 32

/**
 * The diff of each pair without the table, as `git apply` takes it; empty if nothing changed, 'large' if it is too
 * large, 'missing' if the repository lacks files that it needs.
 */
export async function readPatches(
  git: ForeignGit,
  trees: Trees,
  pairs: Pair[],
  table: string | null,
): Promise<(Patch | 'large' | 'missing')[]> {
  const changes = await Promise.all(pairs.map(({ from, to }) => changedFiles(trees, from.tree, to.tree)))
  const paths = changes.map(changed =>
    typeof changed === 'string'
      ? []
      : changed.flatMap(({ path, isSubmodule }) => (isSubmodule || path === table ? [] : [path])),
  )
  const compared = pairs.filter((_, i) => paths[i]?.length !== 0)
  const texts = new Map<Pair, Text>()
  for (let i = 0; i < compared.length; i += PAIRS) {
    const some = compared.slice(i, i + PAIRS)
    for (const [j, text] of (await readTexts(git, some, table)).entries()) texts.set(some[j] as Pair, text)
  }
  return pairs.map((pair, i) => {
    const changed = changes[i] ?? 'missing'
    if (typeof changed === 'string') return changed
    const found = texts.get(pair) ?? { text: '' }
    if ('failed' in found) return found.failed
    const files = parseDiff(found.text)
    const sum = (of: 'additions' | 'deletions') => files.reduce((total, file) => total + file[of], 0)
    const submodules = changed.flatMap(({ path, isSubmodule }) => (isSubmodule ? [path] : []))
    return { ...found, paths: paths[i] ?? [], added: sum('additions'), removed: sum('deletions'), submodules }
  })
}

type Text = { text: string } | { failed: 'large' | 'missing' }

/** Where one of the pairs fails, or all are too large together, each half is read by itself. */
async function readTexts(git: ForeignGit, pairs: Pair[], table: string | null): Promise<Text[]> {
  const how = [
    '--full-index',
    '--binary',
    '--no-ext-diff',
    '--no-textconv',
    '--no-renames',
    '--no-color',
    '--ignore-submodules=all',
    '--src-prefix=a/',
    '--dst-prefix=b/',
  ]
  const without = table === null ? [] : ['--', '.', `:(exclude,top,literal)${table}`]
  const headers = pairs.map(({ from, to }) => `${from.tree} ${to.tree}\n`)
  const found = await git.run(['diff-tree', '--stdin', '-r', '-p', ...how, ...without], {
    input: headers.join(''),
    maxBytes: MAX_PATCH_BYTES,
  })
  if ('bytes' in found) return split(found.bytes.toString('utf8'), headers).map(text => ({ text }))
  if (pairs.length === 1) return [{ failed: found.failed === 'git' ? 'missing' : 'large' }]
  const half = Math.ceil(pairs.length / 2)
  return [...(await readTexts(git, pairs.slice(0, half), table)), ...(await readTexts(git, pairs.slice(half), table))]
}

/** Git writes a pair's trees on a line, then its patch, no line of which is like that. */
function split(text: string, headers: string[]): string[] {
  let at = 0
  return headers.map((header, i) => {
    const start = at + header.length
    const next = headers[i + 1]
    // The line feed before the next header ends this patch, or this header if the patch is empty.
    at = next === undefined ? text.length : text.indexOf(`\n${next}`, start - 1) + 1
    return text.slice(start, at)
  })
}
