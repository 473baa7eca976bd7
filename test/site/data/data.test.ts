import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Root } from 'mdast'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Markup, sanitizeLines } from '../../../scripts/lib/text.ts'
import { parseCurve } from '../../../scripts/record/files/curve.ts'
import { readLogEnd } from '../../../scripts/record/files/logEnd.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { parser } from '../../../scripts/report/check/check.ts'
import { treeHtml } from '../../../scripts/report/render/html.ts'
import { writeReport } from '../../../scripts/report/write.ts'
import { answer } from '../../../site/data/session/answer.ts'
import { enriched, reportSections, reportTree } from '../../../site/data/session/report.ts'
import { concentration, frontierCaption } from '../../../site/data/session/summary.ts'
import { readEntries, type SessionEntry } from '../../../site/data/sessions.ts'
import { lastSession, view } from '../../../site/data/view.ts'
import { sessions, writeNotebook, writeSession } from '../../helpers/exampleSessions.ts'
import { scratch } from '../../helpers/throwaway.ts'

let root: string
let read: SessionEntry[]

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nightshift-data-'))
  await writeNotebook(root)
  read = (await readEntries(root)).filter(entry => entry.kind === 'session')
})
afterAll(() => rm(root, { recursive: true, force: true }))

const viewOf = (id: string) => {
  const session = read.find(n => n.id === id)
  if (!session) throw new Error(`no session ${id}`)
  return view(session)
}

test('an unreadable session is reported and the others are read', async () => {
  const entries = await readEntries(root)
  expect(entries).toHaveLength(7)
  const broken = entries.filter(e => e.kind === 'broken')
  expect(broken.map(b => b.id)).toEqual([sessions.broken])
  expect(broken[0]?.problem).toMatch(/^2026-11-15-torn\/session\.json is not JSON: /)
})

test('descriptions are sanitized when they are read', () => {
  const described = viewOf(sessions.long).experiments[3]?.description
  expect(described).toBe('red "><img src=x onerror="window.pwned=1"> turned round')
})

test('the home page shows the last session that ended', () => {
  expect(lastSession(read.map(view))?.id).toBe(sessions.last)
  expect(lastSession([viewOf(sessions.running)])?.id).toBe(sessions.running)
  expect(lastSession([])).toBeUndefined()
})

test('the answer begins with the values only when the gain is confirmed', () => {
  expect(answer(viewOf(sessions.demo))).toMatchObject({ kind: 'confirmed', toDo: null })
  expect(answer(viewOf(sessions.demo)).title).toMatch(/^val_bpb \d\.\d+ → \d\.\d+, \d+\.\d+% lower$/)
  const open = answer(viewOf(sessions.accuracy))
  expect(open).toMatchObject({ kind: 'inconclusive' })
  expect(open.title).toMatch(/^Inconclusive: accuracy /)
  expect(open.next.command).toMatch(/^npx pnpm confirm \S+ --seeds \d+$/)
  expect(answer(viewOf(sessions.nothing))).toMatchObject({ kind: 'nothing', title: 'Nothing kept', toDo: null })
  expect(answer(viewOf(sessions.running))).toMatchObject({ kind: 'running', toDo: null })
})

test('an unconfirmed session names the command that would confirm it', async () => {
  const other = await scratch()
  await writeSession(other, { id: 'n', experiments: 20, confirmed: null })
  const [entry] = await readEntries(other)
  if (entry?.kind !== 'session') throw new Error('not read')
  expect(answer(view(entry))).toMatchObject({
    kind: 'unconfirmed',
    next: { command: 'npx pnpm confirm n' },
  })
})

test('a sentence says how few changes made most of the summed gains, and how many are open', () => {
  expect(concentration(viewOf(sessions.long))).toMatch(
    /^\w+ of the \w+ kept changes made \d+% of the summed gains of single runs; .* (confirmed|likely)\.$/,
  )
  expect(concentration(viewOf(sessions.nothing))).toBe('')
})

test('a caption states the finding and what the legend of the figure does not say', () => {
  const long = frontierCaption(viewOf(sessions.long))
  expect(long.reading).toContain('the mean of the runs on 3 new seeds, with the 95% interval of the change')
  expect(long.reading).toMatch(/; σ is 0\.000\d\d \(95% interval 0\.000\d\d to 0\.00\d+\)\./)
  const nothing = frontierCaption(viewOf(sessions.nothing))
  expect(nothing.finding).toBe('None of four changes was kept.')
  expect(nothing.reading).not.toContain('95% interval')
  expect(nothing.reading).toContain('no noise')
})

