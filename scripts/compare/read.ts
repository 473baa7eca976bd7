/** Finds sessions by name and reads them as sides. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { digestSchema } from '../analysis/schema.ts'
import { Failure } from '../lib/errors.ts'
import { orWarn, readJsonIfThere } from '../lib/read.ts'
import { sanitizeText } from '../lib/text.ts'
import { digestAdvice, files, listSessions, readSession } from '../record/files.ts'
import { readProgramTexts } from '../record/prose.ts'
import { readSource } from '../record/source.ts'
import { readPatches } from '../report/read.ts'
import type { Side } from './schema.ts'
import { isWhole, sideOf } from './side.ts'

export interface ReadSides {
  sides: Side[]
  /** Texts of program.md's prose, by hash. */
  texts: Record<string, string>
}

/**
 * @param names ids, prefixes of ids, tags, or folders
 * @throws {Failure} for fewer than two names, an unknown or ambiguous name, or an unreadable record
 */
export async function readSides(names: string[], root: string): Promise<ReadSides> {
  const ids = await listSessions(root)
  if (names.length < 2) {
    const found = names.length === 0 ? 'No session was named.' : `${sanitizeText(names[0] ?? '')} is a single session.`
    throw new Failure(found, `Name two or more, e.g. \`pnpm compare A B\`. ${existingSessions(ids, root)}`)
  }
  const folders = names.map(name => whichFolder(name, ids, root))
  const twice = folders.find((folder, at) => folders.indexOf(folder) !== at)
  if (twice)
    throw new Failure(
      `${sanitizeText(basename(twice))} is named twice.`,
      `Name each once. ${existingSessions(ids, root)}`,
    )
  const read = await Promise.all(folders.map(readSide))
  const known = read.map(({ side }) => side.id)
  const same = known.find((id, at) => known.indexOf(id) !== at)
  if (same)
    throw new Failure(`Two of the folders hold the same session, ${sanitizeText(same)}.`, 'Name only one of them.')
  return { sides: read.map(({ side }) => side), texts: Object.assign({}, ...read.map(({ texts }) => texts)) }
}

/** Reads one session; what its digest lacks is computed from the patches. */
export async function readSide(folder: string): Promise<{ side: Side; texts: Record<string, string> }> {
  const { session, experiments } = await readSession(folder)
  // Without a digest it is computed from the records.
  const digest = await orWarn(readJsonIfThere(files.digest(folder), digestSchema, digestAdvice(folder)))
  const missing = isWhole(digest, experiments)
    ? {}
    : { patches: await readPatches(folder, experiments), source: await readSource(folder) }
  return { side: sideOf({ session, experiments, digest, ...missing }), texts: await readProgramTexts(folder) }
}

function whichFolder(name: string, ids: string[], root: string): string {
  const exact = ids.find(id => id === name)
  if (exact) return join(root, exact)
  if (existsSync(files.session(resolve(name)))) return resolve(name)
  if (existsSync(name) && basename(resolve(name)) === 'session.json') return dirname(resolve(name))
  const matching = ids.filter(id => id.startsWith(name) || id.endsWith(`-${name}`))
  if (matching.length === 1 && name !== '') return join(root, matching[0] ?? '')
  const shown = sanitizeText(name)
  throw matching.length > 1
    ? new Failure(`${shown} matches ${matching.length} sessions.`, `Name one of ${listOf(matching)}.`)
    : new Failure(
        `There is no session ${shown}, and no folder of that name with a session.json.`,
        existingSessions(ids, root),
      )
}

const existingSessions = (ids: string[], root: string): string =>
  ids.length === 0
    ? `There are no sessions in ${root}: run \`pnpm session\`, or import some with \`pnpm collect\`.`
    : `In ${root}: ${listOf(ids)}.`

const MAX_LISTED = 20

const listOf = (ids: string[]): string =>
  [
    ...ids.slice(0, MAX_LISTED).map(id => sanitizeText(id)),
    ...(ids.length > MAX_LISTED ? [`${ids.length - MAX_LISTED} more`] : []),
  ].join(', ')
