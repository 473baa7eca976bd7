/**
 * Checks whether a session's folder is safe to publish, and names what its pages are made without. Folders may come from
 * others: the name becomes part of a URL, and what a link in it names (`run.log` → /etc/passwd) may be from outside of it.
 * No reader of records follows such a link, also not one in place of a folder.
 */
import { accessSync, constants, type Dirent, lstatSync, readdirSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { kindOf } from '../../scripts/lib/files/regularFile.ts'
import { megabytes } from '../../scripts/lib/format.ts'
import { contains } from '../../scripts/lib/paths.ts'
import { limitOf } from '../../scripts/record/limits.ts'

/** Characters of session ids; none needs an escape in a URL, a path or a table. */
const name = /^\w[\w.+-]*$/

/** More files and folders than this belong to no session: it has about ten for each experiment. */
const MAX_ENTRIES = 1_000_000

export interface Inspected {
  /** A sentence that says why the folder is not published; null where it is safe. */
  problem: string | null
  /** What pages are made without, e.g. "runs/0003/1/curve.csv, a pipe". */
  leftOut: string[]
}

/** The folders of records: runs/, runs/<NNNN>/, runs/<NNNN>/<k>/, program/, and source/ with those in it. */
const folderOfRecords = /^(runs(\/[^/]+){0,2}|program|source(\/.*)?)$/s

/** @param root folder of the sessions */
export async function inspectFolder(root: string, id: string): Promise<Inspected> {
  const advice = 'and none of it is shown.'
  const problem = (text: string): Inspected => ({ problem: `${text}, ${advice}`, leftOut: [] })
  if (!name.test(id)) return problem('Its name is not of letters, digits, “.”, “_”, “+” and “-” alone')
  const folder = join(root, id)
  const real = await realpath(folder)
  if (!contains(await realpath(root), real)) return problem('It is a link out of the folder of the sessions')
  const leftOut: string[] = []
  const folders = ['']
  let count = 0
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    const entries = entriesOf(join(folder, below))
    if (entries === null) leftOut.push(`${below}, a folder that cannot be listed`)
    count += entries?.length ?? 0
    if (count > MAX_ENTRIES) return problem(`It has more than ${MAX_ENTRIES.toLocaleString('en')} files`)
    for (const entry of entries ?? []) {
      const inside = join(below, entry.name)
      if (entry.isDirectory()) folders.push(inside)
      else if (entry.isSymbolicLink()) {
        const target = await realpath(join(folder, inside)).catch(() => null)
        if (target === null) leftOut.push(`${inside}, a broken link`)
        else if (!contains(real, target)) leftOut.push(`${inside}, a link out of the session`)
        else if (limitOf(entry.name) !== null || folderOfRecords.test(inside)) leftOut.push(`${inside}, a link`)
      } else {
        const what = kindOf(entry) ?? whyNotRead(join(folder, inside), limitOf(entry.name))
        if (what !== null) leftOut.push(`${inside}, ${what}`)
      }
    }
  }
  return { problem: null, leftOut: leftOut.sort() }
}

function entriesOf(folder: string): Dirent[] | null {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return null // Without the right to list it, or with a name that is too long or not UTF-8.
  }
}

/** @param limit in bytes; null: the file is not read */
function whyNotRead(path: string, limit: number | null): string | null {
  if (limit === null) return null
  try {
    const { size } = lstatSync(path)
    if (size > limit) return `a file of ${megabytes(size)} (the limit is ${megabytes(limit)})`
    accessSync(path, constants.R_OK)
    return null
  } catch {
    return 'a file that this user may not read'
  }
}
