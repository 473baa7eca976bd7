/** Sessions by what a user calls them, read as sides. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { readDigest } from '../analysis/readDigest.ts'
import { Failure } from '../lib/errors.ts'
import { orWarn } from '../lib/read.ts'
import { sanitizeText } from '../lib/text.ts'
import { files, listSessions, readSession } from '../record/files.ts'
import { readPatches } from '../record/patches.ts'
import { readProgramTexts } from '../record/prose.ts'
import { readSource } from '../record/source.ts'
import type { Side } from './schema.ts'
import { isWhole, sideOf } from './side.ts'

export interface Given {
  sides: Side[]
  /** Prose of program.md by hash. */
  texts: Record<string, string>
}

/**
 * @param names ids, beginnings of ids, tags, or folders
 * @throws {Failure} fewer than two are named, one is not there or stands for several, or a record cannot be read
 */
export async function readSides(names: string[], root: string): Promise<Given> {
  const ids = await listSessions(root)
  if (names.length < 2) {
    const found = names.length === 0 ? 'No session is named.' : `${sanitizeText(names[0] ?? '')} is only one session.`
    throw new Failure(found, `Name two or more, e.g. \`pnpm compare A B\`. ${existing(ids, root)}`)
  }
  const folders = names.map(name => whichFolder(name, ids, root))
  const twice = folders.find((folder, at) => folders.indexOf(folder) !== at)
  if (twice)
    throw new Failure(`${sanitizeText(basename(twice))} is named twice.`, `Name each once. ${existing(ids, root)}`)
  const read = await Promise.all(folders.map(readSide))
  const known = read.map(({ side }) => side.id)
  const same = known.find((id, at) => known.indexOf(id) !== at)
  if (same)
    throw new Failure(
      `Two of the folders hold the same session, ${sanitizeText(same)}.`,
      'A copy says nothing new: name one.',
    )
  return { sides: read.map(({ side }) => side), texts: Object.assign({}, ...read.map(({ texts }) => texts)) }
}

/** One session from its folder; what its digest lacks is computed from the patches. */
export async function readSide(folder: string): Promise<{ side: Side; texts: Record<string, string> }> {
  const { session, experiments } = await readSession(folder)
  const stored = await orWarn(readDigest(folder))
  // Without a digest of this version the same is computed from the records.
  const digest = stored?.kind === 'current' ? stored.digest : null
  const lacks = isWhole(digest, experiments)
    ? {}
    : { patches: await readPatches(folder, experiments), source: await readSource(folder) }
  return { side: sideOf({ session, experiments, digest, ...lacks }), texts: await readProgramTexts(folder) }
}

function whichFolder(name: string, ids: string[], root: string): string {
  const exact = ids.find(id => id === name)
  if (exact) return join(root, exact)
  if (existsSync(files.session(resolve(name)))) return resolve(name)
  if (existsSync(name) && basename(resolve(name)) === 'session.json') return dirname(resolve(name))
  const matching = ids.filter(id => id.startsWith(name) || id.endsWith(`-${name}`))
  if (matching.length === 1 && name !== '') return join(root, matching[0] ?? '')
  const said = sanitizeText(name)
  throw matching.length > 1
    ? new Failure(`${said} may be any of ${matching.length} sessions.`, `Name one of ${listed(matching)}.`)
    : new Failure(`There is no session ${said}, and no folder of that name with a session.json.`, existing(ids, root))
}

const existing = (ids: string[], root: string): string =>
  ids.length === 0
    ? `There is none in ${root}: make some with \`pnpm session\`, or take in others with \`pnpm collect\`.`
    : `In ${root}: ${listed(ids)}.`

const mostListed = 20

const listed = (ids: string[]): string =>
  [
    ...ids.slice(0, mostListed).map(id => sanitizeText(id)),
    ...(ids.length > mostListed ? [`${ids.length - mostListed} more`] : []),
  ].join(', ')
