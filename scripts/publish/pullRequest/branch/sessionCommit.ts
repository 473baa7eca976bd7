/** Adds a session's folder to a branch as one further commit, with an index of its own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gitIn, identity, type Repository } from '../../../lib/git/git.ts'
import { workRoot } from '../../../lib/paths.ts'
import type { Session } from '../../../record/schema.ts'
import type { SessionFile } from '../../../share/sessionFiles.ts'
import type { Changes } from './changes.ts'
import { writeCommit } from './inertCommits.ts'

/** Arguments of one git command; their length is limited. */
const BATCH = 200

/**
 * A commit on top of the changes whose tree has `sessions/<id>/` with these files and no others. The same files give the
 * same commit, so that posting again pushes nothing new.
 */
export async function withSessionFolder(
  { root, git }: Repository,
  { base, tip }: Changes,
  session: Pick<Session, 'id' | 'endedAt'>,
  files: SessionFile[],
): Promise<Changes> {
  await mkdir(workRoot, { recursive: true })
  const place = await mkdtemp(join(workRoot, 'post-'))
  try {
    const own = gitIn(root, true, undefined, { GIT_INDEX_FILE: join(place, 'index') })
    await own.raw('read-tree', tip)
    const folder = `sessions/${session.id}`
    const there = (await own.raw('ls-files', '-z', '--full-name', '--', `:(top,literal)${folder}`)).split('\0')
    for (const paths of batches(there.filter(path => path !== '')))
      await own.raw('update-index', '--force-remove', '--', ...paths)
    for (const batch of batches(files)) {
      const blobs = await Promise.all(batch.map((file, i) => writeText(join(place, `${i}`), file.text)))
      const hashes = (await own.raw('hash-object', '-w', '--no-filters', '--', ...blobs)).split('\n')
      const entries = batch.flatMap((file, i) => ['--cacheinfo', `100644,${hashes[i]},${folder}/${file.path}`])
      await own.raw('update-index', '--add', ...entries)
    }
    const tree = await own.raw('write-tree')
    const date = session.endedAt ?? (await git.raw('log', '-1', '--format=%cI', tip))
    const person = { name: identity.NAME, email: identity.EMAIL, date }
    const message = `Add the records of the session ${session.id}`
    return { base, tip: await writeCommit(root, { tree, parents: [tip], author: person, committer: person, message }) }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

async function writeText(path: string, text: string): Promise<string> {
  await writeFile(path, text)
  return path
}

function batches<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) => all.slice(i * BATCH, (i + 1) * BATCH))
}
