/** Takes what a run has left on a node. Whatever ran there may have written it: names, kinds and sizes are checked. */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { freePath } from '../../lib/files/remove.ts'
import { sanitizeText } from '../../lib/text.ts'
import { maxBytes } from '../../record/limits.ts'
import type { FetchedPaths } from '../engine.ts'
import { blockSize, checksum } from './tar.ts'

/** The names that `fetch` sends, and the most bytes of each. exit.json comes last: where it is, the others are. */
const limits = {
  'run/run.log': maxBytes.log,
  'run/curve.csv': maxBytes.curve,
  'given/eval.json': maxBytes.evaluation,
  'evaluator.log': maxBytes.evaluatorLog,
  'owner.json': 2 ** 16,
  'exit.json': maxBytes.exit,
} as const
type Name = keyof typeof limits

const pathOf = (name: Name, paths: FetchedPaths): string => {
  switch (name) {
    case 'run/run.log':
      return join(paths.run, 'run.log')
    case 'run/curve.csv':
      return join(paths.run, 'curve.csv')
    case 'given/eval.json':
      return paths.evaluation
    case 'evaluator.log':
      return paths.evaluatorLog
    case 'owner.json':
      return paths.owner
    case 'exit.json':
      return paths.exit
  }
}

/**
 * Writes the files of a fetched tar to their places. What lies there is replaced.
 * @throws {Failure} for anything in it that `fetch` does not send; then nothing is written
 */
export async function unpackRun(tar: Buffer, paths: FetchedPaths): Promise<void> {
  const found = readRun(tar)
  await mkdir(paths.run, { recursive: true })
  for (const name of Object.keys(limits) as Name[]) {
    const content = found.get(name)
    if (content !== undefined) await replace(pathOf(name, paths), content)
  }
}

async function replace(path: string, content: Buffer): Promise<void> {
  const partial = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(partial, content, { flag: 'wx' })
    await freePath(path)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

/** The contents by name. @throws {Failure} */
function readRun(tar: Buffer): Map<Name, Buffer> {
  const found = new Map<Name, Buffer>()
  let at = 0
  for (;;) {
    const header = tar.subarray(at, at + blockSize)
    if (header.length < blockSize) throw refused('it is cut')
    if (header.every(byte => byte === 0)) break
    const { name, type, size } = fieldsOf(header)
    if (!isName(name)) throw refused(`it has an entry "${sanitizeText(name, 80)}"`)
    if (type !== '0') throw refused(`${name} is no file, but an entry of the kind "${sanitizeText(type)}"`)
    if (found.has(name)) throw refused(`it has ${name} twice`)
    if (size > limits[name]) throw refused(`${name} has ${size} bytes, and at most ${limits[name]} are taken`)
    at += blockSize
    const content = tar.subarray(at, at + size)
    if (content.length < size) throw refused(`it is cut in ${name}`)
    found.set(name, content)
    at += Math.ceil(size / blockSize) * blockSize
  }
  if (!tar.subarray(at).every(byte => byte === 0)) throw refused('something follows its end')
  return found
}

const isName = (name: string): name is Name => Object.hasOwn(limits, name)

function fieldsOf(header: Buffer): { name: string; type: string; size: number } {
  const text = (from: number, length: number) => header.toString('latin1', from, from + length).replace(/\0.*$/s, '')
  const number = (from: number, length: number) => {
    const digits = text(from, length).trim()
    if (!/^[0-7]+$/.test(digits)) throw refused('a header of it has no number where one must be')
    return Number.parseInt(digits, 8)
  }
  if (number(148, 8) !== checksum(header)) throw refused('a header of it is damaged')
  if (text(345, 155) !== '') throw refused('a header of it has a prefix')
  return { name: text(0, 100), type: text(156, 1), size: number(124, 12) }
}

const refused = (why: string): Failure =>
  new Failure(
    `What a run left on its node is not taken: ${why}.`,
    'A program on the node answered in place of the runner, or the connection was lost. The run is made again.',
  )
