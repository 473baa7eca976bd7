/** The renderings of a report, each parsed by a real parser of its format. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Parser } from 'commonmark'
import { execa } from 'execa'
import { HtmlValidate } from 'html-validate'
import { JSDOM } from 'jsdom'
import { expect, onTestFinished, test, vi } from 'vitest'
import { exportFigures, exportReport, formatOf } from '../../../scripts/notebook/export.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import { markdown, resolved } from '../../../scripts/report/markdown.ts'
import { commonmark } from '../../../scripts/report/render/commonmark.ts'
import { frontierChart } from '../../../scripts/report/render/mermaid.ts'
import type { ReportInput } from '../../../scripts/report/sections/parts.ts'
import { template } from '../../../scripts/report/sections/template.ts'
import { writeReport } from '../../../scripts/report/write.ts'
import { buildExperiment, buildSession, exampleSession, patch, reportInputOf } from '../../helpers/exampleRecords.ts'
import { writeSession } from '../../helpers/exampleSessions.ts'
import { decodePng } from '../../helpers/png.ts'
import { scratch } from '../../helpers/throwaway.ts'

const example = (): ReportInput => {
  const { session, experiments, patches } = exampleSession()
  return reportInputOf(session, experiments, patches)
}

/** Descriptions that are markup in one of the formats. */
const hostile = [
  '<script>alert(1)</script>',
  '![x](https://e.org/x.png)',
  '[a](javascript:x) @me #12',
  '```',
  '`|` | **b**',
]

function hostileSession(): ReportInput {
  const { session, experiments, patches } = exampleSession()
  const texts = experiments.map((e, i) => ({
    ...e,
    description: hostile[i % hostile.length] ?? '',
    reason: hostile[0] ?? '',
  }))
  return reportInputOf({ ...session, tag: hostile[0] ?? '' }, texts, patches)
}

async function mermaid() {
  // It looks for a browser when it is loaded, as do packages of other files that share this process.
  const { window } = new JSDOM('')
  vi.stubGlobal('window', window)
  vi.stubGlobal('document', window.document)
  onTestFinished(() => void vi.unstubAllGlobals())
  return (await import('mermaid')).default
}

test('mermaid parses the chart for any metric name and magnitude', async () => {
  const { parse } = await mermaid()
  const many = Array.from({ length: 300 }, (_, i) =>
    buildExperiment(i, { status: i % 7 === 0 ? 'keep' : 'discard', metric: 2 - i / 1000 }),
  )
  const { metric, experiments } = { ...exampleSession(), metric: buildSession().metric }
  const named = { ...metric, name: 'a"b]\n; `%%{init}%%' }
  const scaled = (factor: number) => many.map(e => ({ ...e, metric: (e.metric ?? 0) * factor }))
  for (const [sessions, of] of [
    [experiments, metric] as const,
    [many, metric] as const,
    [experiments, named] as const,
    ...[1e-7, 1e9, -1].map(factor => [scaled(factor), metric] as const),
  ]) {
    const chart = frontierChart([...sessions], of) ?? ''
    expect(await parse(chart)).toMatchObject({ diagramType: 'xychart' })
    expect((/line \[(.*)\]/.exec(chart)?.[1] ?? '').split(',').length).toBeLessThanOrEqual(60)
    expect(markdown(example())).toContain('```mermaid\n---\nconfig:')
  }
  await expect(parse('xychart-beta\n    line [a, b')).rejects.toThrow()
  expect(frontierChart([buildExperiment(0, { status: 'keep', metric: 2 })], metric)).toBeNull()
})

test('a long report stays below GitHub’s limit and says where the rest is', () => {
  const text = 'a description of some length, as agents write them. '.repeat(3)
  const experiments = Array.from({ length: 2000 }, (_, i) =>
    buildExperiment(i, {
      status: i % 3 === 0 ? 'keep' : 'discard',
      metric: 2 - i / 1e5,
      gain: 1e-5,
      description: text,
    }),
  )
  const report = markdown(reportInputOf(buildSession(), experiments))
  expect(report.length).toBeLessThan(65_536)
  expect(report.length).toBeGreaterThan(50_000)
  const rows = [...report.matchAll(/^\| \d{4} \| (kept|discarded) \|/gm)].length
  expect(report).toContain(`${2000 - rows} more rows are left out here; experiments.jsonl and results.tsv`)
  expect(report.match(/<details>/g)?.length).toBe(report.match(/<\/details>/g)?.length)
})

