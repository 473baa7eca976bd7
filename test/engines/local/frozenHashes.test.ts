import { createHash } from 'node:crypto'
import { chmod, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import {
  checkFrozen,
  digestOf,
  type Frozen,
  type FrozenCheck,
  hashFrozen,
} from '../../../scripts/engines/local/frozenHashes.ts'
import { scratch, write } from '../../helpers/throwaway.ts'
import { callOnNode, callsOnNode } from '../node/modules.ts'

/** By the local runner and by that of a node: what the harness hashed before, either hashes after. */
const programs = [
  {
    name: 'local',
    hash: hashFrozen,
    checks: (folders: string[], before: Frozen) => Promise.all(folders.map(folder => checkFrozen(folder, before))),
  },
  {
    name: 'node',
    hash: async (folder: string, paths: string[]): Promise<Frozen> =>
      new Map(Object.entries(callOnNode<Record<string, string>>('frozen_hashes', 'hash_frozen', folder, paths))),
    checks: async (folders: string[], before: Frozen) =>
      callsOnNode<FrozenCheck[]>(
        ...folders.map((folder): [string, string, ...unknown[]] => [
          'frozen_hashes',
          'check_frozen',
          folder,
          Object.fromEntries(before),
        ]),
      ),
  },
]

/** What a run leaves in the place of a file. */
const replacements: Record<string, (path: string, folder: string) => Promise<unknown>> = {
  'another text of the same size': path => writeFile(path, 'abd'),
  nothing: path => rm(path),
  'a pipe without a writer': path => rm(path).then(() => execa('mkfifo', [path])),
  'a directory': path => rm(path).then(() => mkdir(path)),
  'a link to the same text': async (path, folder) => {
    await write(folder, { copy: 'abc' })
    await rm(path)
    await symlink('../copy', path)
  },
  'a device': path => rm(path).then(() => symlink('/dev/zero', path)),
  'a socket': async path => {
    await rm(path)
    const listen = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.exit())`
    await execa(process.execPath, ['-e', listen])
  },
  'a sparse file of 10 GB': path => truncate(path, 10e9),
  'a file that nobody may read': path => chmod(path, 0),
  'a program': path => chmod(path, 0o755),
}

describe.each(programs)('by the $name runner', ({ hash, checks }) => {
  test('whatever lies in the place of a frozen file is a change, found at once', { timeout: 10_000 }, async () => {
    const root = await scratch()
    const names = ['unchanged', ...Object.keys(replacements)]
    for (const name of names) await write(join(root, name), { 'data/val.bin': 'abc' })
    const before = await hashFrozen(join(root, 'unchanged'), ['data/val.bin'])
    expect(await hash(join(root, 'unchanged'), ['data/val.bin'])).toEqual(before)
    await Promise.all(
      Object.entries(replacements).map(([name, replace]) =>
        replace(join(root, name, 'data/val.bin'), join(root, name)),
      ),
    )
    const folders = names.map(name => join(root, name))
    const [unchanged, ...changed] = await checks(folders, before)
    expect(unchanged).toEqual({ digest: digestOf(before), changed: null })
    expect(changed).toEqual((await programs[0]?.checks(folders, before))?.slice(1))
    for (const [i, { digest, changed: path }] of changed.entries()) {
      expect(path, names[i + 1]).toBe('data/val.bin')
      expect(digest, names[i + 1]).not.toBe(digestOf(before))
    }
    expect(changed.length).toBe(10)
  })

  test('a large file is hashed in parts', async () => {
    const folder = await scratch()
    const content = Buffer.from(Array.from({ length: 2.5 * 2 ** 20 }, (_, i) => (i * i) % 251))
    await writeFile(join(folder, 'big'), content)
    const expected = createHash('sha256').update(content).digest('hex')
    expect((await hash(folder, ['big'])).get('big')).toBe(`file ${content.length} ${expected}`)
  })
})

test('names of every kind have the same digest on a node', async () => {
  const folder = await scratch()
  // Beyond 16 bits, above and below in UTF-16 and in Unicode; no character at all; what JSON escapes.
  const names = [
    'b',
    'a',
    '\u{1f600}',
    '\uff5e',
    'é',
    '\ud800',
    '\udfff x',
    '\u2028',
    '"',
    '\\',
    '\n',
    '\u007f',
    '\u0001',
  ]
  await write(folder, { a: '1', é: '2', '\u{1f600}': '3' })
  await symlink('é', join(folder, 'b'))
  const frozen = await hashFrozen(folder, names)
  expect(new Set(frozen.values()).size).toBe(5)
  expect(await programs[1]?.hash(folder, names)).toEqual(frozen)
  expect(await programs[1]?.checks([folder], frozen)).toEqual([{ digest: digestOf(frozen), changed: null }])
})
