/**
 * Brings a post's files into a folder of docs that others write to as well. Only files that differ are written, and only files
 * that a post wrote and nobody has edited since are replaced or removed.
 */
import { lstat, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { makeFolders, writeAtomic } from '../../lib/files/disk.ts'
import { ifThere } from '../../lib/files/read.ts'
import { kindOf, readFound } from '../../lib/files/regularFile.ts'
import { jsonText, named } from '../../lib/text.ts'
import { hashOf, type Manifest, manifestFile } from './manifest.ts'

export interface Changes {
  /** Paths in the folder, by what happens to them. */
  created: string[]
  updated: string[]
  unchanged: string[]
  removed: string[]
}

/**
 * What writing would change.
 * @param wanted content by path
 * @param dropped files of an earlier post of the same pages that these no longer have
 * @throws {Failure} where a file in the way is not ours, or a person has edited it; nothing is written then
 */
export async function plannedChanges(
  folder: string,
  wanted: ReadonlyMap<string, string>,
  dropped: string[],
  manifest: Manifest | null,
): Promise<Changes> {
  const changes: Changes = { created: [], updated: [], unchanged: [], removed: [] }
  const [edited, foreign]: [string[], string[]] = [[], []]
  for (const [path, content] of wanted) {
    const found = await contentOf(folder, path)
    const known = manifest?.files[path]
    if (found === null) changes.created.push(path)
    else if (found.equals(Buffer.from(content))) changes.unchanged.push(path)
    else if (known === undefined) foreign.push(path)
    else if (known.includes(hashOf(found))) changes.updated.push(path)
    else edited.push(path)
  }
  for (const path of dropped) {
    const found = await contentOf(folder, path)
    if (found !== null && manifest?.files[path]?.includes(hashOf(found))) changes.removed.push(path)
  }
  if (foreign.length > 0)
    throw new Failure(
      `${folder} has ${named(foreign)}, which \`${command('post')}\` did not write.`,
      'Move it away, or post to another folder with --out. Nothing was written.',
    )
  if (edited.length > 0)
    throw new Failure(
      `${named(edited)} in ${folder} was edited after \`${command('post')}\` wrote it.`,
      'Put your text into a page of its own and remove the edited one; it is then written again. Nothing was written.',
    )
  return changes
}

/** Writes what `plannedChanges` found. @param manifest of the folder as it is afterwards @param before the earlier one */
export async function applyChanges(
  folder: string,
  wanted: ReadonlyMap<string, string>,
  { created, updated, removed }: Changes,
  manifest: Manifest,
  before: Manifest | null,
): Promise<void> {
  const text = jsonText(manifest)
  const isNew = before === null || jsonText(before) !== text
  if (isNew) {
    await makeFolders(folder)
    await checkPath(folder, manifestFile)
    const both = { ...manifest, files: joined(before?.files ?? {}, manifest.files) }
    await writeAtomic(join(folder, manifestFile), jsonText(both))
  }
  for (const path of [...created, ...updated]) {
    await checkPath(folder, path)
    await writeAtomic(join(folder, path), wanted.get(path) ?? '')
  }
  for (const path of removed) {
    await checkPath(folder, path)
    await rm(join(folder, path))
  }
  if (isNew) await writeAtomic(join(folder, manifestFile), text)
}

function joined(a: Manifest['files'], b: Manifest['files']): Manifest['files'] {
  const paths = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.fromEntries(paths.map(path => [path, [...new Set([...(a[path] ?? []), ...(b[path] ?? [])])].slice(-4)]))
}

/** null where there is none. @throws {Failure} for anything but a regular file in a real folder */
async function contentOf(folder: string, path: string): Promise<Buffer | null> {
  await checkPath(folder, path)
  const found = await readFound(join(folder, path))
  if (found.kind === 'file') return found.bytes
  if (found.kind === 'missing') return null
  throw notOurs(join(folder, path), found.what)
}

/** A link in the folder could lead a write anywhere. @throws {Failure} */
async function checkPath(folder: string, path: string): Promise<void> {
  for (let inner = dirname(path); inner !== '.'; inner = dirname(inner)) {
    const stats = await ifThere(lstat(join(folder, inner)))
    if (stats !== null && !stats.isDirectory()) throw notOurs(join(folder, inner), kindOf(stats) ?? 'a file')
  }
  const stats = await ifThere(lstat(join(folder, path)))
  const kind = stats === null ? null : kindOf(stats)
  if (kind !== null) throw notOurs(join(folder, path), kind)
}

const notOurs = (path: string, what: string): Failure =>
  new Failure(`${path} is ${what}.`, 'Move it away, or post to another folder with --out. Nothing was written.')
