import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeStale, takeLock } from '../../../scripts/lib/process/lock.ts'
import { thisProcess } from '../../../scripts/lib/process/owner.ts'
import { scratch } from '../../helpers/throwaway.ts'

test.each([
  ['a dead process', { pid: 2 ** 22 - 1, start: 'long ago' }],
  ['a dead process whose pid was reused', { pid: process.pid, start: 'long ago' }],
  ['a partially written owner', '{"pid":12'],
])('a lock of %s is void', async (_, owner) => {
  const path = join(await scratch(), 'lock')
  await writeFile(path, typeof owner === 'string' ? owner : JSON.stringify(owner))
  const unlock = await takeLock(path, 'nov21')
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(await thisProcess())
  await unlock()
  await expect(stat(path)).rejects.toThrow('ENOENT')
})

const dead = JSON.stringify({ pid: 2 ** 22 - 1, start: 'long ago' })

test("when many take a dead process's lock at once, one gets it", async () => {
  for (let round = 0; round < 20; round++) {
    const path = join(await scratch(), 'lock')
    await writeFile(path, dead)
    const taken = await Promise.allSettled(Array.from({ length: 40 }, () => takeLock(path, 'nov21')))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await readdir(join(path, '..'))).toEqual(['lock'])
  }
})

test('a lock that was taken after it was found stale is not removed', async () => {
  const path = join(await scratch(), 'lock')
  await takeLock(path, 'nov21')
  await removeStale(path, dead)
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(await thisProcess())
  expect(await readdir(join(path, '..'))).toEqual(['lock'])
})

test('a process that died while removing a stale lock does not block others', async () => {
  const path = join(await scratch(), 'lock')
  await writeFile(path, dead)
  const removal = `${path}.${createHash('sha256').update(dead).digest('hex').slice(0, 16)}`
  await writeFile(removal, JSON.stringify({ pid: 2 ** 22 - 2, start: 'long ago' }))
  await takeLock(path, 'nov21')
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(await thisProcess())
  expect(await readdir(join(path, '..'))).toEqual(['lock'])
})

test('the lock of a live process holds; the error names the process', async () => {
  const path = join(await scratch(), 'lock')
  await takeLock(path, 'nov21')
  await expect(takeLock(path, 'nov21')).rejects.toThrow(`nov21 is being run by process ${process.pid}.`)
})
