import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { closeRequests, openRequests, readRequests, sendRequest } from '../../../scripts/ratchet/control/requests.ts'
import { scratch } from '../../helpers/throwaway.ts'

test('requests are read in the order of asking, until each is removed; one that does not read is removed', async () => {
  const work = await scratch()
  const warning = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => warning.mockRestore())
  await openRequests(work)
  const clock = vi.spyOn(Date, 'now')
  onTestFinished(() => clock.mockRestore())
  for (const [at, kind] of [
    [1_800_000_000_002, 'resume'],
    [1_800_000_000_003, 'stop'],
    [1_800_000_000_001, 'pause'],
  ] as const) {
    clock.mockReturnValueOnce(at)
    expect(await sendRequest(work, kind)).toContain(join(work, 'requests', String(at)))
  }
  await writeFile(join(work, 'requests/1.json'), '{"schema":1,"kind":"explode"}')
  expect((await readRequests(work)).map(({ request }) => request.kind)).toEqual(['pause', 'resume', 'stop'])
  expect(warning.mock.calls.join('')).toMatch(/^warning: .*1\.json: kind: /)
  expect(await readdir(join(work, 'requests'))).toHaveLength(3)
})

test('where nobody reads requests none is left behind', async () => {
  const work = await scratch()
  await openRequests(work)
  await closeRequests(work)
  expect(await sendRequest(work, 'stop')).toBeNull()
  expect(await readdir(work)).toEqual([])
})
