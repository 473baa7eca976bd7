import { JSDOM } from 'jsdom'
import { beforeAll, expect, test } from 'vitest'
import { compare } from '../../../scripts/compare/compare.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { maker } from '../../../site/components/compare/make.ts'
import { forestOf } from '../../../site/data/compare/effects.ts'
import { frontiersOf } from '../../../site/data/compare/frontiers.ts'
import { timeline } from '../../../site/data/session/timeline.ts'
import { waterfall } from '../../../site/data/session/waterfall.ts'
import { type View, view } from '../../../site/data/view.ts'
import { forestFigure } from '../../../site/figures/compare/forest.ts'
import { frontiersFigure } from '../../../site/figures/compare/frontiers.ts'
import { frontier } from '../../../site/figures/frontier/frontier.ts'
import { sparkline } from '../../../site/figures/frontier/sparkline.ts'
import { responseFigure } from '../../../site/figures/knob/response.ts'
import type { Response } from '../../../site/figures/knob/responseData.ts'
import { overlap } from '../../../site/figures/labels.ts'
import { curves } from '../../../site/figures/loss/curve.ts'
import { textWidth } from '../../../site/figures/text.ts'
import { timelineFigure } from '../../../site/figures/timeline/timeline.ts'
import { waterfallFigure } from '../../../site/figures/waterfall/waterfall.ts'
import { side, tried } from '../../compare/sides.ts'
import { simulate } from '../../helpers/exampleSessions.ts'

const sizes = [10, 126, 910, 10_000]

/** Figures by name, drawn with `size` experiments, tries or points. */
const figures: Record<string, (size: number) => string> = {
  frontier: size => frontier(makeView(size).frontierData),
  'small frontier': size => sparkline(makeView(size).frontierData),
  waterfall: size => waterfallFigure(present(waterfall(makeView(size)))),
  'time line': size => timelineFigure(present(timeline(makeView(size)))),
  'time line of beginnings': size =>
    timelineFigure({ ...present(timeline(makeView(size))), ...beginnings(makeView(size)) }),
  'response curve': size => responseFigure(response(size)),
  'loss curves': size => curves(losses(size)),
  ...Object.fromEntries(
    [2, 8, 40].flatMap(count => [
      [
        `comparison of ${count} sessions`,
        (size: number) => markupOf(frontiersFigure(make, frontiers(sessionsOf(count, size)))),
      ],
      [
        `replication in ${count} sessions`,
        (size: number) => markupOf([forestFigure(make, forest(sessionsOf(count, size)))]),
      ],
    ]),
  ),
}
const drawn = new Map<string, Element[]>()

beforeAll(() => {
  for (const [name, draw] of Object.entries(figures))
    for (const size of sizes) {
      const { document } = new JSDOM(draw(size)).window
      drawn.set(`${name} ${size}`, [...document.querySelectorAll('body > svg')])
    }
}, 60_000)

const cases = Object.keys(figures).flatMap(name => sizes.map(size => [name, size] as const))
const drawings = (name: string, size: number): Element[] => drawn.get(`${name} ${size}`) ?? []

test.each(cases)('a %s of %i is valid and has few enough elements for a page', (name, size) => {
  const found = drawings(name, size)
  expect(found.length).toBeGreaterThan(0)
  for (const svg of found) expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined/)
  const elements = found.reduce((sum, svg) => sum + svg.querySelectorAll('*').length, 0)
  // Up to some hundred experiments, each is an element in each of three drawings.
  expect(elements).toBeLessThan(size > 1500 ? 3000 : 6 * size + 900)
})

test.each(cases)('no two texts of a %s of %i overlap', (name, size) => {
  for (const svg of drawings(name, size)) {
    const boxes = [...svg.querySelectorAll('text')].map(t => boxOf(t, svg)).filter(b => b.text !== '')
    const clashes = boxes.flatMap((a, i) =>
      boxes
        .slice(i + 1)
        .filter(b => overlap(a, b))
        .map(b => `${a.text} | ${b.text}`),
    )
    expect(clashes).toEqual([])
  }
})

const sessions = new Map<number, View>()

function makeView(size: number): View {
  const { session, experiments } = simulate({ id: `session-${size}`, experiments: size })
  const made = { kind: 'session' as const, id: `session-${size}`, folder: '', session, experiments }
  const known = sessions.get(size) ?? view({ ...made, digest: null, report: null, prose: null })
  sessions.set(size, known)
  return known
}

/** Starts of runs without lengths, as in a collected session. */
const beginnings = ({ experiments }: View) => ({
  spans: [],
  marks: experiments.flatMap(({ number, status, startedAt }) =>
    startedAt === null
      ? []
      : [
          {
            number,
            start: Date.parse(startedAt) / 1000,
            kind: status === 'keep' ? ('keep' as const) : ('tried' as const),
          },
        ],
  ),
})

