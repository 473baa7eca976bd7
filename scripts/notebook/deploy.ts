/**
 * Puts built pages where they are to lie. Only what an earlier build put there is taken away, which a file beside the
 * pages names: a folder given by mistake loses nothing.
 */

import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { command } from '../lib/command.ts'
import { writeAtomic } from '../lib/disk.ts'
import { Failure } from '../lib/errors.ts'
import { contains } from '../lib/paths.ts'
import { jsonOrNull, readTextIfThere } from '../lib/read.ts'

/** Names the build's files and folders, those at the top. */
const manifestPath = (out: string): string => join(out, '.nightshift-site.json')
const manifestSchema = z.object({ entries: z.string().array() })

/**
 * @param out folder of the pages: missing, empty, or with an earlier build in it
 * @param sessions folder of the records, which the pages must not take the place of
 * @throws {Failure} for any other folder
 */
export async function checkDestination(out: string, sessions: string): Promise<void> {
  if (contains(out, sessions))
    throw new Failure(`The sessions in ${sessions} lie in ${out}.`, 'Name another folder for the pages with --out.')
  const names = await readdir(out).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw new Failure(`${out} is not a folder that can be read.`, 'Name another with --out.', { cause })
  })
  // Hidden ones (.git, .DS_Store) stay where they are.
  const found = names.filter(name => !name.startsWith('.'))
  if (found.length === 0 || (await entriesOf(out)) !== null) return
  const some = found.slice(0, 3).join(', ') + (found.length > 3 ? ', …' : '')
  throw new Failure(
    `${out} holds ${some}, and no pages that \`${command('site')}\` has put there.`,
    'Name a new or an empty folder with --out, or empty this one. Nothing was changed.',
  )
}

/**
 * Moves a build to `out`, after `checkPlace`. What lay there under the build's names is replaced, each entry at once;
 * what the build before had and this has not is removed; all else stays (CNAME, .git).
 */
export async function deployBuild(build: string, out: string): Promise<void> {
  // Inside `out`, so that it is on the same file system, and its parent need not be writable.
  const scratch = join(out, '.nightshift-new')
  const [fresh, old] = [join(scratch, 'new'), join(scratch, 'old')]
  await rm(scratch, { recursive: true, force: true })
  await mkdir(old, { recursive: true })
  await move(build, fresh)
  const entries = await readdir(fresh)
  const earlier = (await entriesOf(out)) ?? []
  // Of both, until all are in their places: killed on the way, the next build knows them still.
  await writeManifest(out, [...new Set([...earlier, ...entries])])
  // The pages at the top last, since they lead to the others.
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

/** Top-level names of the build that lies in a folder; null where none does. */
async function entriesOf(out: string): Promise<string[] | null> {
  const text = await readTextIfThere(manifestPath(out))
  if (text === null) return (await isOldBuild(out)) ? [] : null
  const found = manifestSchema.safeParse(jsonOrNull(text)).data
  // The file might be anyone's: a name is no path.
  return found?.entries.filter(name => !/^\.{0,2}$|[/\\]/.test(name)) ?? null
}

/** Builds of before there was a mark are known by their feed. */
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
