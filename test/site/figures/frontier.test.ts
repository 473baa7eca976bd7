import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { bar, barScale } from '../../../site/figures/bar.ts'
import { frontierData } from '../../../site/figures/frontier/data.ts'
import { frontier, wideFrontier } from '../../../site/figures/frontier/frontier.ts'
import { layOut } from '../../../site/figures/frontier/layout.ts'
import { nameKept } from '../../../site/figures/frontier/names.ts'
import { type FrontierData, onFrontier, type Point } from '../../../site/figures/frontier/point.ts'
import { sparkline } from '../../../site/figures/frontier/sparkline.ts'
import { curves } from '../../../site/figures/loss/curve.ts'
import { range, ticks, usualReach } from '../../../site/figures/scale.ts'
import { standalone } from '../../../site/figures/standalone.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'

const made = (experiments: number, more = {}) => simulate({ id: `session-${experiments}`, experiments, ...more })
const dataOf = (n: number, more = {}): FrontierData => {
  const { session, experiments } = made(n, more)
  return frontierData(session, experiments)
}
const parse = (svg: string) => [...new JSDOM(svg).window.document.querySelectorAll('svg.plot')]
const isFar = (p: Point, data: FrontierData) => layOut(data, 1000).off.includes(p)
/** Number of marks: those of a kind are one path, in which each begins with an "M". */
const count = (svg: Element | undefined, ...kinds: string[]) =>
  kinds
    .flatMap(kind => [...(svg?.querySelectorAll(`svg > path.${kind}`) ?? [])])
    .reduce((sum, path) => sum + (path.getAttribute('d')?.split('M').length ?? 1) - 1, 0)
const file = (session: Session, experiments: Experiment[]) =>
  standalone(wideFrontier(frontierData(session, experiments)), {
    title: experiments[1]?.description ?? '',
    source: session.id,
  })

test.each([1, 9, 126, 1000])('a frontier of %i experiments shows each of them once', n => {
  const data = dataOf(n)
  const [wide] = parse(frontier(data))
  const marks = (...kinds: string[]) => count(wide, ...kinds)
  const kept = data.points.filter(p => p.status === 'keep').length
  expect(marks('kept')).toBe(kept)
  expect(marks('failed', 'untrained')).toBe(data.points.filter(p => p.value === null).length)
  expect(marks('tried', 'far', 'failed', 'untrained')).toBe(n - kept)
  expect(wide?.outerHTML).not.toMatch(/NaN|Infinity|undefined/)
})

test('a frontier is drawn in three widths, with a text alternative and without inline styles', () => {
  const drawings = parse(frontier(dataOf(40)))
  expect(drawings.map(d => d.getAttribute('class'))).toEqual(['plot at-wide', 'plot at-middle', 'plot at-narrow'])
  for (const d of drawings) {
    expect(d.getAttribute('aria-label')).toMatch(/^Best val_bpb so far over 39 experiments, from 0\.997900 to 0\./)
    expect(d.outerHTML).not.toContain('style')
  }
})

test('measured experiments of unknown status are squares of their own, also where there are thousands', () => {
  for (const n of [40, 1600]) {
    const { session, experiments } = made(n)
    const discards = experiments.filter(e => e.status === 'discard').map(e => e.number)
    const unknown = new Set(discards.filter(number => number % 2 === 0))
    const mixed = experiments.map(e => (unknown.has(e.number) ? { ...e, status: 'unknown' as const } : e))
    const data = frontierData(session, mixed)
    const [wide] = parse(frontier(data))
    expect(wide?.getAttribute('aria-label')).toContain(`${unknown.size} of unknown status`)
    const drawn = count(wide, 'unknown') + data.points.filter(p => unknown.has(p.number) && isFar(p, data)).length
    if (n === 40) expect(drawn).toBe(unknown.size)
    else expect(count(wide, 'unknown')).toBeGreaterThan(100)
    expect(parse(sparkline(data))).toHaveLength(1)
  }
})