test('the frontier is an image where there is one, else a chart with the confirmed change in its title', async () => {
  const published = markdown(example(), undefined, { site: 'https://example.org/notes' })
  expect(published).toContain('](https://example.org/notes/sessions/2026-11-20-cpu-abcd-nov20/frontier.svg)')
  expect(published).not.toContain('mermaid')
  const chart = /```mermaid\n([\s\S]*?)\n```/.exec(markdown(example()))?.[1] ?? ''
  expect(chart).toContain('title "Best val_bpb so far (lower is better); reruns −0.1340 ± 0.0065 (95%)"')
  expect(await (await mermaid()).parse(chart)).toMatchObject({ diagramType: 'xychart' })
  expect(markdown(example())).not.toContain('![')
  const folder = await folderOf(example())
  const out = join(folder, '../out/g.md')
  const [report, svg] = await exportReport(folder, out, 'github', join(folder, '../out/figures'))
  expect(await readFile(report ?? '', 'utf8')).toMatch(/!\[[^\]]{20,}]\(figures\/frontier\.svg\)/)
  expect(await readFile(svg ?? '', 'utf8')).toMatch(/^<svg /)
})

/** Node types found by a CommonMark parser, and all text in code blocks. */
function parsed(text: string): { kinds: Map<string, number>; code: string[] } {
  const [walker, kinds, code] = [new Parser().parse(text).walker(), new Map<string, number>(), [] as string[]]
  for (let event = walker.next(); event; event = walker.next()) {
    if (!event.entering) continue
    kinds.set(event.node.type, (kinds.get(event.node.type) ?? 0) + 1)
    if (event.node.type === 'code_block') code.push(event.node.literal ?? '')
  }
  return { kinds, code }
}

test('CommonMark contains no HTML, no links, and only our own images', () => {
  for (const session of [example(), hostileSession()]) {
    const pictures = new Map([['frontier', { path: 'n-frontier.png', label: 'The session.' }]])
    const text = commonmark(resolved(session, template(session)), pictures)
    const { kinds, code } = parsed(text)
    expect([...kinds.keys()].filter(kind => /html|link/.test(kind))).toEqual([])
    expect(kinds.get('image')).toBe(1)
    // A table without the extension would be one paragraph of pipes.
    expect(text).not.toMatch(/^\|/m)
    expect(code.some(block => /^0001 +kept +2\.300000/m.test(block))).toBe(true)
    // What others fold stands open.
    for (const title of ['Disclosure', 'Constants', 'Full log']) expect(text).toContain(`## ${title}`)
    expect(text).toContain('The 3 experiments without a value:')
  }
})

async function folderOf({ session, experiments, patches }: ReportInput): Promise<string> {
  const folder = join(await scratch(), 'session')
  await mkdir(folder, { recursive: true })
  await writeFile(files.session(folder), JSON.stringify(session))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  for (const [number, text] of patches) {
    await mkdir(dirname(files.patch(folder, number)), { recursive: true })
    await writeFile(files.patch(folder, number), text)
  }
  await writeReport(folder)
  return folder
}

test('an exported page is valid self-contained HTML, and CommonMark has its figures as SVG and PNG', async () => {
  for (const session of [example(), hostileSession()]) {
    const folder = await folderOf(session)
    const out = join(folder, '../out/n.html')
    expect(await exportReport(folder, out, formatOf(out, undefined))).toEqual([out])
    const html = await readFile(out, 'utf8')
    // The Markdown's alignment of columns is the attribute that remark writes.
    const rules = { 'no-deprecated-attr': 'off', 'no-inline-style': 'off', 'long-title': 'off' } as const
    const { results } = await new HtmlValidate({ extends: ['html-validate:standard'], rules }).validateString(html)
    expect(results.flatMap(r => r.messages.map(m => `${m.line}: ${m.ruleId}: ${m.message}`))).toEqual([])
    const { document } = new JSDOM(html).window
    expect(document.querySelectorAll('figure svg :is(circle, path)').length).toBeGreaterThan(0)
    expect(document.querySelectorAll('script, img, iframe, a').length).toBe(0)
  }
  const folder = await folderOf(example())
  const [text, svg, png] = await exportReport(folder, join(folder, '../out/n.md'), 'commonmark')
  expect(await readFile(svg ?? '', 'utf8')).toMatch(/^<svg /)
  expect((await readFile(png ?? '')).subarray(1, 4).toString()).toBe('PNG')
  expect(await readFile(text ?? '', 'utf8')).toContain('](n-frontier.png)')
  expect(() => formatOf('a.md', 'pdf')).toThrow('There is no format “pdf”')
})

