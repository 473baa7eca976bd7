/**
 * What the jobs of a session are given, as zips: one for all of them, and a small one for each. `git archive` writes them: zips
 * are what job services unpack, and git is on each machine that has a session. Files whose names and rights matter are in tars.
 */
import { createHash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gitIn } from '../../lib/git/git.ts'
import type { Opening } from '../opening.ts'
import type { CallOptions } from '../remote/channel.ts'
import { nodeFiles } from '../remote/files.ts'
import type { Package } from './launcher.ts'
import type { LaunchRequest } from './request.ts'

/**
 * The session's package: node/, and the tars of the first commit and of what evaluators read. Made once.
 * @param folder of the packages, in `.nightshift/<id>`
 */
export async function sessionPackage(folder: string, files: Opening['files']): Promise<Package> {
  const path = join(folder, 'session.zip')
  const sum = join(folder, 'session.sha256')
  // Written last.
  if (existsSync(sum)) return { path, sha256: await readFile(sum, 'utf8') }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const scratch = await mkdtemp(join(folder, 'pack-'))
  try {
    const all: Record<string, NonNullable<CallOptions['input']>> = {
      ...(await nodeFiles()),
      'base.tar': files.base(),
      ...(files.evaluation === null ? {} : { 'evaluation.tar': files.evaluation() }),
    }
    const hash = createHash('sha256')
    for (const [name, content] of Object.entries(all)) {
      hash.update(`${name}\0`)
      const source = typeof content === 'string' || Buffer.isBuffer(content) ? [content] : content
      const watched = new Transform({
        transform: (chunk: Buffer, _, next) => {
          hash.update(chunk)
          next(null, chunk)
        },
      })
      await pipeline(Readable.from(source), watched, createWriteStream(join(scratch, name)))
    }
    await zip(scratch, Object.keys(all), path)
    const sha256 = hash.digest('hex')
    await writeFile(`${sum}.part`, sha256)
    await rename(`${sum}.part`, sum)
    return { path, sha256 }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The package of one job while `use` lasts: it holds keys, so that it is on the disk no longer. */
export async function withRunPackage<T>(
  folder: string,
  request: LaunchRequest,
  use: (made: Package) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(folder, 'pack-'))
  try {
    const text = JSON.stringify(request)
    await writeFile(join(scratch, 'request.json'), text, { mode: 0o600 })
    const path = join(scratch, 'run.zip')
    await zip(scratch, ['request.json'], path)
    return await use({ path, sha256: createHash('sha256').update(text).digest('hex') })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Of each repository of git whose objects are named by SHA-1. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

/** Writes a zip of some files of a folder, which is to be removed: it becomes a repository, as git archives nothing outside of one. */
async function zip(folder: string, names: string[], path: string): Promise<void> {
  const git = gitIn(folder)
  await git.raw('init', '--quiet', '--template=', '--object-format=sha1')
  const files = names.map(name => `--add-file=${basename(name)}`)
  await git.raw('archive', '--format=zip', '-1', `--output=${path}`, ...files, emptyTree)
}
