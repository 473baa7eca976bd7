/**
 * Moves built pages to the output folder. A manifest there lists the files of the last build, and only those are
 * removed, so that a folder given by mistake loses nothing.
 */

import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { writeAtomic } from '../lib/files/disk.ts'
import { jsonOrNull, readTextIfThere } from '../lib/files/read.ts'
import { contains } from '../lib/paths.ts'

/** The manifest: top-level files and folders of the build. */
const manifestPath = (out: string): string => join(out, '.nightshift-site.json')
const manifestSchema = z.object({ entries: z.string().array() })

/**
 * @param out output folder: missing, empty, or with an earlier build
 * @param sessions folder of the sessions, which the pages must not replace
 * @throws {Failure} for any other folder
 */
export async function checkDestination(out: string, sessions: string): Promise<void> {
  if (contains(out, sessions))
    throw new Failure(`${out} contains the sessions folder ${sessions}.`, 'Choose another output folder with --out.')
  const names = await readdir(out).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw new Failure(`${out} is not a readable folder.`, 'Choose another with --out.', { cause })
  })
  // Hidden files (.git, .DS_Store) are left alone.
  const found = names.filter(name => !name.startsWith('.'))
  if (found.length === 0 || (await entriesOf(out)) !== null) return
  const some = found.slice(0, 3).join(', ') + (found.length > 3 ? ', …' : '')
  throw new Failure(
    `${out} contains ${some}, which \`${command('site')}\` did not write.`,
    'Choose a new or empty folder with --out, or empty this one. Nothing was changed.',
  )
}

/**
 * Moves a build to `out`, after `checkDestination`. Each entry of the earlier build is replaced in one step, entries
 * that the new build lacks are removed, and everything else stays (CNAME, .git).
 */
export async function deployBuild(build: string, out: string): Promise<void> {
  // Inside `out`: on the same file system, and the parent need not be writable.
  const scratch = join(out, '.nightshift-new')
  const [fresh, old] = [join(scratch, 'new'), join(scratch, 'old')]
  await rm(scratch, { recursive: true, force: true })
  await mkdir(old, { recursive: true })
  await move(build, fresh)
  const entries = await readdir(fresh)
  const earlier = (await entriesOf(out)) ?? []
  // Lists both builds until all entries are moved, so that after a kill the next build still knows them.
  await writeManifest(out, [...new Set([...earlier, ...entries])])
  // Top-level pages last, since they link to the others.
  for (const name of entries.sort((a, b) => Number(a.includes('.')) - Number(b.includes('.'))))
    await rename(join(fresh, name), join(out, name)).catch(async () => {
      await rename(join(out, name), join(old, name))
      await rename(join(fresh, name), join(out, name))
    })
  for (const name of earlier.filter(name => !entries.includes(name)))
    await rename(join(out, name), join(old, name)).catch(ignoreMissing)
  await writeManifest(out, entries)
  await rm(scratch, { recursive: true })
}

const writeManifest = (out: string, entries: string[]): Promise<void> =>
  writeAtomic(manifestPath(out), `${JSON.stringify({ entries }, null, 1)}\n`)

/** Top-level names of the build in a folder; null if there is none. */
async function entriesOf(out: string): Promise<string[] | null> {
  const text = await readTextIfThere(manifestPath(out))
  if (text === null) return (await isOldBuild(out)) ? [] : null
  const found = manifestSchema.safeParse(jsonOrNull(text)).data
  // The file is untrusted: names must not be paths.
  return found?.entries.filter(name => !/^\.{0,2}$|[/\\]/.test(name)) ?? null
}

/** Builds that predate the manifest are recognised by their feed. */
const isOldBuild = async (out: string): Promise<boolean> =>
  ((await readTextIfThere(join(out, 'feed.xml'))) ?? '').includes('<id>tag:nightshift.invalid,2026:sessions</id>')

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error
    await cp(from, to, { recursive: true })
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
