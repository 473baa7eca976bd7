import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { h100Id, h100Session } from '../helpers/h100Session.ts'
import { emptyRoot, nightshift, sessionsOf } from '../helpers/throwaway.ts'

test('pnpm collect imports a session of an older version with all its runs, and its report says how to replicate it here', {
  timeout: 60_000,
}, async () => {
  const root = await emptyRoot()
  const collected = await nightshift(root, 'collect', [h100Session])
  expect(collected.exitCode, collected.stderr).toBe(0)

  const folder = join(sessionsOf(root), h100Id)
  const { session, experiments } = await readSession(folder)
  expect(JSON.parse(await readFile(files.session(folder), 'utf8'))).toMatchObject({ schema: 2, id: h100Id })
  expect(session).toMatchObject({ source: { kind: 'session' }, machine: { gpu: 'NVIDIA H100 80GB HBM3', gpus: 1 } })
  expect(experiments.map(e => [e.number, e.status, e.metric])).toEqual([
    [0, 'keep', 1.406709],
    [1, 'keep', 1.336987],
    [2, 'keep', 1.114616],
  ])
  // Three runs of the loop and four of confirm.
  expect(experiments.flatMap(e => e.runs.map(run => [e.number, run.purpose, run.seed, run.metric]))).toEqual([
    [0, 'baseline', 1, 1.406709],
    [0, 'confirm', 1001, 1.403503],
    [0, 'confirm', 1002, null],
    [1, 'candidate', 1, 1.336987],
    [2, 'candidate', 1, 1.114616],
    [2, 'confirm', 1001, 1.103308],
    [2, 'confirm', 1002, 1.154132],
  ])

  const written = await nightshift(root, 'report', [h100Id])
  expect(written.exitCode, written.stderr).toBe(0)
  const report = await readFile(files.report(folder), 'utf8')
  expect(report).toContain('Not confirmed yet: val_bpb 1.4035 → 1.1287 on at least 1 new seed.')
  // Nothing here can be confirmed: branch and machine are elsewhere.
  expect(report).toContain(`\nnpx pnpm replicate ${h100Id}\n`)
  expect(report).not.toContain('npx pnpm confirm')
})
