/** Writing a tar (ustar, long names as GNU tar has them). Names are bytes, which need not be UTF-8. */
import { createReadStream, type Dirent } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'

/** Bytes of a block; a header is one, and content is filled up to a multiple. */
export const blockSize = 512

interface Header {
  /** Path in the tar. */
  name: Buffer
  kind: 'file' | 'folder' | 'link'
  isExecutable?: boolean
  /** Bytes of a file. */
  size?: number
  /** Of a link. */
  target?: Buffer
}

const types = { file: '0', folder: '5', link: '2' } as const

/** The blocks before an entry's content. */
export function headerOf({ name, kind, isExecutable = false, size = 0, target = empty }: Header): Buffer {
  const mode = kind === 'folder' || isExecutable ? 0o755 : 0o644
  const long = [
    ...(target.length > maxName ? longOf('K', target) : []),
    ...(name.length > maxName ? longOf('L', name) : []),
  ]
  return Buffer.concat([...long, block(name, types[kind], mode, size, target)])
}

/** An entry with a small content. */
export const fileEntry = (name: string, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content)
  return Buffer.concat([
    headerOf({ name: Buffer.from(name), kind: 'file', size: bytes.length }),
    bytes,
    padding(bytes.length),
  ])
}

/** Name of the last entry: `put` knows by it that the tar is whole. */
const endName = Buffer.from('.nightshift-end')

/** What ends a tar. */
export const tarEnd = (): Buffer =>
  Buffer.concat([headerOf({ name: endName, kind: 'file' }), Buffer.alloc(2 * blockSize)])

/** The most bytes of a name in a header itself. */
const maxName = 100
/** Eleven octal digits. */
const maxSize = 8 ** 11 - 1
const empty = Buffer.alloc(0)

const longOf = (type: 'K' | 'L', text: Buffer): Buffer[] => {
  const content = Buffer.concat([text, Buffer.alloc(1)])
  return [block(Buffer.from('././@LongLink'), type, 0o644, content.length, empty), content, padding(content.length)]
}

/** What fills up the last block of a content. */
const padding = (size: number): Buffer => Buffer.alloc((blockSize - (size % blockSize)) % blockSize)

function block(name: Buffer, type: string, mode: number, size: number, target: Buffer): Buffer {
  const header = Buffer.alloc(blockSize)
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  name.copy(header, 0, 0, maxName)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  header.write(type, 156, 'latin1')
  target.copy(header, 157, 0, maxName)
  header.write('ustar  \0', 257, 'latin1')
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** Sum of a header's bytes, those of the sum itself taken as spaces. */
export function checksum(header: Buffer): number {
  let sum = 8 * 0x20
  for (const [i, byte] of header.entries()) if (i < 148 || i >= 156) sum += byte
  return sum
}

/**
 * The entries of a folder, without the end of the tar: files, folders and links.
 * @param isTaken by path from the folder; what is in a folder that is not taken is not taken either
 * @throws {Failure} for a pipe, a device, a file that changes meanwhile
 */
export async function* folderEntries(
  folder: string,
  isTaken: (path: string) => boolean = () => true,
): AsyncGenerator<Buffer, void, undefined> {
  const root = Buffer.from(`${folder}/`)
  const waiting: Buffer[] = [empty]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const entries: Dirent<Buffer>[] = await readdir(Buffer.concat([root, at]), {
      withFileTypes: true,
      encoding: 'buffer',
    })
    for (const entry of entries) {
      const name = Buffer.concat([at, entry.name])
      if (!isTaken(name.toString('utf8'))) continue
      if (entry.isDirectory()) {
        const inside = Buffer.concat([name, Buffer.from('/')])
        waiting.push(inside)
        yield headerOf({ name: inside, kind: 'folder' })
      } else yield* entryOf(Buffer.concat([root, name]), name)
    }
  }
}

async function* entryOf(path: Buffer, name: Buffer): AsyncGenerator<Buffer, void, undefined> {
  const stats = await lstat(path)
  if (stats.isSymbolicLink()) {
    yield headerOf({ name, kind: 'link', target: await readlink(path, { encoding: 'buffer' }) })
    return
  }
  if (!stats.isFile() || stats.size > maxSize) throw notPacked(path, stats.isFile() ? 'is too large' : 'is no file')
  yield headerOf({ name, kind: 'file', isExecutable: (stats.mode & 0o111) !== 0, size: stats.size })
  let read = 0
  for await (const chunk of createReadStream(path)) {
    read += (chunk as Buffer).length
    if (read > stats.size) break
    yield chunk as Buffer
  }
  if (read !== stats.size) throw notPacked(path, 'changed while it was read')
  yield padding(stats.size)
}

const notPacked = (path: Buffer, why: string): Failure =>
  new Failure(
    `${sanitizeText(path.toString('utf8'))} cannot be sent to a node: it ${why}.`,
    'A program that writes into .nightshift/ may have done that: end it.',
  )
