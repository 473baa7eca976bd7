/** Everything shown is available as data: each figure and table of the built pages links to files with its numbers. */
import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { JSDOM } from 'jsdom'
import { beforeAll, expect, test } from 'vitest'
import { pageKinds } from '../../../bench/site/pageKinds.ts'
import { sessionTable, sessionTables } from '../../../site/data/session/tables.ts'
import { view } from '../../../site/data/view.ts'
import { builtSite } from '../../helpers/builtSite.ts'
import { sessions, simulate } from '../../helpers/exampleSessions.ts'

let out: string
let pages: { name: string; document: Document }[]

beforeAll(async () => {
  out = (await builtSite()).out
  const all = await readdir(out, { recursive: true })
  const kinds = [...(await pageKinds(out)).values()]
  const others = all.filter(name => /^(sessions\/[^/]+|knobs\/[^/]+\/[^/]+|[^/]+)\.html$/.test(name))
  const names = [...new Set([...kinds, ...others])]
  pages = await Promise.all(names.map(async name => ({ name, document: new JSDOM(await text(name)).window.document })))
}, 120_000)

const text = (name: string) => readFile(join(out, name), 'utf8')
const isData = (href: string) => /\.(json|jsonl|csv)$/.test(href)
const dataIn = (element: Element | null) =>
  [...(element?.querySelectorAll('a') ?? [])].map(a => a.getAttribute('href') ?? '').filter(isData)
const at = (page: string, href: string) => posix.join(posix.dirname(page), decodeURIComponent(href))

test('each figure links to its data, which exists', async () => {
  const figures = pages.flatMap(({ name, document }) =>
    [...document.querySelectorAll('figure')].map(f => ({ name, f })),
  )
  expect(new Set(figures.map(({ name }) => name)).size).toBeGreaterThan(10)
  for (const { name, f } of figures) {
    const links = dataIn(f.querySelector('figcaption'))
    expect(links, `${name}: ${f.querySelector('figcaption')?.textContent}`).not.toEqual([])
    for (const href of links) expect((await text(at(name, href))).length, `${href} of ${name}`).toBeGreaterThan(20)
  }
})

test('each table is in a section that links to its data', () => {
  const tables = pages.flatMap(({ name, document }) =>
    [...document.querySelectorAll('table:not(.report table, .diff table)')].map(table => ({ name, table })),
  )
  expect(new Set(tables.map(({ name }) => name)).size).toBeGreaterThan(10)
  for (const { name, table } of tables) {
    const own = table.closest('main > section') ?? table.closest('main')
    expect(dataIn(own), `${name}: ${table.textContent?.trim().slice(0, 60)}`).not.toEqual([])
  }
})

test('JSON and CSV of a page have the same rows, without omissions', async () => {
  const folder = `sessions/${sessions.long}`
  const rows: Record<string, unknown>[] = JSON.parse(await text(`${folder}/experiments.json`))
  expect(rows).toHaveLength(126)
  const lines = (await text(`${folder}/experiments.csv`)).trimEnd().split('\r\n')
  expect(lines).toHaveLength(127)
  expect(lines[0]).toBe(Object.keys(rows[0] ?? {}).join(','))
  expect(rows[8]).toMatchObject({ experiment: 8, place: 8, theme: expect.any(String) })
  for (const name of ['sessions', 'experiments', 'machines', 'knobs', 'ideas']) {
    const count = JSON.parse(await text(`data/${name}.json`)).length
    expect(count, name).toBeGreaterThan(0)
    const [head = '', ...rows] = (await text(`data/${name}.csv`)).trimEnd().split('\r\n')
    expect(head.split(',').length, name).toBeGreaterThan(4)
    // The JSON nests a machine's sessions; the CSV has a row for each.
    if (name === 'machines') expect(rows.length).toBeGreaterThanOrEqual(count)
    else expect(rows, name).toHaveLength(count)
  }
})

test('a knob’s file has its tries and the mean values of the line', async () => {
  const { document } = pages.find(({ name }) => name.startsWith('knobs/') && name !== 'knobs/index.html') ?? {}
  const name = pages.find(p => p.document === document)?.name ?? ''
  const [json] = dataIn(document?.querySelector('figcaption') ?? null)
  const knob = JSON.parse(await text(at(name, json ?? '')))
  expect(knob.values.length).toBeGreaterThan(1)
  expect(knob.tries).toHaveLength(document?.querySelectorAll('tbody tr').length ?? -1)
})

test('waterfall and timeline are data tables: connected steps, and every run', () => {
  const { session, experiments } = simulate({ id: '2026-11-20-h100-kqzt-tables', experiments: 40 })
  const texts = { digest: null, report: null, prose: null }
  const v = view({ kind: 'session', id: session.id, folder: '', session, experiments, ...texts })
  const rows = (file: string) => JSON.parse(sessionTable(v, file) ?? '[]')
  const kept = rows('kept.json')
  const steps = kept.filter((r: { row: string }) => r.row === 'kept')
  expect(steps).toHaveLength(v.kept.length)
  expect(steps.at(-1).to).toBeCloseTo(kept.find((r: { row: string }) => r.row === 'best single run').gain, 12)
  const runs = rows('time.json').filter((r: { what: string }) => r.what === 'run')
  expect(runs).toHaveLength(experiments.reduce((sum, e) => sum + e.runs.length, 0))
  for (const file of sessionTables.filter(name => name.endsWith('.csv'))) {
    const [head, ...lines] = (sessionTable(v, file) ?? '').trimEnd().split('\r\n')
    const all = rows(file.replace('.csv', '.json'))
    expect(lines).toHaveLength(all.length)
    for (const row of all) expect(Object.keys(row).join(',')).toBe(head)
  }
  expect(sessionTable(v, '../session.json')).toBeNull()
})

test('llms.txt links to each existing part of the notebook, and to its data', async () => {
  const llms = await text('llms.txt')
  const [page] = pages.filter(({ name }) => name === 'index.html')
  const parts = [...(page?.document.querySelectorAll('nav[aria-label=Notebook] a') ?? [])]
  expect(parts.map(a => a.textContent)).toContain('Machines')
  for (const a of parts) expect(llms).toContain(`[${a.textContent}](${a.getAttribute('href')})`)
  for (const name of ['sessions', 'experiments', 'machines', 'knobs', 'ideas'])
    expect(llms).toContain(`(data/${name}.json)`)
})
