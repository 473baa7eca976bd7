/** Reads git's trees: the tables and submodules in one, the files that differ between two, the blob at a path. */
import type { ForeignGit } from './git.ts'

export interface Entry {
  name: string
  /** Octal, e.g. 100644; 40000: a folder, 120000: a symbolic link, 160000: a submodule. */
  mode: string
  sha: string
}

export interface Change {
  path: string
  isSubmodule: boolean
}

export interface Trees {
  /** Entries of a tree; null if it is missing, or too large. */
  read(sha: string): Promise<Entry[] | null>
}

/** A tree of 16 MiB has about 400,000 entries. */
const MAX_TREE_BYTES = 2 ** 24
/** Entries that are kept in memory. */
const MAX_ENTRIES = 2_000_000

/** Trees by their hash, each read once. */
export function openTrees({ objects }: ForeignGit): Trees {
  const known = new Map<string, Promise<Entry[] | null>>()
  let entries = 0
  const readTree = async (sha: string) => {
    const found = await objects.read(sha, MAX_TREE_BYTES)
    if (found === null || found === 'large' || found.type !== 'tree') return null
    const tree = parseTree(found.bytes, sha.length / 2)
    entries += tree.length
    return tree
  }
  return {
    read: sha => {
      if (entries > MAX_ENTRIES) {
        known.clear()
        entries = 0
      }
      const tree = known.get(sha) ?? readTree(sha)
      known.set(sha, tree)
      return tree
    },
  }
}

/** e.g. "100644 train.py\0<20 bytes>40000 lib\0<20 bytes>" */
function parseTree(bytes: Buffer, hashBytes: number): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at)
    const end = bytes.indexOf(0, space)
    if (space < 0 || end < 0) break
    const hash = bytes.subarray(end + 1, end + 1 + hashBytes)
    entries.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.toString('utf8', space + 1, end),
      sha: hash.toString('hex'),
    })
    at = end + 1 + hashBytes
  }
  return entries
}

export const isFolder = ({ mode }: Entry): boolean => mode === '40000'
export const isSubmodule = ({ mode }: Entry): boolean => mode === '160000'
/** A regular file; links are not followed. */
export const isRegular = ({ mode }: Entry): boolean => mode.startsWith('100')

/** Folders deeper than this are not searched. */
const MAX_DEPTH = 6
/** Files of one tree that are listed. */
const MAX_LISTED = 1000

export interface Listing {
  /** Entries that were asked for, with their paths, in git's order. */
  entries: (Entry & { path: string })[]
  /** Whether a tree is missing. */
  missing: boolean
}

/**
 * Searches trees, each folder once however many commits have it.
 * @param wanted by its entry alone, so that the answer is the same in every folder
 */
export function treeSearch(trees: Trees, wanted: (entry: Entry) => boolean): (tree: string) => Promise<Listing> {
  const known = new Map<string, Promise<Listing>>()
  const search = async (tree: string, depth: number): Promise<Listing> => {
    const entries = await trees.read(tree)
    if (entries === null) return { entries: [], missing: true }
    const parts = await Promise.all(
      entries.map(async (entry): Promise<Listing> => {
        if (!isFolder(entry)) return { entries: wanted(entry) ? [{ ...entry, path: entry.name }] : [], missing: false }
        if (depth >= MAX_DEPTH) return { entries: [], missing: false }
        const inner = await once(entry.sha, depth + 1)
        return { ...inner, entries: inner.entries.map(found => ({ ...found, path: `${entry.name}/${found.path}` })) }
      }),
    )
    return {
      entries: parts.flatMap(part => part.entries).slice(0, MAX_LISTED),
      missing: parts.some(part => part.missing),
    }
  }
  const once = (tree: string, depth: number) => {
    const key = `${depth} ${tree}`
    const found = known.get(key) ?? search(tree, depth)
    known.set(key, found)
    return found
  }
  return tree => once(tree, 1)
}

/** The entry at a path; null if there is none, 'missing' if a tree on the way is missing. */
export async function entryAt(trees: Trees, tree: string, path: string): Promise<Entry | null | 'missing'> {
  const names = path.split('/')
  const last = names.pop()
  let sha = tree
  for (const name of names) {
    const entries = await trees.read(sha)
    if (entries === null) return 'missing'
    const folder = entries.find(entry => entry.name === name)
    if (!folder || !isFolder(folder)) return null
    sha = folder.sha
  }
  const entries = await trees.read(sha)
  return entries === null ? 'missing' : (entries.find(({ name }) => name === last) ?? null)
}

/** More changed files than this are not listed. */
const MAX_CHANGES = 1000

/**
 * Files that differ between two trees.
 * @param from null: every file of `to` @returns 'missing' if a tree is missing, 'large' if more than 1000 files differ
 */
export async function changedFiles(
  trees: Trees,
  from: string | null,
  to: string | null,
): Promise<Change[] | 'missing' | 'large'> {
  const found: Change[] = []
  let missing = false
  const compare = async (a: string | null, b: string | null, folder: string): Promise<void> => {
    if (a === b || missing || found.length > MAX_CHANGES) return
    const [before, after] = await Promise.all([a, b].map(sha => (sha === null ? [] : trees.read(sha))))
    if (!before || !after) {
      missing = true
      return
    }
    const old = new Map(before.map(entry => [entry.name, entry]))
    const now = new Map(after.map(entry => [entry.name, entry]))
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [x, y] = [old.get(name), now.get(name)]
      if (x?.sha === y?.sha && x?.mode === y?.mode) continue
      const path = `${folder}${name}`
      const [folderX, folderY] = [x, y].map(entry => (entry && isFolder(entry) ? entry.sha : null))
      if (folderX || folderY) await compare(folderX ?? null, folderY ?? null, `${path}/`)
      const files = [x, y].filter(entry => entry !== undefined && !isFolder(entry))
      if (files.length > 0)
        found.push({ path, isSubmodule: files.some(entry => entry !== undefined && isSubmodule(entry)) })
    }
  }
  await compare(from, to, '')
  return missing ? 'missing' : found.length > MAX_CHANGES ? 'large' : found
}
