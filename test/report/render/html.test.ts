import { JSDOM } from 'jsdom'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { expect, test } from 'vitest'
import { markdown } from '../../../scripts/report/markdown.ts'
import { treeHtml } from '../../../scripts/report/render/html.ts'
import { exampleSession, reportInputOf } from '../../helpers/exampleRecords.ts'

const reader = unified().use(remarkParse).use(remarkGfm)
const parse = async (text: string) => new JSDOM(await treeHtml(reader.parse(text))).window.document.body

test('a report keeps its headings, tables and code', async () => {
  const { session, experiments, patches } = exampleSession()
  const body = await parse(markdown(reportInputOf(session, experiments, patches)))
  expect(body.querySelector('h1')?.textContent).toContain('val_bpb confirmed, 2 seeds')
  expect(body.querySelectorAll('table').length).toBe(9)
  const commands = [...body.querySelectorAll('pre code.language-sh')].map(code => code.textContent).join('')
  expect(commands).toContain('npx pnpm confirm')
  expect(body.querySelector('td[align=right]')).not.toBeNull()
  expect(body.querySelectorAll('a, img').length).toBe(0)
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
