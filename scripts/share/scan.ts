/** Blocks what would leave the machine where the files that it is made from, or its text, hold a key. */
import { basename, join, relative, resolve } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { listFiles } from '../lib/files/listFiles.ts'
import { readRegularFile } from '../lib/files/read.ts'
import { slashes } from '../lib/paths.ts'
import { type KeyInText, keysIn } from '../lib/secrets/redact.ts'
import { plural, sanitizeText } from '../lib/text.ts'
import { files } from '../record/files/paths.ts'
import { limitOf, maxBytes, maxFiles } from '../record/limits.ts'
import type { Experiment } from '../record/schema.ts'

/** A key and where it stands. */
export interface Hit extends KeyInText {
  /** Path of the file, or what a text without a file is called. */
  where: string
}

/** Keys that an error lists. */
const MAX_LISTED = 10

/**
 * @param experiments of the session
 * @returns the keys in all files of a session that its report is made from: records, prose, diffs, the baseline's files; and in
 * the names of these files
 */
export async function keysInSession(folder: string, experiments: Experiment[]): Promise<Hit[]> {
  const sources = (await listFiles(files.source(folder), maxFiles.source)).map(path => join(files.source(folder), path))
  const paths = [
    files.session(folder),
    files.experiments(folder),
    files.mapping(folder),
    files.reportSource(folder),
    files.reportCheck(folder),
    files.report(folder),
    files.finalPatch(folder),
    ...experiments.map(({ number }) => files.patch(folder, number)),
    ...sources,
  ]
  const hits: Hit[] = [...keysInText(basename(folder), 'the name of the session')]
  for (const path of paths) {
    const inside = slashes(relative(resolve(folder, '..'), path))
    const text = await readRegularFile(path, limitOf(basename(path)) ?? maxBytes.source, folder)
    const shown = `${basename(resolve(folder, '..'))}/${inside}`
    hits.push(...keysInText(inside, `the name of ${sanitizeText(shown)}`), ...keysInText(text ?? '', shown))
  }
  return hits
}

export const keysInText = (text: string, where: string): Hit[] => keysIn(text).map(key => ({ ...key, where }))

/**
 * @param what would be sent @param otherwise what else can be done, a sentence
 * @throws {Failure} that lists the keys, if there are any, with file, line and a masked value
 */
export function failOnKeys(hits: Hit[], what = 'the post', otherwise = ''): void {
  if (hits.length === 0) return
  const lines = hits
    .slice(0, MAX_LISTED)
    .map(hit => `  ${sanitizeText(hit.where.replaceAll(hit.text, masked(hit)), 300)}:${hit.line}: ${masked(hit)}`)
  const more = hits.length - lines.length
  throw new Failure(
    `Nothing was sent: ${what} would be made from files with ${plural(hits.length, 'key')}:\n${[...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')}`,
    `Take ${hits.length === 1 ? 'it' : 'them'} out of these files and revoke ${hits.length === 1 ? 'it' : 'them'}: what a file held may have been read. \`${command('report')}\` writes report.md again from the records.${otherwise === '' ? '' : ` ${otherwise}`}`,
  )
}

/** What all keys of a kind begin with; it says nothing of the key itself. */
const beginning =
  /^(?:[A-Za-z]{2,10}[_-](?=\S{16})(?:pat_|ant-|proj-|live_|test_)?|AKIA|ASIA|AIza|ya29\.|eyJ|SG\.|-----BEGIN)/

/** "ghp_…, 40 characters"; of a value of the environment the variable's name. */
export function masked({ text, variable }: Pick<KeyInText, 'text' | 'variable'>): string {
  if (variable !== null) return `the value of ${variable}`
  return `${beginning.exec(text)?.[0] ?? ''}…, ${plural(text.length, 'character')}`
}
