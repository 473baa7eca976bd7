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
import { callsOnNode } from '../node/modules.ts'

/** By the local runner and by that of a node: what the harness hashed before, either hashes after. */
const programs = [
  { name: 'local', hash: hashFrozen, check: checkFrozen },
  {
    name: 'node',
    hash: async (folder: string, paths: string[]): Promise<Frozen> =>
      new Map(
        Object.entries(callsOnNode<[Record<string, string>]>(['frozen_hashes', 'hash_frozen', folder, paths])[0]),
      ),
    check: async (folder: string, before: Frozen) =>
      callsOnNode<[FrozenCheck]>(['frozen_hashes', 'check_frozen', folder, Object.fromEntries(before)])[0],
  },
]

describe.each(programs)('by the $name runner', ({ name, hash, check }) => {
  test('whatever lies in the place of a frozen file is a change, found at once', { timeout: 10_000 }, async () => {
    const folder = await scratch()
    const path = join(folder, 'data/val.bin')
    const original = async () => {
      await chmod(join(folder, 'data'), 0o755).catch(() => {})
      await rm(join(folder, 'data'), { recursive: true, force: true })
      await write(folder, { 'data/val.bin': 'abc' })
    }
    await original()
    const before = await hashFrozen(folder, ['data/val.bin'])
    expect(await hash(folder, ['data/val.bin'])).toEqual(before)
    expect(await check(folder, before)).toEqual({ digest: digestOf(before), changed: null })
    const replacements: Record<string, () => Promise<unknown>> = {
      'another text of the same size': () => writeFile(path, 'abd'),
      nothing: () => rm(path),
      'a pipe without a writer': () => rm(path).then(() => execa('mkfifo', [path])),
      'a directory': () => rm(path).then(() => mkdir(path)),
      'a link to the same text': () =>
        write(folder, { copy: 'abc' })
          .then(() => rm(path))
          .then(() => symlink('../copy', path)),
      'a device': () => rm(path).then(() => symlink('/dev/zero', path)),
      'a socket': () =>
        rm(path).then(() =>
          execa(process.execPath, [
            '-e',
            `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.exit())`,
          ]),
        ),
      'a sparse file of 10 GB': () => truncate(path, 10e9),
      'a file that nobody may read': () => chmod(path, 0),
      'a program': () => chmod(path, 0o755),
    }
    for (const [what, replace] of Object.entries(replacements)) {
      await original()
      await replace()
      const found = await check(folder, before)
      if (name !== 'local') expect(found).toEqual(await checkFrozen(folder, before))
      expect(found.changed, what).toBe('data/val.bin')
      expect(found.digest, what).not.toBe(digestOf(before))
    }
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
  expect(await programs[1]?.check(folder, frozen)).toEqual({ digest: digestOf(frozen), changed: null })
})