test('the line is the best so far; a kept change that is worse is beside it', () => {
  const { session, experiments } = made(3)
  const values = [1.2, 1, 1.15]
  const kept = experiments.map((e, i) => ({ ...e, status: 'keep' as const, metric: values[i] ?? null, decision: null }))
  const data = frontierData(session, kept)
  expect(onFrontier(data).map(p => p.value)).toEqual([1.2, 1])
  expect(data.points.map(p => p.best)).toEqual([1.2, 1, 1])
  const [wide] = parse(frontier(data))
  expect(count(wide, 'kept')).toBe(3)
  expect(wide?.getAttribute('aria-label')).toContain('from 1.200000 to 1.000000; 2 kept')
})

test('one bad run is off the scale and does not flatten the others', () => {
  expect(usualReach([0.001, 0.002, 0.003, 0.002, 2.2])).toBeLessThan(0.02)
  const { session, experiments } = made(60)
  const worst = experiments.findIndex(e => e.status === 'discard')
  const spoilt = experiments.map((e, i) =>
    i === worst && e.decision ? { ...e, metric: 3.2158, decision: { ...e.decision, gain: -2.22 } } : e,
  )
  const { document } = new JSDOM(frontier(frontierData(session, spoilt))).window
  expect(document.querySelector('svg')?.textContent).toContain('3.2158')
  expect(count(document.querySelector('svg.at-wide') ?? undefined, 'far')).toBe(
    layOut(frontierData(session, experiments), 1000).off.filter(p => p.value !== null).length + 1,
  )
  const labels = [...document.querySelectorAll('svg.at-wide .axis text')].map(t => t.textContent)
  expect(labels).toContain('0.990')
})

test('similar discards are all on the scale, and so are two', () => {
  for (const shortfalls of [[], [0.5], [0.001, 2], [1, 1.1, 0.9, 1.3]])
    expect(usualReach(shortfalls)).toBe(Number.POSITIVE_INFINITY)
})

test('a metric to maximise gives the mirror image', () => {
  const [low, high] = range('minimize', [0.998, 0.97, 0.975], 0.0005)
  const mirrored = range('maximize', [-0.998, -0.97, -0.975], 0.0005)
  expect(mirrored[0]).toBeCloseTo(-high, 12)
  expect(mirrored[1]).toBeCloseTo(-low, 12)
  expect(low).toBeLessThan(0.97)
  expect(high).toBeGreaterThan(0.998)
})

test('the range is valid for one value, for none, and for equal ones', () => {
  for (const values of [[0.9], [0], [5, 5, 5], []]) {
    const [low, high] = range('minimize', values, null)
    expect(high).toBeGreaterThan(low)
  }
})

test.each([
  [
    [0.966, 1],
    ['0.97', '0.98', '0.99', '1.00'],
  ],
  [
    [0, 126],
    ['0', '50', '100'],
  ],
  [
    [-0.4, 0.1],
    ['−0.4', '−0.2', '0.0'],
  ],
  [
    [2e8, 9e8],
    ['2e8', '4e8', '6e8', '8e8'],
  ],
  [
    [4.1e-8, 5.2e-8],
    ['4.5e-8', '5e-8'],
  ],
  [
    [1.084e-8, 1.101e-8],
    ['1.085e-8', '1.09e-8', '1.095e-8', '1.1e-8'],
  ],
  [
    [123456789.12, 123456789.15],
    ['123456789.12', '123456789.13', '123456789.14', '123456789.15'],
  ],
] as [[number, number], string[]][])('ticks of %j are round', (domain, expected) => {
  const { values, text } = ticks(domain, 3)
  expect(values.map(text)).toEqual(expected)
})

test('without σ, or with σ 0, there is no band', () => {
  for (const sigma of [null, 0]) {
    const svg = frontier(dataOf(9, { sigma }))
    expect(svg).not.toContain('var(--band)')
    expect(svg).not.toContain('±2σ')
  }
  expect(frontier(dataOf(9))).toContain('noise of one run, ±2σ')
})

test('deltas carry the metric’s own sign', () => {
  const down = parse(frontier(dataOf(9)))[0]?.querySelectorAll('tspan.delta')
  const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null }
  const up = parse(frontier(dataOf(30, { metric: accuracy, baseline: 0.9 })))[0]?.querySelectorAll('tspan.delta')
  const signs = (spans: NodeListOf<Element> | undefined) =>
    new Set([...(spans ?? [])].slice(1).map(s => s.textContent?.[0]))
  expect(signs(down)).toEqual(new Set(['−']))
  expect(signs(up)).toEqual(new Set(['+']))
})

