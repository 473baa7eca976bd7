import { JSDOM } from 'jsdom'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { expect, test } from 'vitest'
import { markdown, resolved } from '../../../scripts/report/markdown.ts'
import { treeHtml } from '../../../scripts/report/render/html.ts'
import { template } from '../../../scripts/report/sections/template.ts'
import { exampleSession, patch, reportInputOf } from '../../helpers/exampleRecords.ts'

const reader = unified().use(remarkParse).use(remarkGfm)
const parse = async (text: string) => new JSDOM(await treeHtml(reader.parse(text))).window.document.body

test('a report keeps its headings, tables and code', async () => {
  const { session, experiments, patches } = exampleSession()
  const body = await parse(markdown(reportInputOf(session, experiments, patches)))
  expect(body.querySelector('h1')?.textContent).toContain('confirmed on 2 new seeds')
  expect(body.querySelectorAll('table').length).toBe(7)
  const commands = [...body.querySelectorAll('pre code.language-sh')].map(code => code.textContent).join('')
  expect(commands).toContain('npx pnpm confirm')
  expect(body.querySelector('td[align=right]')).not.toBeNull()
  expect(body.querySelectorAll('a, img').length).toBe(0)
})

test('sections that one looks up are folded, and the lines of a patch are marked as added and removed', async () => {
  const { session, experiments } = exampleSession()
  const patches = new Map([[1, patch('LEARNING_RATE = 3e-3', 'LEARNING_RATE = 1.2e-2')]])
  const kept = experiments.filter(e => e.number < 2)
  const source = new Map([
    ['trainer/train.py', `import torch\n${'#\n'.repeat(8)}# What may be tuned.\nLEARNING_RATE = 3e-3\nDEPTH = 2\n`],
  ])
  const input = reportInputOf(session, kept, patches, source)
  const { body } = new JSDOM(await treeHtml(resolved(input, template(input)))).window.document
  const folds = [...body.querySelectorAll('details')]
  expect(folds.map(fold => fold.querySelector('summary')?.textContent)).toContain('Disclosure')
  expect(folds.flatMap(fold => [...fold.querySelectorAll('details, h2')])).toEqual([])
  expect(body.querySelector('.language-diff del')?.textContent).toBe('-LEARNING_RATE = 3e-3')
  expect(body.querySelector('.language-diff ins')?.textContent).toBe('+LEARNING_RATE = 1.2e-2')
  expect(body.querySelector('.language-diff')?.textContent).toContain('\n+++ b/trainer/train.py\n')
})

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '![picture](https://example.org/x.png)',
  '![picture](//example.org/x.png)',
  '<iframe src="https://example.org"></iframe>',
  '<p id="x" style="color:red" onclick="alert(1)">text</p>',
  '- [x] done',
])('%s leaves no element that acts, loads or poses', async text => {
  const body = await parse(`before\n\n${text}\n\nafter`)
  expect(body.querySelectorAll('script, img, iframe, style, input, [id], [style], [onclick], [onerror]').length).toBe(0)
  expect(body.textContent).toContain('after')
})

test('only http, https and relative links are kept', async () => {
  const hrefs = async (target: string) =>
    [...(await parse(`[text](${target})`)).querySelectorAll('a')].map(a => a.getAttribute('href'))
  expect(await hrefs('https://example.org/a')).toEqual(['https://example.org/a'])
  expect(await hrefs('runs/0001/change.patch')).toEqual(['runs/0001/change.patch'])
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'mailto:a@example.org', 'vbscript:x', 'JaVaScRiPt:x'])
    expect(await hrefs(bad)).toEqual([null])
})
