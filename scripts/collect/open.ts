/**
 * Finds out what a SOURCE is: an address, a repository, a bundle, a session folder or a table. Nothing in it is
 * trusted.
 */
import { lstat, open as openFile, readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Failure } from '../lib/errors.ts'
import { slashes } from '../lib/paths.ts'
import { sanitizeText } from '../lib/text.ts'
import { files } from '../record/files/paths.ts'
import { tableRank } from './git/commits.ts'
import { type Protocol, withoutCredentials } from './git/git.ts'

export interface LooseTable {
  path: string
  bytes: Buffer
  /** Other files of the folder that may be results tables, the likeliest first. */
  others: string[]
}

export type Opened =
  | { kind: 'session'; folder: string; from: string }
  | { kind: 'table'; from: string; name: string; table: LooseTable }
  | { kind: 'git'; from: string; name: string; location: string; protocol: Protocol; loose: LooseTable | null }

/**
 * @param table path of the table inside a folder; null: search for it @throws {Failure} if the source is none of these
 */
export async function openSource(source: string, table: string | null): Promise<Opened> {
  const address = readAddress(source)
  if (address) return { kind: 'git', from: withoutCredentials(source), name: nameOf(source), ...address, loose: null }
  const path = resolve(source)
  const found = await stat(path).catch((cause: unknown) => {
    throw new Failure(
      `${sanitizeText(source)} does not exist.`,
      'Give a path, or the URL of a repository: https://….',
      { cause },
    )
  })
  // The record may be published, so it does not contain this machine's folders.
  const from = slashes(basename(path))
  if (found.isFile()) return openFileSource(path, `${basename(dirname(path))}/${from}`)
  if (!found.isDirectory())
    throw new Failure(
      `${sanitizeText(source)} is neither a file nor a folder.`,
      'Give a repository, a bundle, a session folder or a table.',
    )
  if (await isFile(files.session(path))) return { kind: 'session', folder: path, from }
  const loose = await findLoose(path, table)
  if (await isRepository(path))
    return { kind: 'git', from, name: from, location: await realpath(path), protocol: 'file', loose }
  if (loose) return { kind: 'table', from: `${from}/${loose.path}`, name: from, table: loose }
  throw new Failure(
    `${sanitizeText(source)} is neither a repository nor a session folder, and has no results table.`,
    'Name the table: --table PATH.',
  )
}

/** The location to pass to git; null if `source` is a path. @throws {Failure} for an address that is unsafe */
export function readAddress(source: string): { location: string; protocol: Protocol } | null {
  const refused = (why: string) =>
    new Failure(
      `${sanitizeText(source)} cannot be collected: ${why}.`,
      'Give a path, or a URL that starts with https://, ssh:// or git://.',
    )
  if (source.startsWith('-')) throw refused('it starts with a dash')
  if (/^[\w+.-]*::/.test(source)) throw refused('such an address would start a program')
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase()
  if (scheme !== undefined) {
    const protocol = (['file', 'https', 'http', 'ssh', 'git'] as const).find(known => known === scheme)
    if (!protocol) throw refused(`the protocol ${scheme} is not supported`)
    const host = /^[^:]+:\/\/(?:[^/@]*@)?([^/]*)/.exec(source)?.[1] ?? ''
    if (host.startsWith('-')) throw refused('its host starts with a dash')
    return { location: source, protocol }
  }
  // git@host:path
  const [, user, host] = /^(?:([\w.-]+)@)([\w.-]+):(?!\/\/)/.exec(source) ?? []
  if (host === undefined) return null
  if (host.startsWith('-') || user?.startsWith('-')) throw refused('it starts with a dash')
  return { location: source, protocol: 'ssh' }
}

/** The last part of an address or path: "autoresearch" of ".../autoresearch.git". */
const nameOf = (source: string): string =>
  source
    .replace(/[/\\]+$/, '')
    .split(/[/\\:]/)
    .at(-1)
    ?.replace(/\.(?:git|bundle|tsv|csv|md|txt|jsonl|ndjson|json)$/i, '') ?? ''

async function openFileSource(path: string, from: string): Promise<Opened> {
  const start = (await readAtMost(path, 16)).toString('latin1')
  const name = nameOf(path)
  if (/^# v\d git bundle/.test(start))
    return { kind: 'git', from: basename(path), name, location: path, protocol: 'file', loose: null }
  // A generic name such as "results" is replaced with the folder's name.
  const called = /^(?:results?|table|data|autoresearch|experiments?|log)$/i.test(name) ? basename(dirname(path)) : name
  return {
    kind: 'table',
    from,
    name: called,
    table: { path: basename(path), bytes: await readAtMost(path, MAX_TABLE_BYTES), others: [] },
  }
}

/** One byte over the limit, to detect a table that is too large. */
const MAX_TABLE_BYTES = 16 * 2 ** 20 + 1

async function readAtMost(path: string, bytes: number): Promise<Buffer> {
  const handle = await openFile(path, 'r')
  try {
    const { size } = await handle.stat()
    const buffer = Buffer.alloc(Math.min(bytes, size))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function isRepository(path: string): Promise<boolean> {
  const has = (name: string) =>
    stat(join(path, name)).then(
      () => true,
      () => false,
    )
  return (await has('.git')) || ((await has('HEAD')) && (await has('objects')) && (await has('refs')))
}

/** Whether it is a regular file; links are not followed. */
const isFile = (path: string): Promise<boolean> =>
  lstat(path).then(
    found => found.isFile(),
    () => false,
  )

/** Searches a folder and its subfolders for the results table. @throws {Failure} if the named table does not exist */
async function findLoose(folder: string, table: string | null): Promise<LooseTable | null> {
  const names = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new Failure(
      `The folder ${sanitizeText(folder)} cannot be listed.`,
      'Give yourself the right to read it, or name the table in it as the source.',
      { cause },
    )
  })
  const below = names
    .filter(entry => entry.isDirectory() && !/^(?:\.git|node_modules|\.venv)$/.test(entry.name))
    .slice(0, 200)
  // Unreadable subfolders are skipped.
  const inner = await Promise.all(
    below.map(entry => readdir(join(folder, entry.name), { withFileTypes: true }).catch(() => [])),
  )
  const paths = [...names, ...inner.flat()]
    .filter(entry => entry.isFile())
    .map(entry => slashes(relative(folder, join(entry.parentPath, entry.name))))
  const ranked = paths.filter(p => tableRank(p) > 0).sort((a, b) => tableRank(b) - tableRank(a) || (a < b ? -1 : 1))
  const path = table === null ? ranked[0] : paths.find(p => p === slashes(table))
  if (path === undefined) return null
  const others = table === null ? ranked.slice(1) : []
  return { path, bytes: await readAtMost(join(folder, path), MAX_TABLE_BYTES), others }
}