test('a session in which everything crashed still has a figure', () => {
  const { session, experiments } = made(5)
  const crashed = experiments.map(e => ({ ...e, status: 'crash' as const, metric: null, decision: null }))
  const svg = frontier(frontierData(session, crashed))
  expect(parse(svg)[0]?.getAttribute('aria-label')).toContain('none of which measured val_bpb')
  expect(count(parse(svg)[0], 'failed')).toBe(5)
  expect(sparkline(frontierData(session, crashed))).toBe('')
})

test('hostile descriptions are text in the figure', () => {
  const { session, experiments } = made(9, { descriptions: { 1: '<script>x</script>', 2: '"><img src=x>' } })
  const svg = file(session, experiments)
  const { document } = new JSDOM(svg).window
  expect(document.querySelectorAll('script, img')).toHaveLength(0)
})

test('the standalone SVG contains its colours', () => {
  const { session, experiments } = made(20)
  const svg = file(session, experiments)
  const { document } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window
  expect(document.documentElement.tagName).toBe('svg')
  expect(svg).not.toContain('var(')
  expect(svg).toContain('#1b559f')
})

test('a loss curve names both its lines and keeps their labels apart', () => {
  const points = Array.from({ length: 50 }, (_, i) => ({ step: i, seconds: i, loss: 3 - i / 50 }))
  const close = points.map(p => ({ ...p, loss: p.loss + 0.001 }))
  const series = [
    { label: 'best then (3)', points: close, main: false },
    { label: 'this one', points, main: true },
  ]
  const [wide] = parse(curves(series))
  const ends = [...(wide?.querySelectorAll('text') ?? [])].filter(t => series.some(s => s.label === t.textContent))
  const y = (t: Element) => Number(/,(-?[\d.]+)\)/.exec(`${t.getAttribute('transform')}`)?.[1])
  const shift = (t: Element) => Number(/,(-?[\d.]+)\)/.exec(`${t.parentElement?.getAttribute('transform')}`)?.[1] ?? 0)
  const [a, b] = ends.map(t => y(t) + shift(t))
  expect(Math.abs((a ?? 0) - (b ?? 0))).toBeGreaterThan(12)
})

test('a ledger bar extends left when better, and is cut when too long', () => {
  const reach = barScale([0.001, -0.002, 0.0005, -1], 0.0005)
  expect(reach).toBe(0.004)
  const better = bar(0.002, 0.0005, reach)
  expect((better.bar?.x ?? 0) + (better.bar?.width ?? 0)).toBe(50)
  expect(better.cut).toBeNull()
  expect(bar(-1, 0.0005, reach).cut).not.toBeNull()
  expect(bar(null, null, reach).bar).toBeNull()
})

