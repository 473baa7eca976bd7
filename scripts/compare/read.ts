/** Finds sessions by name and reads them as sides. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { readDigest } from '../analysis/readDigest.ts'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { orWarn } from '../lib/files/read.ts'
import { publicRecord } from '../lib/secrets/publish.ts'
import { sanitizeText } from '../lib/text.ts'
import { readFinalPatch, readInheritedPatch, readPatches } from '../record/files/patches.ts'
import { files, listSessions, readSession } from '../record/files/paths.ts'
import { readProgramTexts } from '../record/files/prose.ts'
import { readSource } from '../record/files/source.ts'
import { existingSessions, findSession } from '../record/find.ts'
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
    throw new Failure(
      found,
      `Name two or more, e.g. \`${command('compare A B')}\`.\n${await existingSessions(ids, root)}`,
    )
  }
  const folders: Awaited<ReturnType<typeof findFolder>>[] = []
  // One after another, so that of several mistaken names the first is told.
  for (const name of names) folders.push(await findFolder(name, root))
  const twice = folders.find((folder, at) => folders.indexOf(folder) !== at)
  if (twice)
    throw new Failure(
      `${sanitizeText(basename(twice))} is named twice.`,
      `Name each once.\n${await existingSessions(ids, root)}`,
    )
  const read = await Promise.all(folders.map(readSide))
  const known = read.map(({ side }) => side.id)
  const same = known.find((id, at) => known.indexOf(id) !== at)
  if (same)
    throw new Failure(`Two of the folders hold the same session, ${sanitizeText(same)}.`, 'Name only one of them.')
  return { sides: read.map(({ side }) => side), texts: Object.assign({}, ...read.map(({ texts }) => texts)) }
}

/** Reads one session for publishing; what its digest lacks is computed from the patches. */
export async function readSide(folder: string): Promise<{ side: Side; texts: Record<string, string> }> {
  const { session, experiments } = await readSession(folder)
  const stored = await orWarn(readDigest(folder))
  // Without a digest of this version it is computed from the records.
  const digest = stored?.kind === 'current' ? stored.digest : null
  const missing = isWhole(digest, experiments)
    ? {}
    : {
        patches: await readPatches(folder, experiments),
        source: await readSource(folder),
        finalPatch: await readFinalPatch(folder, session),
        inheritedPatch: readInheritedPatch(folder, session),
      }
  const side = sideOf({ session, experiments, digest, ...missing })
  return publicRecord({ side, texts: await readProgramTexts(folder) })
}

/** A session of `root`, or a folder anywhere that has a session.json. */
async function findFolder(name: string, root: string): Promise<string> {
  if (!existsSync(join(root, name)) && existsSync(files.session(resolve(name)))) return resolve(name)
  if (existsSync(name) && basename(resolve(name)) === 'session.json') return dirname(resolve(name))
  return join(root, await findSession(name, root))
}
