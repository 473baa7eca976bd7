import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blockSize, checksum, fileEntry, headerOf, tarEnd } from '../../../scripts/engines/remote/tar.ts'
import { unpackRun } from '../../../scripts/engines/remote/unpack.ts'
import { scratch } from '../../helpers/throwaway.ts'

const end = Buffer.alloc(2 * blockSize)
const tar = (...parts: Buffer[]) => Buffer.concat([...parts, end])
const file = (name: string) => headerOf({ name: Buffer.from(name), kind: 'file' })

/** A header with bytes changed at a place, and a sum that is right. */
function changed(header: Buffer, at: number, text: string): Buffer {
  header.write(text, at, 'latin1')
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

async function places() {
  const folder = await scratch()
  const at = (name: string) => join(folder, name)
  return {
    folder,
    paths: { run: at('run'), exit: at('exit'), owner: at('owner'), evaluation: at('eval'), evaluatorLog: at('log') },
  }
}

test('what a run left comes to its places, and replaces what lies there', async () => {
  const { folder, paths } = await places()
  await mkdir(paths.exit)
  await writeFile(join(folder, 'outside'), 'as it was')
  await symlink(join(folder, 'outside'), paths.owner)
  await unpackRun(
    tar(fileEntry('run/run.log', 'said'), fileEntry('owner.json', 'o'), fileEntry('exit.json', 'e')),
    paths,
  )
  expect((await readdir(folder)).sort()).toEqual(['exit', 'outside', 'owner', 'run'])
  expect(await readFile(join(paths.run, 'run.log'), 'utf8')).toBe('said')
  expect([await readFile(paths.exit, 'utf8'), await readFile(paths.owner, 'utf8')]).toEqual(['e', 'o'])
  expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('as it was')
})

const whole = fileEntry('run/run.log', 'said')
test.for([
  { what: 'a path that leads out', hostile: tar(whole, fileEntry('../x', 'x')), why: /an entry "\.\.\/x"/ },
  { what: 'an absolute path', hostile: tar(whole, fileEntry('/tmp/x', 'x')), why: /an entry "\/tmp\/x"/ },
  { what: 'a path with a way out', hostile: tar(fileEntry('run/../../x', 'x')), why: /an entry "run\/\.\.\/\.\.\/x"/ },
  { what: 'another name', hostile: tar(fileEntry('run/other', 'x')), why: /an entry "run\/other"/ },
  { what: 'a name of every object', hostile: tar(fileEntry('constructor', 'x')), why: /an entry "constructor"/ },
  {
    what: 'a link',
    hostile: tar(headerOf({ name: Buffer.from('run/run.log'), kind: 'link', target: Buffer.from('/etc/passwd') })),
    why: /run\/run\.log is no file, but an entry of the kind "2"/,
  },
  ...['1', '3', '4', '5', '6', '7', 'g', 'x', 'L', 'S'].map(kind => ({
    what: `an entry of the kind ${kind}`,
    hostile: tar(whole, changed(file('exit.json'), 156, kind)),
    why: new RegExp(`exit\\.json is no file, but an entry of the kind "${kind}"`),
  })),
  {
    what: 'a file of 1 GB',
    hostile: tar(whole, headerOf({ name: Buffer.from('run/curve.csv'), kind: 'file', size: 2 ** 30 })),
    why: /run\/curve\.csv has 1073741824 bytes, and at most 33554432 are taken/,
  },
  {
    what: 'a size that is negative',
    hostile: tar(changed(file('exit.json'), 124, '-0000000001\0')),
    why: /no number where one must be/,
  },
  {
    what: 'a size in binary',
    hostile: tar(changed(file('exit.json'), 124, '\x80\0\0\0\0\0\0\x01\0\0\0\0')),
    why: /no number where one must be/,
  },
  { what: 'a prefix', hostile: tar(changed(file('exit.json'), 345, 'etc')), why: /has a prefix/ },
  { what: 'the same file twice', hostile: tar(whole, whole), why: /run\/run\.log twice/ },
  { what: 'a wrong sum', hostile: tar(whole, file('exit.json').fill('x', 5, 6)), why: /damaged/ },
  { what: 'a cut header', hostile: whole.subarray(0, 2 * blockSize), why: /it is cut/ },
  { what: 'cut content', hostile: whole.subarray(0, blockSize + 2), why: /cut in run\/run\.log/ },
  { what: 'something after its end', hostile: Buffer.concat([tar(whole), Buffer.from('x')]), why: /follows its end/ },
  {
    what: 'the end of what is sent to a node',
    hostile: Buffer.concat([whole, tarEnd()]),
    why: /an entry "\.nightshift-end"/,
  },
])('a tar with $what is refused, and nothing is written', async ({ hostile, why }) => {
  const { folder, paths } = await places()
  await expect(unpackRun(hostile, paths)).rejects.toThrow(why)
  expect(await readdir(folder)).toEqual([])
  expect(existsSync(join(folder, '../x'))).toBe(false)
})
