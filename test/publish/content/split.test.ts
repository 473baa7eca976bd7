import type { RootContent, Table } from 'mdast'
import { expect, test } from 'vitest'
import { splitDocument } from '../../../scripts/publish/content/split.ts'
import { sizeOf } from '../../../scripts/publish/post.ts'
import { bullets, diff, heading, paragraph, table } from '../../../scripts/report/nodes.ts'
import { fold } from '../../../scripts/report/render/fold.ts'

const rows = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const log = (count: number): Table =>
  table(rows(count), [
    { head: 'Experiment', cell: n => `row${n}.` },
    { head: 'Change', cell: n => `„größer“ ${'é'.repeat(n % 40)}` },
  ])
const section = (title: string, ...blocks: RootContent[]): RootContent[] => [fold(heading(2, title), title), ...blocks]

/** The numbers of the words "row12." in a text. */
const found = (text: string): number[] => [...text.matchAll(/row(\d+)\./g)].map(([, n]) => Number(n))

test('a document that fits is one part, without notes', () => {
  expect(splitDocument([paragraph('Answer.'), ...section('Full log', log(3))], 2000)).toEqual([
    expect.stringMatching(/^Answer\.\n\n<details>\n<summary><b>Full log<\/b><\/summary>\n\n\| Experiment \|/),
  ])
})

test.each([
  ['a folded table', section('Full log', log(2000), paragraph('After it.'))],
  ['an open table', [heading(2, 'Full log'), log(2000), paragraph('After it.')]],
  ['a list', [bullets(rows(2000).map(n => `row${n}. ${'x'.repeat(40)}`)), paragraph('After it.')]],
  [
    'a block of code',
    section(
      'Patch',
      diff(
        rows(3000)
          .map(n => `+row${n}. ${'`'.repeat(n % 5)}`)
          .join('\n'),
      ),
      paragraph('After it.'),
    ),
  ],
  ['many sections', rows(300).flatMap(n => [heading(2, `Section row${n}.`), paragraph('Text. '.repeat(40))])],
])('%s goes on in further parts, whole and in order', (_, blocks) => {
  const limit = 9000
  const parts = splitDocument([paragraph('Answer.'), ...blocks], limit)
  expect(parts.length).toBeGreaterThan(3)
  for (const part of parts) expect(sizeOf(part)).toBeLessThanOrEqual(limit)
  const all = parts.flatMap(found)
  expect(all).toEqual(rows(all.length))
  expect(all.length).toBeGreaterThanOrEqual(300)
  // Full parts: no more of them than needed.
  expect(parts.slice(0, -1).filter(part => sizeOf(part) < limit / 2)).toEqual([])
  expect(parts[0]).toMatch(/^Answer\./)
  expect(parts[0]).toMatch(new RegExp(`Part 2 of ${parts.length} is in a comment below\\.\n$`))
  expect(parts[1]).toMatch(new RegExp(`^Part 2 of ${parts.length}\\.\n`))
  expect(parts.at(-1)).not.toContain('below')
  // Each part is a document of its own: its folds and fences are closed.
  for (const part of parts) {
    expect(part.match(/<details>/g)?.length).toBe(part.match(/<\/details>/g)?.length)
    expect((part.match(/^`{3,}/gm)?.length ?? 0) % 2).toBe(0)
  }
})

test('a continued table has its head again, and a continued fold its summary', () => {
  const parts = splitDocument([paragraph('Answer.'), ...section('Full log', log(400))], 9000)
  for (const part of parts) expect(part).toContain('| Experiment | Change |')
  expect(parts[1]).toContain('<summary><b>Full log, continued</b></summary>')
  expect(parts.at(-1)).not.toContain('continued, continued')
})

test('a heading is not the last line of a part', () => {
  const filler = rows(12).flatMap(n => [heading(2, `S${n}`), paragraph('Some text. '.repeat(60 + n))])
  for (const limit of [2000, 2300, 2600, 3100])
    for (const part of splitDocument(filler, limit)) expect(part).not.toMatch(/## S\d+\n+(?:Part|$)/)
})

test('a line of code that is longer than a part goes on in the next one, and so do few long lines', () => {
  const code = (value: string): RootContent[] => section('Log', { type: 'code', lang: null, value })
  const one = splitDocument([paragraph('Answer.'), ...code(`start\n${'😀'.repeat(2000)}\nend`)], 2000)
  const kept = one.flatMap(part => part.match(/😀|start|end/gu) ?? []).join('')
  expect(kept).toBe(`start${'😀'.repeat(2000)}end`)
  const few = splitDocument(
    code(
      rows(5)
        .map(n => `row${n}. ${'x'.repeat(700)}`)
        .join('\n'),
    ),
    2000,
  )
  expect(few.flatMap(found)).toEqual(rows(5))
  for (const part of [...one, ...few]) expect(sizeOf(part)).toBeLessThanOrEqual(2000)
})

test('what cannot be split is a bug, not a lost paragraph', () => {
  expect(() => splitDocument([paragraph('x'.repeat(3000))], 2000)).toThrow('cannot be split')
})
