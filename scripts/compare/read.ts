/** Sessions by what a user calls them, read as sides. */

import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { digestSchema } from '../analysis/schema.ts'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { orWarn, readJsonIfThere } from '../lib/read.ts'
import { sanitizeText } from '../lib/text.ts'
import { digestAdvice, files, listSessions, readSession } from '../record/files.ts'
import { existingSessions, findSession } from '../record/find.ts'
import { readProgramTexts } from '../record/prose.ts'
import { readSource } from '../record/source.ts'
import { readPatches } from '../report/read.ts'
import type { Side } from './schema.ts'
import { isWhole, sideOf } from './side.ts'

export interface ReadSides {
  sides: Side[]
  /** Prose of program.md by hash. */
  texts: Record<string, string>
}

/**
 * @param names ids, beginnings of ids, tags, or folders
 * @throws {Failure} fewer than two are named, one is not there or stands for several, or a record cannot be read
 */
export async function readSides(names: string[], root: string): Promise<ReadSides> {
  const ids = await listSessions(root)
  if (names.length < 2) {
    const found = names.length === 0 ? 'No session is named.' : `${sanitizeText(names[0] ?? '')} is only one session.`
    throw new Failure(found, `Name two or more, e.g. \`${command('compare A B')}\`. ${existingSessions(ids, root)}`)
  }
  const folders = await Promise.all(names.map(name => findFolder(name, root)))
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
    throw new Failure(
      `Two of the folders hold the same session, ${sanitizeText(same)}.`,
      'A copy says nothing new: name one.',
    )
  return { sides: read.map(({ side }) => side), texts: Object.assign({}, ...read.map(({ texts }) => texts)) }
}

/** One session from its folder; what its digest lacks is computed from the patches. */
export async function readSide(folder: string): Promise<{ side: Side; texts: Record<string, string> }> {
  const { session, experiments } = await readSession(folder)
  // Without one the records hold all of it.
  const digest = await orWarn(readJsonIfThere(files.digest(folder), digestSchema, digestAdvice(folder)))
  const missing = isWhole(digest, experiments)
    ? {}
    : { patches: await readPatches(folder, experiments), source: await readSource(folder) }
  return { side: sideOf({ session, experiments, digest, ...missing }), texts: await readProgramTexts(folder) }
}

/** A session of `root`, or a folder anywhere that has a session.json. */
async function findFolder(name: string, root: string): Promise<string> {
  if (!existsSync(join(root, name)) && existsSync(files.session(resolve(name)))) return resolve(name)
  if (existsSync(name) && basename(resolve(name)) === 'session.json') return dirname(resolve(name))
  return join(root, await findSession(name, root))
}
