import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { digestSchema } from '../../scripts/analysis/schema.ts'
import { readJson } from '../../scripts/lib/files/read.ts'
import { files } from '../../scripts/record/files/paths.ts'
import { writeReport } from '../../scripts/report/write.ts'
import { exampleSession } from '../helpers/exampleRecords.ts'
import { nightshift, scratch, sessionsOf } from '../helpers/throwaway.ts'

/** Writes the example session to a folder. */
async function writeExample(folder: string): Promise<void> {
  const { session, experiments, patches } = exampleSession()
  await mkdir(folder, { recursive: true })
  await writeFile(files.session(folder), JSON.stringify(session))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  for (const [number, patch] of patches) {
    await mkdir(dirname(files.patch(folder, number)), { recursive: true })
    await writeFile(files.patch(folder, number), patch)
  }
}

test('the same records give the same files, and no other files', async () => {
  const folder = await scratch()
  await writeExample(folder)
  const first = await writeReport(folder)
  const texts = () => Promise.all([readFile(files.digest(folder), 'utf8'), readFile(files.report(folder), 'utf8')])
  const before = await texts()
  expect(await writeReport(folder)).toEqual(first)
  expect(await texts()).toEqual(before)
  expect(await readJson(files.digest(folder), digestSchema)).toEqual(first)
  expect((await readdir(folder)).sort()).toEqual([
    'digest.json',
    'experiments.jsonl',
    'report.md',
    'report.source.md',
    'runs',
    'session.json',
  ])
})

test('constants are read from the patches of kept changes', async () => {
  const folder = await scratch()
  await writeExample(folder)
  expect((await writeReport(folder)).constants).toEqual([
    { file: 'trainer/train.py', name: 'LEARNING_RATE', baseline: '3e-3', head: '1.2e-2' },
    { file: 'trainer/train.py', name: 'WARMDOWN', baseline: '0.1', head: '0.4' },
  ])
})

test('other sessions in the folder are searched for the same changes, with or without a report', async () => {
  const root = await scratch()
  const { session } = exampleSession()
  for (const id of ['2026-11-18-a', '2026-11-19-b', session.id]) {
    await writeExample(join(root, id))
    await writeFile(files.session(join(root, id)), JSON.stringify({ ...session, id }))
  }
  await mkdir(join(root, '2026-11-17-broken'))
  await writeFile(files.session(join(root, '2026-11-17-broken')), '{}')
  await writeReport(join(root, '2026-11-18-a'))
  const { replication, holdoutLooks } = await writeReport(join(root, session.id))
  expect(replication.map(({ experiment, found }) => [experiment, found.map(f => `${f.session} ${f.by}`)])).toEqual([
    [1, ['2026-11-18-a tree', '2026-11-19-b tree']],
    [4, ['2026-11-18-a tree', '2026-11-19-b tree']],
    [8, ['2026-11-18-a tree', '2026-11-19-b tree']],
  ])
  expect(holdoutLooks).toMatchObject({ own: 1, all: 3 })
})

test('with the baseline’s files, the digest has all constants', async () => {
  const folder = await scratch()
  await writeExample(folder)
  expect((await writeReport(folder)).configuration).toBeNull()
  const source = join(files.source(folder), 'trainer/train.py')
  await mkdir(dirname(source), { recursive: true })
  const lines = ['', '', '', '', '', '', '', '', '', '# What may be tuned.']
  await writeFile(source, [...lines, 'LEARNING_RATE = 3e-3  # of the matrices', 'DEPTH = 2', ''].join('\n'))
  // The second patch does not fit such a file: then nothing is said of the head.
  expect((await writeReport(folder)).configuration).toBeNull()
  await rm(files.patch(folder, 4))
  await writeFile(files.patch(folder, 4), '')
  await mkdir(dirname(files.patch(folder, 8)), { recursive: true })
  await writeFile(files.patch(folder, 8), '')
  expect((await writeReport(folder)).configuration).toEqual([
    { file: 'trainer/train.py', name: 'LEARNING_RATE', baseline: '3e-3', head: '1.2e-2' },
    { file: 'trainer/train.py', name: 'DEPTH', baseline: '2', head: '2' },
  ])
})

test('pnpm report writes the report of the newest session and prints a summary', async () => {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  const { session } = exampleSession()
  await writeExample(join(sessionsOf(root), session.id))
  const out = join(root, 'wiki/nov20.html')
  const { stderr, stdout, exitCode } = await nightshift(root, 'report', ['--json', '--out', out])
  expect(exitCode).toBe(0)
  expect(await readFile(out, 'utf8')).toContain(
    '<title>nov20 · CPU: val_bpb 2.4200 → 2.2860, 5.5% lower, confirmed on 2 new seeds</title>',
  )
  const alone = await nightshift(root, 'report', ['--format', 'html'])
  expect([alone.exitCode, alone.stderr]).toEqual([2, expect.stringContaining('Add --out FILE.')])
  expect(digestSchema.parse(JSON.parse(stdout)).session).toBe(session.id)
  expect(stderr).toContain('−0.1340 ± 0.0065 val_bpb')
  expect(stderr).toContain('report.md')
  expect(stderr).toContain('npx pnpm session')
})

test('an unknown session is one clear error with exit code 2', async () => {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  const named = await nightshift(root, 'report', ['2026-01-01-nobody'])
  expect(named.exitCode).toBe(2)
  expect(named.stderr).toMatch(
    /^error: There is no session 2026-01-01-nobody\.\n +There is none in .*`npx pnpm session`/,
  )
  const any = await nightshift(root, 'report')
  expect(any.exitCode).toBe(2)
  expect(any.stderr).toContain('There is no session in')
  expect((await nightshift(root, 'report', ['--nonsense'])).exitCode).toBe(2)
})
