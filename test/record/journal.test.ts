import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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
