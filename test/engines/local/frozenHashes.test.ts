import { createHash } from 'node:crypto'
import { chmod, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { checkFrozen, digestOf, hashFrozen } from '../../../scripts/engines/local/frozenHashes.ts'
import { scratch, write } from '../../helpers/throwaway.ts'

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
  expect(await checkFrozen(folder, before)).toEqual({ digest: digestOf(before), changed: null })
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
  for (const [name, replace] of Object.entries(replacements)) {
    await original()
    await replace()
    const found = await checkFrozen(folder, before)
    expect(found.changed, name).toBe('data/val.bin')
    expect(found.digest, name).not.toBe(digestOf(before))
  }
})

test('a large file is hashed in parts', async () => {
  const folder = await scratch()
  const content = Buffer.from(Array.from({ length: 2.5 * 2 ** 20 }, (_, i) => (i * i) % 251))
  await writeFile(join(folder, 'big'), content)
  const hash = createHash('sha256').update(content).digest('hex')
  expect((await hashFrozen(folder, ['big'])).get('big')).toBe(`file ${content.length} ${hash}`)
})