test('a standalone SVG is valid XML for any characters in its texts', () => {
  const { session, experiments } = made(20)
  const strange = experiments.map(e => ({ ...e, description: 'no\u00a0break <b> \u001b[31m \u202eturned \ud800' }))
  const svg = file({ ...session, metric: { ...session.metric, name: '<m>"' } }, strange)
  const { documentElement } = new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document
  expect(documentElement.getAttribute('aria-label')).toMatch(/^Best <m>" so far/)
  expect(documentElement.textContent).toContain('no\u00a0break <b>')
  expect(svg).not.toMatch(/[\u001b\u202e]/)
})

/** A session with the digest that its report would have. */
function reported(n: number, more: Partial<SessionOptions> = {}): FrontierData {
  const { session, experiments } = made(n, more)
  return frontierData(session, experiments, digest(session, experiments, new Map()))
}
const legend = (svg: Element | undefined) => [...(svg?.querySelectorAll('.legend text') ?? [])].map(t => t.textContent)

test('the legend names the marks that are drawn and no other, in each width', () => {
  const { session, experiments } = made(126)
  const data = reported(126)
  const statuses = new Set(experiments.map(e => e.status))
  expect([...statuses]).toEqual(expect.arrayContaining(['crash', 'timeout']))
  expect(session.noise).not.toBeNull()
  for (const drawing of parse(frontier(data))) {
    const words = legend(drawing)
    expect(words).toEqual(
      expect.arrayContaining([
        'kept, not proven',
        'discarded',
        'crashed, timed out',
        'off scale',
        'best so far',
        'confirmed on 3 new seeds, 95% interval',
      ]),
    )
    expect(words.some(text => text?.includes('±2σ'))).toBe(true)
    for (const absent of ['status unknown', 'refused']) expect(words).not.toContain(absent)
  }
  const bare = legend(parse(frontier(dataOf(9, { sigma: null })))[0])
  expect(bare).toContain('kept')
  for (const absent of ['noise', 'confirmed', 'proven', 'crashed']) expect(bare.join()).not.toContain(absent)
})

test('axes have titles that say what is counted and which direction is better', () => {
  const [wide] = parse(frontier(dataOf(9)))
  const titles = [...(wide?.querySelectorAll('text.axis') ?? [])].map(t => t.textContent)
  expect(titles).toEqual(['val_bpb (bits/byte), lower is better', 'experiment'])
})

test('a keep that is not proven is pale, one that is likely or confirmed is not', () => {
  const data = reported(126)
  const [wide] = parse(frontier(data))
  const keeps = data.points.filter(p => p.status === 'keep' && p.number > 0)
  expect(count(wide, 'unproven')).toBe(keeps.filter(p => p.sure === false).length)
  expect(count(wide, 'kept')).toBe(keeps.filter(p => p.sure === true).length + 1)
  expect(count(wide, 'unproven')).toBeGreaterThan(0)
})

test.each([
  ['better', 'confirmed'],
  ['inconclusive', 'inconclusive'],
  ['worse', 'worse'],
] as const)('what confirm found, %s, stands at the right end with its interval', (confirmed, word) => {
  const data = reported(40, { confirmed })
  const mark = data.confirmed
  if (!mark) throw new Error('confirm has run')
  expect([mark.word, mark.where]).toEqual([word, 'on 3 new seeds'])
  expect(mark.interval[0]).toBeLessThan(mark.value)
  expect(mark.interval[1]).toBeGreaterThan(mark.value)
  for (const [i, drawing] of parse(frontier(data)).entries()) {
    expect(drawing.querySelectorAll('g.confirmed path')).toHaveLength(1)
    const texts = [...drawing.querySelectorAll('svg.plot > text')].map(t => t.textContent ?? '')
    expect(
      texts.some(text => (i < 2 ? text === mark.change : mark.change.endsWith(text) && text.startsWith('±'))),
    ).toBe(true)
    expect(drawing.getAttribute('aria-label')).toContain(`${mark.change}, ${word}.`)
  }
  expect(parse(frontier(dataOf(40)))[0]?.querySelector('g.confirmed')).toBeNull()
})

test('the value that confirm found is the mean of its runs of the head', () => {
  const { session, experiments } = made(40)
  const facts = digest(session, experiments, new Map())
  const data = frontierData(session, experiments, facts)
  expect(data.confirmed?.value).toBeCloseTo(facts.confirmed?.head ?? Number.NaN, 9)
})

const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null } as const

test.each([4, 11, 49, 60, 127, 911])('the last keep of %i experiments has a label, in each width and direction', n => {
  for (const more of [{}, { metric: accuracy, baseline: 0.4, step: 0.003, sigma: 0.0003 }])
    for (const width of [1000, 720, 350]) {
      const frame = layOut(n > 500 ? dataOf(n, more) : reported(n, more), width)
      const last = frame.kept.at(-1)
      expect(nameKept(frame).map(name => name.x)).toContain(frame.x(last?.place ?? -1))
    }
})

test('a file says which session it shows', () => {
  const { session, experiments } = made(20, { descriptions: { 1: `<b>${'long '.repeat(80)}` } })
  const { documentElement: svg } = new JSDOM(file(session, experiments), { contentType: 'image/svg+xml' }).window
    .document
  const [title, source] = [...svg.querySelectorAll('text')]
  expect(title?.textContent).toMatch(/^<b>long .*…$/)
  expect(source?.textContent).toBe(session.id)
})
