import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildPost } from '../../scripts/publish/content/buildPost.ts'
import { files } from '../../scripts/record/files/paths.ts'
import { masked } from '../../scripts/share/scan.ts'
import { writeSession } from '../helpers/exampleSessions.ts'
import { scratch, untilLast } from '../helpers/throwaway.ts'

// Made in two pieces, so that no scanner takes this file for a leak.
const key = `${'ghp'}_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`
const id = '2026-11-21-cpu-abcd-nov21'
const options = { keepPaths: false, withLogs: false }

const finished = untilLast()
let root: string
beforeAll(async () => {
  root = join(await scratch(finished), 'sessions')
  await writeSession(root, { id, experiments: 6 })
})
const post = () => buildPost([id], 'session', options, new Date(), root)

/** The file with a line added, for as long as `run` takes. */
async function withLine(path: string, text: string, run: () => Promise<void>): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => '')
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, `${before}${text}\n`)
    await run()
  } finally {
    await writeFile(path, before)
  }
}

const lineAfter = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').length

test.each([
  ['report.md', (folder: string) => files.report(folder)],
  ['report.source.md', (folder: string) => files.reportSource(folder)],
  ['runs/0003/change.patch', (folder: string) => files.patch(folder, 3)],
  ['source/train.py', (folder: string) => join(files.source(folder), 'train.py')],
])('a key in %s blocks the post, with its line and without its value', async (name, pathOf) => {
  const path = pathOf(join(root, id))
  const line = await lineAfter(path)
  await withLine(path, ` x = "${key}"`, async () => {
    const error = await post().catch((error: unknown) => error)
    expect(error).toMatchObject({
      name: 'Failure',
      message: `Nothing was sent: the post would be made from files with 1 key:\n  sessions/${id}/${name}:${line}: ghp_…, 40 characters`,
    })
    expect(String(error)).not.toContain(key.slice(6, 14))
  })
})

test('all keys are listed, with the sessions they are in', async () => {
  const patch = files.patch(join(root, id), 2)
  await withLine(patch, `+token = "${key}"`, () =>
    withLine(files.report(join(root, id)), key, async () => {
      await expect(post()).rejects.toThrow(/files with 2 keys:\n.*report\.md:\d+: .*\n.*change\.patch:\d+: /)
      await expect(buildPost([id], 'week', options, new Date(), root)).rejects.toThrow('2 keys')
    }),
  )
})

test('a key in a record, also one that JSON escapes, blocks the post', async () => {
  const path = files.experiments(join(root, id))
  const before = await readFile(path, 'utf8')
  const lines = before.split('\n')
  const escaped = key.replace('_', '\\u005f')
  await writeFile(
    path,
    lines
      .map((line, i) => (i === 2 ? line.replace('(try it)', escaped).replace('(a good idea)', escaped) : line))
      .join('\n'),
  )
  try {
    await expect(post()).rejects.toThrow(`sessions/${id}/experiments.jsonl:3: `)
  } finally {
    await writeFile(path, before)
  }
})

test('a key in the name of a file blocks the post and is masked there', async () => {
  const path = join(files.source(join(root, id)), `${key}.py`)
  await mkdir(dirname(path), { recursive: true })
  await appendFile(path, 'x = 1\n')
  const error = await post().catch((error: unknown) => error)
  await rename(path, join(files.source(join(root, id)), 'fine.py'))
  expect(error).toMatchObject({ message: expect.stringContaining('the name of sessions/') })
  expect(String(error)).not.toContain(key)
  await expect(post()).resolves.toBeDefined()
})

test.each([
  [key, 'ghp_…, 40 characters'],
  [`sk-${'ant'}-api03-${'x1'.repeat(20)}`, 'sk-ant-…, 53 characters'],
  [`${'AKIA'}ABCDEFGH12345678`, 'AKIA…, 20 characters'],
  ['s3cr3tpassword', '…, 14 characters'],
])('a masked value tells at most its kind', (text, shown) => {
  expect(masked({ text, variable: null })).toBe(shown)
})

test('of a value of the environment the variable is named', () => {
  expect(masked({ text: 'abc', variable: 'OPENAI_API_KEY' })).toBe('the value of OPENAI_API_KEY')
})
