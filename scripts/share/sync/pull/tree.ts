/** Looks at a session's tree on a branch, which anyone may have made, before a file of it is written. */
import { join } from 'node:path'
import type { ForeignGit } from '../../../collect/git/git.ts'
import { megabytes } from '../../../lib/format.ts'
import { contains } from '../../../lib/paths.ts'
import { sanitizeText } from '../../../lib/text.ts'
import { limitOf, maxBytes } from '../../../record/limits.ts'
import { isShared, MAX_FILES } from '../../sessionFiles.ts'
import { Refused } from './refused.ts'

export interface SharedFile {
  /** Relative to the session's folder, with forward slashes. */
  path: string
  blob: string
}

/** Bytes of the list of a session's files; a tree that names one tree many times could list more than any disk holds. */
const MAX_LISTING = 2 ** 23
/** Bytes of all files of one session. */
const MAX_TOTAL = 2 ** 28

/** Without them there is no session. */
const records = new Set(['session.json', 'experiments.jsonl'])
/** Files that are computed here from the others. */
const computed = new Set(['digest.json', 'report.md', 'results.tsv', 'source.json'])

/**
 * The files of a session that are read: those with names that a session has, and that are not too large. Others are left
 * out: a newer version may share more.
 * @throws {Refused} when it holds a link, a submodule, a path out of its folder, a name twice, or too much in all
 */
export async function listTree(git: ForeignGit, tree: string): Promise<SharedFile[]> {
  const listing = await git.run(['ls-tree', '-r', '-l', '-z', '--full-tree', tree], { maxBytes: MAX_LISTING })
  if ('failed' in listing)
    throw new Refused(listing.failed === 'size' ? tooMany : `git cannot list its files: ${listing.message}`)
  // e.g. "100644 blob <sha>    1234\truns/0001/change.patch\0"
  const lines = listing.bytes.toString('utf8').split('\0').slice(0, -1)
  if (lines.length > MAX_FILES) throw new Refused(tooMany)
  const seen = new Set<string>()
  const files: SharedFile[] = []
  let total = 0
  for (const line of lines) {
    const [, mode = '', blob = '', size = '', path = ''] = /^(\d+) \w+ (\w+) +(\d+|-)\t(.*)$/s.exec(line) ?? []
    checkPath(path, seen)
    if (!mode.startsWith('100')) throw new Refused(`${shown(path)} is ${kinds[mode] ?? 'no regular file'}`)
    const isTooLarge = Number(size) > limit(path)
    if (isTooLarge && records.has(path))
      throw new Refused(`${path} has ${megabytes(Number(size))}, and at most ${megabytes(limit(path))} are read`)
    if (isTooLarge || !isShared(path) || computed.has(path)) continue
    total += Number(size)
    if (total > MAX_TOTAL) throw new Refused(`its files have more than ${megabytes(MAX_TOTAL)}`)
    files.push({ path, blob })
  }
  return files
}

const tooMany = `it has more than ${MAX_FILES} files`
const kinds: Partial<Record<string, string>> = { '120000': 'a link', '160000': 'a submodule' }
const shown = (path: string): string => sanitizeText(path, 120)

/** @param seen paths of files and folders so far; of folders with a slash at the end */
function checkPath(path: string, seen: Set<string>): void {
  const names = path.split('/')
  // A backslash and a colon mean something on Windows; git's own folder means something to git.
  const isPlain = names.every(name => /^[^\\:\p{C}]{1,200}$/u.test(name) && !/^(?:\.{1,2}|\.git)$/i.test(name))
  if (!isPlain || path.length > 1000 || !contains('/session', join('/session', path)))
    throw new Refused(`the path ${JSON.stringify(shown(path))} is not allowed`)
  if (seen.has(path) || seen.has(`${path}/`)) throw new Refused(`${shown(path)} is listed twice`)
  seen.add(path)
  for (let i = 1; i < names.length; i++) {
    const folder = names.slice(0, i).join('/')
    if (seen.has(folder)) throw new Refused(`${shown(folder)} is listed twice`)
    seen.add(`${folder}/`)
  }
}

/** Bytes of a file, by its name. */
function limit(path: string): number {
  if (path.startsWith('source/') || path.startsWith('program/')) return maxBytes.source
  const name = path.split('/').at(-1) ?? ''
  if (name === 'run.log') return maxBytes.log
  return limitOf(name) ?? maxBytes.transcript
}
