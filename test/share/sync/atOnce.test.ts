/** Many notebooks that share at the same moment. */
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { git } from '../../helpers/throwaway.ts'
import { addSession, bareRepository, idsOn, notebook } from './notebooks.ts'

test('20 notebooks that push at once over one bare repository, two of one machine among them, lose nothing', async () => {
  const remote = await bareRepository()
  const labels = Array.from({ length: 20 }, (_, i) => `cpu-${Math.min(i, 18) + 10}aa`)
  const notebooks = await Promise.all(labels.map(label => notebook(remote, label)))
  const ids = labels.map((_, i) => `2026-11-21-cpu-${i + 10}aa-x`)
  await Promise.all(notebooks.map(({ root }, i) => addSession(root, ids[i] ?? '')))
  const synced = await Promise.all(notebooks.map(each => each.sync({ push: true })))
  expect(synced.flatMap(({ failures }) => failures.map(({ message }) => message))).toEqual([])
  const branches = synced.map(({ pushed }) => pushed?.branch ?? '')
  expect(new Set(branches).size).toBe(20)
  expect(await Promise.all(branches.map(branch => idsOn(remote, branch)))).toEqual(ids.map(id => [id]))
  // What was brought is not pushed on.
  const [first] = notebooks
  expect((await first?.sync())?.pushed?.sessions).toEqual([])
  expect((await readdir(first?.root ?? '')).sort()).toEqual(ids)
  await git(remote, 'fsck', '--strict', '--no-dangling')
}, 120_000)
