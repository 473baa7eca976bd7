/** The files of a session's folder as they may leave the machine: a list of known names, no others. */
import { basename, join } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { listFiles } from '../lib/files/listFiles.ts'
import { readFound } from '../lib/files/regularFile.ts'
import { publicFile } from '../lib/secrets/publish.ts'
import { redact } from '../lib/secrets/redact.ts'
import { sanitizeText } from '../lib/text.ts'
import { maxBytes } from '../record/limits.ts'
import { type Hit, keysInText } from './scan.ts'

export interface FileOptions {
  /** Leaves paths, user and host names as they are. */
  keepPaths: boolean
  /** Adds logs and transcripts. */
  withLogs: boolean
}

export interface SessionFile {
  /** Relative to the session's folder, with forward slashes. */
  path: string
  text: string
}

/** What the session's page shows or links, and `collect` reads. Not the journal, nor where the session was posted. */
const records = [
  /^(?:session|digest|source|report\.check)\.json$/,
  /^experiments\.jsonl$/,
  /^(?:results\.tsv|report\.md|report\.source\.md|final\.patch)$/,
  /^source\/.+$/,
  /^program\/[0-9a-f]{64}\.md$/,
  /^runs\/\d{4,}\/change\.patch$/,
  /^runs\/\d{4,}\/\d+\/(?:curve|rows-val|rows-holdout)\.csv$/,
]

const logs = [/^report\.jsonl$/, /^runs\/\d{4,}\/proposal\.jsonl$/, /^runs\/\d{4,}\/\d+\/run\.log$/]

/** Whether a file of a session, by its path there, is one that is shared: with --with-logs, or without. */
export const isShared = (path: string): boolean => [...records, ...logs].some(pattern => pattern.test(path))

/** Files of one session. */
export const MAX_FILES = 20_000
/** Bytes of all files; a larger branch is a nuisance to everyone who fetches it. */
const MAX_TOTAL = 2 ** 26

/**
 * Reads them: without the names of the user and the machine, unless `keepPaths`. Links, pipes and files that are no UTF-8
 * are left out.
 * @returns them with the keys that they hold: a caller must fail on these
 * @throws {Failure} when they are too large
 */
export async function readSessionFiles(
  folder: string,
  { keepPaths, withLogs }: FileOptions,
): Promise<{ files: SessionFile[]; keys: Hit[] }> {
  const wanted = withLogs ? [...records, ...logs] : records
  const paths = (await listFiles(folder, MAX_FILES)).filter(path => wanted.some(pattern => pattern.test(path)))
  const files: SessionFile[] = []
  const keys: Hit[] = []
  let total = 0
  for (const path of paths) {
    const found = await readFound(join(folder, path), { limit: maxBytes.journal, root: folder })
    if (found.kind !== 'file') continue
    total += found.size
    if (total > MAX_TOTAL) throw tooLarge(basename(folder), withLogs)
    const text = found.bytes.toString('utf8')
    if (!Buffer.from(text).equals(found.bytes)) continue
    keys.push(...keysInText(text, `${basename(folder)}/${path}`))
    files.push({ path, text: keepPaths ? redact(text) : publicFile(path, text) })
  }
  return { files, keys }
}

const tooLarge = (id: string, withLogs: boolean): Failure =>
  new Failure(
    `The files of ${sanitizeText(id)} have more than ${MAX_TOTAL / 2 ** 20} MB.`,
    withLogs ? 'Leave out --with-logs, or the session.' : 'Leave out the session.',
  )