test('the last lines of a log are read and sanitized, with whether that is all of it', async () => {
  const session = viewOf(sessions.demo)
  const [first] = session.experiments
  if (!first) throw new Error('no baseline')
  expect(readLogEnd(session.folder, first)).toMatchObject({ whole: true })
  await writeFile(files.log(session.folder, 0, 1), `${'x'.repeat(200_000)}\n${'line\n'.repeat(50)}\u001b[1mend\u0007\n`)
  const end = readLogEnd(session.folder, first)
  expect(end?.whole).toBe(false)
  expect(end?.text.split('\n')).toHaveLength(40)
  expect(end?.text.endsWith('\nend')).toBe(true)
  await rm(files.log(session.folder, 0, 1))
  expect(readLogEnd(session.folder, first)).toBeNull()
})

test('invalid points of a curve are left out', () => {
  expect(parseCurve('1,0.5,3.2\n2,1.0,nan\n3,1.5\n,,\n4,2,2.9\n5,2')).toEqual([
    { step: 1, seconds: 0.5, loss: 3.2 },
    { step: 4, seconds: 2, loss: 2.9 },
  ])
  expect(parseCurve('x\n1,0.5,3.2\n2,1,3\n3,1.5,2.9', 2).map(point => point.step)).toEqual([1, 2])
})

test('sanitized text keeps lines and tabs, without terminal escapes and bidirectional controls', () => {
  expect(sanitizeLines('a\tb\r\n10%\r20%\r30%\nend')).toBe('a\tb\n30%\nend')
  expect(sanitizeLines('\u001b[31mred\u001b[0m\u0000\u009b1m \u202eabc\u2066\u200b')).toBe('red abc')
})

test('report sections that the page shows itself are left out', () => {
  const sections = reportSections(
    parser.parse(
      '# Title\n\nOpening.\n\n## What `was` kept\n\nText.\n\n## The frontier\n\nPicture.\n\n## Full log\n\n| a |\n|-|\n| 1 |\n\n## Empty\n',
    ) as Root,
  )
  expect(sections.map(({ title, tree }) => [title, tree.children.length])).toEqual([['What was kept', 1]])
})

test('a report is rendered from its source, with links to experiments and a page figure; otherwise from report.md', async () => {
  await writeReport(join(root, sessions.last))
  const entry = (await readEntries(root)).find(e => e.id === sessions.last)
  if (entry?.kind !== 'session') throw new Error('It was read before.')
  const shown = async (prose: string | null) => {
    const tree = await reportTree({ ...entry, prose }, number => `n/${number}.html`)
    return tree && treeHtml(tree, new Map([['frontier', '<svg></svg>' as Markup]]))
  }
  expect(await shown('By :exp[1].\n\n::figure{frontier}\n\n<script>x</script>')).toBe(
    '<p>By <a href="n/1.html">0001</a>.</p>\n<figure><svg></svg></figure>\n<p>&#x3C;script>x&#x3C;/script></p>',
  )
  expect(await shown(entry.prose)).toContain('<h2>What was kept</h2>')
  expect(await shown(entry.prose)).toContain('<details><summary>Full log</summary>')
  // Older than the facts, or of an older version.
  for (const prose of [':fact[gone]', null]) expect(await shown(prose)).toContain('<h2>Full log</h2>')
})

test('experiment numbers in a report link to their pages, other numbers do not', () => {
  const pages = new Map([['0002', 'n/0002.html']])
  const sanitised = '<table><tr><td>0002</td><td>0003</td></tr></table><ul><li>0002 “x”</li></ul>' as Markup
  const html = enriched(sanitised, 'A "b"', pages)
  expect(html).toContain('<td><a href="n/0002.html">0002</a></td><td>0003</td>')
  expect(html).toContain('<li><a href="n/0002.html">0002</a> “x”')
  expect(html).toContain('aria-label="A &#34;b&#34;"')
  // Of another session, which is named before it.
  const elsewhere = '<table><tr><td>2026-03-08-h100 0002</td></tr></table>' as Markup
  expect(enriched(elsewhere, '', pages)).toContain('<td>2026-03-08-h100 0002</td>')
  const sentence = enriched('<p>By 0002, from 0.0002 to 0003 (<code>0002</code>).</p>' as Markup, '', pages)
  expect(sentence).toBe('<p>By <a href="n/0002.html">0002</a>, from 0.0002 to 0003 (<code>0002</code>).</p>')
})
