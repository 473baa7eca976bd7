import { mkdir, readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeAbandoned } from './bundledCommands.ts'
import { scratch, write } from './throwaway.ts'

test('bundles of a test run that was killed are removed a day later, and nothing else', async () => {
  const caches = await scratch()
  await write(caches, { 'commands-old/session.mjs': '', 'commands-new/session.mjs': '' })
  await mkdir(join(caches, 'compiled'))
  const before = new Date(Date.now() - 2 * 86_400_000)
  for (const name of ['commands-old', 'compiled']) await utimes(join(caches, name), before, before)
  await removeAbandoned(caches)
  expect((await readdir(caches)).sort()).toEqual(['commands-new', 'compiled'])
})
