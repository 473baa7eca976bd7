import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openTranscript } from '../../../scripts/agents/clients/transcript.ts'
import { scratch } from '../../helpers/throwaway.ts'

const megabyte = 2 ** 20

test('every line of a transcript is JSON, whatever the client prints', async () => {
  const path = join(await scratch(), 'a.jsonl')
  const transcript = openTranscript(path)
  for (const line of ['{"type":"x"}', 'Warning: not JSON', '17', `{"long":"${'y'.repeat(100_000)}"}`])
    transcript.add(line)
  transcript.close()
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  expect(lines.map(line => (JSON.parse(line) as { type: string }).type)).toEqual(['x', 'text', 'text', 'text'])
  expect(lines.at(-1)).toContain('"length":100011')
})

test('a transcript is at most 1 MB and keeps the last line', async () => {
  const path = join(await scratch(), 'a.jsonl')
  const transcript = openTranscript(path)
  const line = JSON.stringify({ type: 'noise', text: 'z'.repeat(20_000) })
  for (let i = 0; i < 200; i++) transcript.add(line)
  transcript.add('{"type":"result"}')
  transcript.close()
  expect((await stat(path)).size).toBeLessThan(megabyte)
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  expect(lines.at(-1)).toBe('{"type":"result"}')
  expect(lines.at(-2)).toMatch(/^{"type":"left-out","lines":\d+}$/)
})

test('a transcript has room for a new turn after many others', async () => {
  const path = join(await scratch(), 'a.jsonl')
  for (let turn = 0; turn < 40; turn++) {
    const transcript = openTranscript(path)
    for (let i = 0; i < 20; i++) transcript.add(JSON.stringify({ turn, text: 'z'.repeat(2000) }))
    transcript.close()
  }
  expect((await stat(path)).size).toBeLessThan(megabyte)
  expect(await readFile(path, 'utf8')).toContain('"turn":39')
})
