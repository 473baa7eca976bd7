import { appendFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { append, readJournal } from '../../scripts/record/journal.ts'
import { scratch } from '../helpers/throwaway.ts'

test('appended events are read back, with their times', async () => {
  const path = join(await scratch(), 'journal.jsonl')
  await append(path, { event: 'stopped', kind: 'hours', detail: 'a' })
  await append(path, { event: 'agent-exhausted', use: 'tuner', why: 'line\nbreak' })
  const events = await readJournal(path)
  expect(events).toMatchObject([
    { event: 'stopped', kind: 'hours' },
    { event: 'agent-exhausted', why: 'line\nbreak' },
  ])
  expect(Date.parse(events[0]?.at ?? '')).toBeGreaterThan(0)
})

test('the places of an engine are read back, whatever their keys were called in older records', async () => {
  const path = join(await scratch(), 'journal.jsonl')
  const place = { place: 3, state: 'waiting', node: null, reason: 'Resources', job: '12_3' } as const
  await append(path, { event: 'place', ...place })
  const handle = { key: 'k', place: 3, job: '12_3' }
  await append(path, { event: 'run-submitted', experiment: 1, k: 1, attempt: 1, handle })
  await append(path, { event: 'run-placed', experiment: 1, k: 1, attempt: 1, node: 'n1', waitedSeconds: 0 })
  const lost = { attempt: 1, cause: 'preempted', detail: 'x', node: 'n1' }
  await append(path, { event: 'run-lost', experiment: 1, k: 1, ...lost })
  expect(await readJournal(path)).toMatchObject([place, { handle }, { node: 'n1' }, lost])
})

test('an incomplete last line, as after a power cut, is left out', async () => {
  const path = join(await scratch(), 'journal.jsonl')
  await append(path, { event: 'stopped', kind: 'hours', detail: 'a' })
  await appendFile(path, '{"event":"stopped","at":"2026-')
  expect(await readJournal(path)).toHaveLength(1)
})

test('any other unreadable line is an error that names it', async () => {
  const path = join(await scratch(), 'journal.jsonl')
  await writeFile(path, '{"event":"unheard of"}\n')
  await expect(readJournal(path)).rejects.toThrow(/journal\.jsonl:1 is not an event/)
})

test('a journal that was replaced is one error that names it, what it is and what to do', async () => {
  const folder = await scratch()
  const [pipe = '', inside = '', link = ''] = ['pipe', 'folder', 'link'].map(name => join(folder, name))
  const outside = join(folder, 'outside')
  await writeFile(outside, 'as it is')
  await Promise.all([execa('mkfifo', [pipe]), mkdir(inside), symlink(outside, link)])
  const kinds = { [pipe]: 'a pipe', [inside]: 'a folder', [link]: 'a link' }
  for (const [path, kind] of Object.entries(kinds)) {
    const restore = expect.stringContaining('Restore the journal from a copy')
    await expect(append(path, { event: 'stopped', kind: 'hours', detail: 'a' })).rejects.toMatchObject({
      message: expect.stringContaining(`${path} cannot be written: it is ${kind}`),
      advice: restore,
    })
    await expect(readJournal(path)).rejects.toMatchObject({
      message: `${path} cannot be read: it is ${kind}.`,
      advice: restore,
    })
  }
  expect(await readFile(outside, 'utf8')).toBe('as it is')
})
