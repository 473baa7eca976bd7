/**
 * Where posts about a target went: repository, category and so on, so that they need to be given once. Kept in
 * .nightshift/, which is not committed. Never a token.
 */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { Failure } from '../lib/errors.ts'
import { makeFolders, writeAtomic } from '../lib/files/disk.ts'
import { readJsonIfThere } from '../lib/files/read.ts'
import { workRoot } from '../lib/paths.ts'
import { takeLock } from '../lib/process/lock.ts'
import { jsonText } from '../lib/text.ts'
import type { Where } from './post.ts'

const entrySchema = z.object({
  /** The key of the target. */
  target: z.string(),
  to: z.enum(['discussion', 'pull-request', 'docs']),
  /** Root of GitHub's REST API; null for docs. */
  api: z.string().nullable(),
  /** "owner/name"; null for docs. */
  repository: z.string().nullable(),
  /** Name of the discussions' category. */
  category: z.string().nullable(),
  /** Git remote of the pull request's branch. */
  remote: z.string().nullable(),
  /** Folder of the docs. */
  folder: z.string().nullable(),
  frontMatter: z.string().nullable(),
  /** Whether --public was given for the repository. */
  public: z.boolean(),
})
export type Remembered = z.infer<typeof entrySchema>

const storedSchema = z.object({ schema: z.literal(1), destinations: z.array(entrySchema) })

const pathOf = (work: string): string => join(work, 'destinations.json')

async function readAll(work: string): Promise<Remembered[]> {
  const advice = 'Remove the file: destinations are then to be given once more.'
  return (await readJsonIfThere(pathOf(work), storedSchema, advice))?.destinations ?? []
}

/** The destination that was used last for a target; null: none yet. @throws {Failure} if the file is damaged */
export async function recall(target: string, to: Where, work = workRoot): Promise<Remembered | null> {
  return (await readAll(work)).findLast(entry => entry.target === target && entry.to === to) ?? null
}

/** Whether --public was given for a repository with a target, by whatever destination. */
export async function isPublicAllowed(
  { target, api, repository }: { target: string; api: string; repository: string },
  work = workRoot,
): Promise<boolean> {
  const same = (text: string | null) => text?.toLowerCase() === repository.toLowerCase()
  return (await readAll(work)).some(
    entry => entry.public && entry.target === target && entry.api === api && same(entry.repository),
  )
}

/** Remembers a destination as the target's last one of its kind; other repositories stay, with what was allowed for them. */
export async function remember(entry: Remembered, work = workRoot): Promise<void> {
  const keys = ['target', 'to', 'api', 'repository'] as const
  const unlock = await lockWhenFree(work)
  try {
    const others = (await readAll(work)).filter(other => keys.some(key => other[key] !== entry[key]))
    await writeAtomic(pathOf(work), jsonText({ schema: 1, destinations: [...others, entry] }))
  } finally {
    await unlock()
  }
}

/** Seconds. Others hold the lock for milliseconds. */
const LONGEST_WAIT = 10

/** Sessions that end at the same moment take turns, or one would write over what another remembers. */
async function lockWhenFree(work: string): Promise<() => Promise<void>> {
  await makeFolders(work)
  const end = performance.now() + 1000 * LONGEST_WAIT
  for (;;) {
    try {
      return await takeLock(`${pathOf(work)}.lock`, 'destinations.json', { is: 'written', advice: 'Run it again.' })
    } catch (error) {
      if (!(error instanceof Failure) || performance.now() > end) throw error
      await setTimeout(20)
    }
  }
}
