/** The pictures of links: their words, their size, and texts by others in them. */
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { hasFont, toPng } from '../../../scripts/lib/png.ts'
import { sessionSvg, wordsSvg } from '../../../site/data/cardSvg.ts'
import { view } from '../../../site/data/view.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'
import { decodePng } from '../../helpers/png.ts'

function viewOf(options: Partial<SessionOptions>, rename: (name: string) => string = name => name) {
  const { session, experiments } = simulate({ id: '2026-11-20-h100-kqzt-nov20', experiments: 60, ...options })
  const facts = digest(session, experiments, new Map())
  const named = { ...session, metric: { ...session.metric, name: rename(session.metric.name) } }
  const records = { session: named, experiments, digest: { ...facts, metric: named.metric } }
  return view({ kind: 'session', id: session.id, folder: '', ...records, report: null, prose: null })
}
const parse = (svg: string) => new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document.documentElement
const texts = (svg: Element) => [...svg.querySelectorAll(':scope > text')].map(t => t.textContent ?? '')

test('a session’s card shows the result, the change, the counts, the machine and the best so far', () => {
  const svg = parse(sessionSvg(viewOf({})))
  expect(texts(svg)).toEqual([
    'Nightshift',
    'H100, 20 November 2026',
    expect.stringMatching(/^val_bpb 0\.99\d+ → 0\.98\d+, \d\.?\d*% lower$/),
    expect.stringMatching(/^Confirmed on 3 new seeds\./),
    expect.stringMatching(/^59 experiments, \d+ kept, /),
  ])
  expect(svg.querySelectorAll('svg .stairs')).toHaveLength(1)
  expect(svg.outerHTML).not.toMatch(/var\(|NaN|undefined/)
})

test('a session without a keep, or without a confirmed gain, says so', () => {
  expect(texts(parse(sessionSvg(viewOf({ hopeless: true, confirmed: null }))))[2]).toMatch(/^Nothing kept/)
  const open = texts(parse(sessionSvg(viewOf({ confirmed: 'inconclusive' }))))
  expect(open[2]).toMatch(/^Inconclusive/)
  expect(open.join()).not.toContain('Confirmed')
})

test('a long hostile name is text, and is cut', async () => {
  const svg = sessionSvg(viewOf({}, () => `"><script>x</script>${'W'.repeat(400)}`))
  const card = parse(svg)
  expect(card.querySelectorAll('script')).toHaveLength(0)
  expect(texts(card)[2]).toMatch(/^"><script>x<.*…$/)
  // No text reaches beyond the card: 22 letters as wide as these fill it.
  for (const text of texts(card)) expect(text.length).toBeLessThan(120)
  if (!(await hasFont())) return
  const png = decodePng((await toPng(svg, 1)) ?? Buffer.alloc(0))
  expect([png.width, png.height]).toEqual([1200, 630])
  expect(png.inked).toBeGreaterThan(1000)
})

test('words without a figure take two lines at most', () => {
  const lines = texts(parse(wordsSvg('Compare', 'one sentence '.repeat(60), null)))
  expect(lines).toHaveLength(5)
  expect(lines[4]).toMatch(/…$/)
})
