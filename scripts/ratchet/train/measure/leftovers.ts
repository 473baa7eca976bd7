/**
 * What a run left where its records are. It knows these paths and may put anything there: a pipe, a link, a folder
 * without rights, ten gigabytes. Whatever it is makes the run a crash that says so, and is removed, so that nobody who
 * reads the session later meets it.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { type Found, readFound } from '../../../lib/files/regularFile.ts'
import { freePath } from '../../../lib/files/remove.ts'
import { files } from '../../../record/files/paths.ts'
import { experimentFolders, restoreFolder } from '../../../record/files/restore.ts'
import { maxBytes } from '../../../record/limits.ts'

export interface Leftovers {
  log: string
  /** Why the run is a crash, e.g. "its run.log is a pipe"; null where it left files as it should. */
  problem: string | null
}

/** Reads the log of a run that has ended, and removes what is no regular file within its limits from its folder. */
export async function readLeftovers(
  session: string,
  experiment: number,
  k: number,
  evaluation: string,
): Promise<Leftovers> {
  const folder = await restoreFolders([...experimentFolders(session, experiment), files.run(session, experiment, k)])
  const log = await readFound(files.log(session, experiment, k), { limit: maxBytes.log })
  const curve = await readFound(files.curve(session, experiment, k), { limit: maxBytes.curve })
  const evaluated = await readFound(evaluation, { limit: maxBytes.evaluation })
  const problems = [
    folder,
    log.kind === 'missing' ? 'its run.log is missing' : problemOf('run.log', log),
    problemOf('evaluation file', evaluated),
    problemOf('curve.csv', curve),
  ]
  await removeIrregular(files.run(session, experiment, k), { 'run.log': log, 'curve.csv': curve })
  return {
    log: log.kind === 'file' ? log.bytes.toString('utf8') : '',
    problem: problems.find(problem => problem !== null) ?? null,
  }
}

const problemOf = (name: string, found: Found): string | null =>
  found.kind === 'unreadable' ? `its ${name} is ${found.what}` : null

/** Makes each path a folder with all rights, the outermost first. @returns what was wrong with the first of them */
async function restoreFolders(paths: string[]): Promise<string | null> {
  let problem: string | null = null
  for (const path of paths) {
    const wrong = await restoreFolder(path)
    if (wrong === null) continue
    problem ??=
      wrong === 'without rights'
        ? `it took away the rights to its folder ${basename(path)}`
        : `it ${wrong} the folder of its records`
  }
  return problem
}

/** Removes what is no regular file, programs that give away the user's rights (setuid), and log and curve where they cannot be read. */
async function removeIrregular(folder: string, read: Record<string, Found>): Promise<void> {
  // Names are bytes, which need not be UTF-8.
  for (const bytes of await readdir(folder, { encoding: 'buffer' })) {
    const name = bytes.toString('utf8')
    const path = Buffer.concat([Buffer.from(folder + sep), bytes])
    const stats = await lstat(path).catch(() => null)
    if (stats?.isFile() && (stats.mode & 0o6000) === 0 && read[name]?.kind !== 'unreadable') continue
    await rm(path, { recursive: true, force: true }).catch(() => freePath(join(folder, name)))
  }
}