test('each figure of a session is written as SVG and PNG, and every report format can show it', async () => {
  const folder = join(await scratch(), 'n')
  await writeSession(dirname(folder), { id: 'n', experiments: 40 })
  const out = join(folder, '../figures')
  const written = await exportFigures(folder, out, [])
  const names = ['frontier', 'waterfall', 'timeline', 'knob.LEARNING_RATE']
  expect(written.map(path => basename(path))).toEqual(names.flatMap(name => [`${name}.svg`, `${name}.png`]))
  for (const name of names) {
    const { document } = new JSDOM(await readFile(join(out, `${name}.svg`), 'utf8'), { contentType: 'image/svg+xml' })
      .window
    const svg = document.documentElement
    expect(svg.getAttribute('aria-label')?.length).toBeGreaterThan(20)
    expect(svg.querySelectorAll('text').length).toBeGreaterThan(3)
    expect(svg.querySelectorAll('path, rect, circle').length).toBeGreaterThan(3)
    expect(svg.outerHTML).not.toMatch(/var\(|data-marks|https?:(?!\/\/www\.w3\.org)/)
    const { width, height, inked } = decodePng(await readFile(join(out, `${name}.png`)))
    expect([width, height]).toEqual([
      Number(svg.getAttribute('width')) * 2,
      Math.round(Number(svg.getAttribute('height')) * 2),
    ])
    expect(inked).toBeGreaterThan(5000)
  }
  await expect(exportFigures(folder, out, ['waterfal'])).rejects.toThrow('The session has no figure waterfal.')

  const source = await readFile(files.reportSource(folder), 'utf8')
  await writeFile(
    files.reportSource(folder),
    `${source}\n${names
      .slice(1)
      .map(name => `::figure[${name}]`)
      .join('\n\n')}\n`,
  )
  const [text, ...beside] = await exportReport(folder, join(out, 'r.md'), 'commonmark')
  expect(await readFile(text ?? '', 'utf8')).toContain('](r-timeline.png)')
  expect(beside).toHaveLength(8)
  const [html] = await exportReport(folder, join(out, 'r.html'), 'html')
  expect(new JSDOM(await readFile(html ?? '', 'utf8')).window.document.querySelectorAll('figure > svg')).toHaveLength(4)
  const [github] = await exportReport(folder, join(out, 'g.md'), 'github')
  const charts = [...(await readFile(github ?? '', 'utf8')).matchAll(/```mermaid\n([\s\S]*?)\n```/g)].map(
    m => m[1] ?? '',
  )
  const { parse } = await mermaid()
  expect(charts.map(chart => /^ +(line|bar) \[/m.exec(chart)?.[1])).toEqual(['line', 'bar', 'line'])
  for (const chart of charts) expect(await parse(chart)).toMatchObject({ diagramType: 'xychart' })
})

const base = `import torch\n${'#\n'.repeat(8)}# What may be tuned.\nLEARNING_RATE = 3e-3\nDEPTH = 2\n`
const changed = [
  patch('LEARNING_RATE = 3e-3', 'LEARNING_RATE = 1.2e-2'),
  patch('LEARNING_RATE = 1.2e-2', 'LEARNING_RATE = 1.5e-2'),
]

test('git applies the patch of the whole change to the baseline', async () => {
  const keeps = [0.12, 0.01].map((gain, i) => buildExperiment(i + 1, { status: 'keep', metric: 2.3 - i / 100, gain }))
  const experiments = [buildExperiment(0, { status: 'keep', metric: 2.42 }), ...keeps]
  const patches = new Map(changed.map((text, i) => [i + 1, text]))
  const input = reportInputOf(buildSession(), experiments, patches, new Map([['trainer/train.py', base]]))
  const report = markdown(input)
  expect(report).toContain('<summary>The whole change as one patch, 9 lines</summary>')
  const diff = `${/```diff\n([\s\S]*?)\n```/.exec(report)?.[1]}\n`
  const folder = await scratch()
  await mkdir(join(folder, 'trainer'))
  await writeFile(join(folder, 'trainer/train.py'), base)
  await execa('git', ['init', '-q'], { cwd: folder })
  await execa('git', ['apply', '-'], { cwd: folder, input: diff })
  expect(await readFile(join(folder, 'trainer/train.py'), 'utf8')).toBe(base.replace('3e-3', '1.5e-2'))
  // Without the baseline's files git still has it.
  const without = markdown({ ...input, source: new Map() })
  expect(without).not.toContain('```diff')
  expect(without).toMatch(/# the whole change as one patch, in a clone .*\ngit diff c/)
})

test('the axis of a metric without negative values does not go below zero', () => {
  const experiments = [1, 95, 970].map((metric, number) => buildExperiment(number, { status: 'keep', metric }))
  const metric = { name: 'tok_s', goal: 'maximize' } as Parameters<typeof frontierChart>[1]
  expect(frontierChart(experiments, metric)).toMatch(/y-axis "tok_s" 0\.0* --> 1018/)
})