const response = (size: number): Response => {
  const values = Array.from({ length: size }, (_, i) => ({
    value: 0.001 * (i + 1),
    change: Math.cos(i / (size / 5)) - 1,
  }))
  return {
    name: 'MATRIX_LR',
    metric: 'val_bpb',
    lowerIsBetter: true,
    best: '0.003',
    noise: 0.1,
    line: values.map(v => ({ ...v, raw: String(Number(v.value.toFixed(3))) })),
    tries: values.map((v, i) => ({
      ...v,
      change: i % 19 === 3 ? null : v.change + 0.05 * Math.sin(i),
      status: i % 4 === 0 ? ('keep' as const) : ('discard' as const),
      machine: i % 2 ? 'h100-kqzt' : 'cpu-abcd',
    })),
  }
}

const losses = (size: number) =>
  [true, false].map(main => ({
    label: main ? 'this one' : 'best then (3)',
    points: Array.from({ length: size }, (_, i) => ({
      step: i,
      seconds: i / 3,
      loss: 3 - i / size + (main ? 0.001 : 0),
    })),
    main,
  }))

const make = maker(new JSDOM('').window.document)
const markupOf = (drawings: Element[]): string => drawings.map(drawing => drawing.outerHTML).join('')
const frontiers = (sides: Side[]) => present(frontiersOf(sides, sides, 'hours')).frontiers
const forest = (sides: Side[]) => present(forestOf(sides, compare(sides)))

/** Sides of three machines with about `experiments` in all, at least two each, which tried the same changes. */
const sessionsOf = (count: number, experiments: number): Side[] =>
  Array.from({ length: count }, (_, n) => {
    const numbers = Array.from({ length: Math.max(2, Math.round(experiments / count)) }, (_, i) => i + 1)
    const steps = numbers
      .filter(i => i % 6 === 1)
      .map((experiment, k) => ({ experiment, change: 0.02 - 0.015 / (k + 1 + n / 9) }))
    const bestSingleRun = steps.at(-1)?.change ?? 0
    return side(['h100-kqzt', 'cpu-abcd', 'a-rack-of-eight-mi300x-wxyz'][n % 3] ?? '', {
      id: `session-${n}`,
      tag: `nov${n}`,
      experiments: numbers.length,
      hours: numbers.length / 12,
      bestSingleRun,
      frontier: [{ experiment: 0, change: 0 }, ...steps].map(({ experiment: at, change }) => ({
        experiment: at,
        order: at,
        hours: at / 12,
        deviceHours: at / 12,
        agentUsd: null,
        change,
        description: `change ${at}`,
      })),
      confirmed:
        n % 2
          ? {
              gain: bestSingleRun * 0.8,
              interval: [bestSingleRun * 0.6, bestSingleRun],
              seeds: 3,
              runs: '3 seeds',
              verdict: 'better',
            }
          : null,
      tried: numbers.map(i => {
        const found = { gain: Math.sin(i) / 50, half: 0.004, change: String(i % 90) }
        return tried(i, `change ${i % 90} of the warmup, the window pattern and the width of the last layer`, found)
      }),
    })
  })

function present<T>(value: T | null): T {
  if (value === null) throw new Error('the session has nothing to draw')
  return value
}

/** Box of a text in pixels of the drawing, with Helvetica's widths and without side bearings. */
function boxOf(text: Element, svg: Element) {
  const chain: Element[] = []
  for (let e: Element | null = text; e && e !== svg; e = e.parentElement) chain.push(e)
  const moved = chain.map(e => /translate\((-?[\d.]+),(-?[\d.]+)\)/.exec(e.getAttribute('transform') ?? ''))
  const [dx, dy] = [1, 2].map(k => moved.reduce((sum, m) => sum + Number(m?.[k] ?? 0), 0)) as [number, number]
  const nearest = (name: string) => [...chain, svg].find(e => e.hasAttribute(name))?.getAttribute(name)
  const bold = text.closest('.delta, .delta-ink') !== null
  const content = text.textContent ?? ''
  const width = textWidth(content, 12, bold)
  const anchor = nearest('text-anchor')
  const [x = 0, y = 0] = ['x', 'y'].map(name => pixels(text.getAttribute(name) ?? '0'))
  const left = dx + x - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2)
  // dy "0.71em" aligns the top, "0.32em" the middle: both give the text's baseline.
  const feet = dy + y
  return { text: content, x0: left, x1: left + width, y0: feet - 8.5, y1: feet + 1 }
}

const pixels = (length: string): number => Number.parseFloat(length) * (length.endsWith('em') ? 12 : 1)
