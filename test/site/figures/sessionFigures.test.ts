/** The figures of the session page, drawn from generated sessions. */
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { timeline, timelineCaption } from '../../../site/data/session/timeline.ts'
import { waterfall, waterfallCaption } from '../../../site/data/session/waterfall.ts'
import { type View, view } from '../../../site/data/view.ts'
import { cutToLines, lanes, timeGrid } from '../../../site/figures/timeline/timeGrid.ts'
import { lineText, timelineFigure } from '../../../site/figures/timeline/timeline.ts'
import { waterfallFigure } from '../../../site/figures/waterfall/waterfall.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'

const viewOf = (experiments: number, more: Partial<SessionOptions> = {}): View => {
  const session = simulate({ id: `2026-11-20-h100-kqzt-${experiments}`, experiments, ...more })
  const facts = digest(session.session, session.experiments, new Map())
  return view({
    kind: 'session',
    id: session.session.id,
    folder: '',
    ...session,
    digest: facts,
    report: null,
    prose: null,
  })
}
const wide = (svg: string) => new JSDOM(svg).window.document.querySelector('svg.at-wide') as Element
const texts = (svg: Element) => [...svg.querySelectorAll('text')].map(t => t.textContent)
const present = <T>(value: T | null): T => {
  if (value === null) throw new Error('nothing to draw')
  return value
}

test.each([9, 126, 910])('the waterfall of %i experiments leads from zero to the gain of single runs', n => {
  const v = viewOf(n)
  const data = present(waterfall(v))
  expect(data.steps.length).toBeLessThan(45)
  expect(data.steps.reduce((sum, s) => sum + s.gain, 0)).toBeCloseTo(data.singleRuns.gain, 9)
  expect(data.steps.at(-1)?.to).toBeCloseTo(data.singleRuns.gain, 9)
  const svg = wide(waterfallFigure(data))
  expect(svg.querySelectorAll('g.steps rect')).toHaveLength(data.steps.length + 3)
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['best single run', 'confirmed on new seeds', 'on the holdout', 'run again, 95% interval']),
  )
  expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined|style/)
  const pale = data.steps.filter(s => s.sure === false).length
  expect(svg.querySelectorAll('g.steps rect[fill="var(--pale)"]')).toHaveLength(pale)
  expect(texts(svg).includes('kept, not proven')).toBe(pale > 0)
  expect(waterfallCaption(v).finding).toMatch(/^−0\.\d+ ± 0\.\d+ is confirmed, \d+% of the −0\.\d+ of single runs\.$/)
})

test('the waterfall of a metric to maximise grows in the same direction', () => {
  const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null } as const
  const data = present(waterfall(viewOf(40, { metric: accuracy, baseline: 0.9, confirmed: null })))
  expect(data.singleRuns.gain).toBeGreaterThan(0)
  expect(data.steps.at(-1)?.to).toBeCloseTo(data.singleRuns.gain, 9)
})

test('a session without keeps has no waterfall, one without times no timeline', () => {
  const v = viewOf(5, { hopeless: true, confirmed: null })
  expect(waterfall(v)).toBeNull()
  const timeless = v.experiments.map(e => ({ ...e, runs: [], startedAt: null, endedAt: null }))
  expect(timeline({ ...v, experiments: timeless })).toBeNull()
})

test.each([9, 126, 910])('the timeline of %i experiments shows each run, on few lines', n => {
  const v = viewOf(n)
  const data = present(timeline(v))
  expect(data.spans).toHaveLength(v.experiments.reduce((sum, e) => sum + e.runs.length, 0))
  const svg = wide(timelineFigure(data))
  const boxes = (kind: string) => svg.querySelector(`path.${kind}`)?.getAttribute('d')?.split('M').length ?? 1
  const drawn = ['tried', 'keep', 'repeat', 'failed', 'confirm'].reduce((sum, kind) => sum + boxes(kind) - 1, 0)
  expect(drawn).toBeGreaterThanOrEqual(data.spans.length)
  expect(boxes('thinking')).toBeGreaterThan(1)
  expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined|style/)
  const { finding, reading } = timelineCaption(v, data, lineText(data))
  expect(finding).toMatch(/^Training filled \d+% of /)
  expect(reading).toContain('each bar is a run')
  expect(texts(svg)).toEqual(expect.arrayContaining(['kept', 'not kept', 'confirm', 'agent at work']))
  expect(texts(svg)).not.toContain('outage of an agent')
})

test('an outage is framed and labelled, and known starts of a collected session are marked', () => {
  const v = viewOf(40)
  const at = (minutes: number) => new Date(Date.parse(v.session.startedAt ?? '') + minutes * 60_000).toISOString()
  const outage = { agentIndex: 0, use: 'claude', kind: 'rate-limit', detail: '', tries: 3, experiments: 2 }
  const session = { ...v.session, outages: [{ ...outage, startedAt: at(20), endedAt: at(50) }] }
  const svg = wide(timelineFigure(present(timeline({ ...v, session }))))
  expect(svg.querySelectorAll('g.outages rect').length).toBeGreaterThan(0)
  expect(texts(svg)).toEqual(expect.arrayContaining(['rate-limit', 'outage of an agent']))
  const bare = v.experiments.map(e => ({ ...e, runs: [], endedAt: null, agent: { ...e.agent, seconds: null } }))
  const collected = present(timeline({ ...v, experiments: bare }))
  expect(collected.spans).toEqual([])
  expect(collected.marks).toHaveLength(40)
})

test('a time grid has at most fourteen lines from seconds to months, and cuts bars at line ends', () => {
  for (const length of [3, 90, 3000, 44_000, 300_000, 4_000_000, 60_000_000]) {
    const grid = timeGrid(1_800_000_123, 1_800_000_123 + length)
    expect(grid.lines.length).toBeLessThanOrEqual(15)
    expect(grid.place(1_800_000_123 + length).line).toBe(grid.lines.length - 1)
  }
  const grid = timeGrid(0, 4 * 3600)
  const bars = cutToLines([{ start: 1800, end: 3 * 3600 }], grid, 1)
  expect(bars.reduce((sum, b) => sum + b.to - b.from, 0)).toBeCloseTo(2.5 * 3600, 6)
  expect(new Set(bars.map(b => b.line)).size).toBe(bars.length)
  expect(bars.filter(b => b.first)).toHaveLength(1)
})

test('simultaneous runs are in separate lanes', () => {
  const spans = [
    { start: 0, end: 10 },
    { start: 2, end: 12 },
    { start: 11, end: 20 },
    { start: 30, end: 40 },
  ]
  expect(spans.map(s => lanes(spans).get(s))).toEqual([1, 2, 1, 1])
})
