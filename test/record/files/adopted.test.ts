import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Adoption, readAdopted, recordAdoption } from '../../../scripts/record/files/adopted.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adopted-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const adoption: Adoption = {
  branch: 'adopt/nov21',
  base: 'a'.repeat(40),
  tip: 'b'.repeat(40),
  before: null,
  chosen: 'confirmed',
  changes: [{ experiment: 3, commit: 'b'.repeat(40) }],
  leftOut: [{ experiment: 4, why: 'not asked for' }],
  squash: false,
  isConfirmedCode: true,
  plan: 'c'.repeat(64),
  promised: { by: 'confirmed', gain: 0.02, interval: [0.01, 0.03] },
  measured: null,
  notMeasured: 'it was not run',
  shortfall: null,
  at: '2026-11-28T05:00:00.000Z',
}

test('a session that was not adopted has no adoption', async () => {
  expect(await readAdopted(folder)).toEqual([])
})

test('an adoption of the same branch takes the place of the earlier one, and the latest comes last', async () => {
  await recordAdoption(folder, adoption)
  await recordAdoption(folder, { ...adoption, branch: 'other' })
  await recordAdoption(folder, { ...adoption, squash: true })
  expect((await readAdopted(folder)).map(({ branch, squash }) => [branch, squash])).toEqual([
    ['other', false],
    ['adopt/nov21', true],
  ])
})

test('a file that anyone may have written is read as text without control characters, or not at all', async () => {
  await recordAdoption(folder, { ...adoption, branch: 'a\u001b[31mb', leftOut: [{ experiment: 1, why: '\u202Ex' }] })
  const [read] = await readAdopted(folder)
  expect(JSON.stringify(read)).not.toMatch(/\\u001b|\u202E/)

  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await writeFile(join(folder, 'adopted.json'), '{"schema":1,"adoptions":[{"branch":3}]}')
  expect(await readAdopted(folder)).toEqual([])
  expect(said.mock.calls.join()).toContain('adopted.json cannot be read')
  said.mockRestore()
})
