/**
 * Whether the folder in which evaluators run holds its frozen files and nothing else: a module that was planted beside
 * them would be imported. Imports only node's modules: the runner's start-up time counts.
 */
import { type Dirent, lstatSync, readlinkSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkFrozen } from './frozenHashes.ts'

/** What the folder holds, as JSON has it. */
export interface EvaluationFolder {
  folder: string
  /** Hashes of its files by path, with forward slashes, as in a `Frozen`. */
  hashes: Record<string, string>
  /** Its links by path, with their targets. */
  links: Record<string, string>
}

/** The first path that differs, with what it is: "score.js has changed", "json.py was put there"; null where none does. */
export async function changeIn({ folder, hashes, links }: EvaluationFolder): Promise<string | null> {
  const { changed } = await checkFrozen(folder, new Map(Object.entries(hashes)))
  if (changed !== null) return `${changed} has changed`
  const link = Object.entries(links).find(([path, target]) => targetOf(join(folder, path)) !== target)
  if (link !== undefined) return `${link[0]} has changed`
  const known = new Set([...Object.keys(hashes), ...Object.keys(links), '.git'])
  const planted = await firstPlanted(folder, known)
  return planted === null ? null : `${planted} was put there`
}

function targetOf(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null
  } catch {
    return null // Removed, or in the place of its folder lies a file.
  }
}

/** The first entry that is neither known nor a folder around something known. */
async function firstPlanted(root: string, known: ReadonlySet<string>): Promise<string | null> {
  const around = new Set([...known].flatMap(foldersOf))
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (known.has(path)) continue
      if (!entry.isDirectory() || !around.has(path)) return path
      folders.push(path)
    }
  }
  return null
}

/** The folders around a path: "a/b/c" lies in "a/b" and "a". */
function foldersOf(path: string): string[] {
  const folder = dirname(path)
  return folder === '.' ? [] : [folder, ...foldersOf(folder)]
}

/** Ends at a folder that cannot be listed: what should be in it is then missing. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries: Dirent[] = []
  try {
    for await (const entry of await opendir(folder)) entries.push(entry)
  } catch {
    // Its frozen files have changed, too, which is found before.
  }
  return entries
}
