/** With several slots experiments finish in another order than their numbers: the best follows the verdicts. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { combinedPatch } from '../../../scripts/report/combinedPatch.ts'
import { frontierChart } from '../../../scripts/report/render/mermaid.ts'
import { neighboursOf } from '../../../site/data/experiment/neighbours.ts'
import { frontierCaption } from '../../../site/data/session/summary.ts'
import { timeline } from '../../../site/data/session/timeline.ts'
import { waterfall } from '../../../site/data/session/waterfall.ts'
import { readEntries } from '../../../site/data/sessions.ts'
import { experimentRows } from '../../../site/data/tables.ts'
import { type View, view } from '../../../site/data/view.ts'
import { frontierData } from '../../../site/figures/frontier/data.ts'
import { frontier } from '../../../site/figures/frontier/frontier.ts'
import { keptPoints } from '../../../site/figures/frontier/point.ts'
import { simulate, writeSession } from '../../helpers/exampleSessions.ts'
import { scratch } from '../../helpers/throwaway.ts'

/** Four start together: the third finishes first, then the first, the fourth and the second. */
const numberAt = (verdict: number): number =>
  verdict === 0 ? 0 : verdict - ((verdict - 1) % 4) + ([2, 0, 3, 1][(verdict - 1) % 4] ?? 0)

/** A session of four slots, in the order of its verdicts. */
function fourSlots(count = 81) {
  const made = simulate({ id: '2026-11-20-h100-kqzt-four', experiments: count })
  const experiments = made.experiments.map((e, i) => ({
    ...e,
    number: numberAt(i),
    parent: e.parent && { ...e.parent, number: numberAt(e.parent.number) },
  }))
  return { ...made, experiments }
}

function viewOf({ session, experiments } = fourSlots(), withDigest = true): View {
  const facts = withDigest ? digest(session, experiments, new Map()) : null
  const texts = { report: null, prose: null }
  return view({ kind: 'session', id: session.id, folder: '', session, experiments, digest: facts, ...texts })
}

const byNumber = (list: Experiment[]) => [...list].sort((a, b) => a.number - b.number)
const bests = (list: { best: number | null }[]) => list.map(p => p.best ?? Number.NaN)
/** Fails the test on NaN, for which every comparison is false. */
function worsens(values: number[]): boolean {
  expect(values.length).toBeGreaterThan(2)
  expect(values.filter(value => !Number.isFinite(value))).toEqual([])
  return values.some((value, i) => value > (values[i - 1] ?? Number.POSITIVE_INFINITY))
}

test('the best so far never gets worse, although by number it would', () => {
  const { session, experiments } = fourSlots()
  const { points } = frontierData(session, experiments)
  expect(points.map(p => p.number).slice(0, 6)).toEqual([0, 3, 1, 4, 2, 7])
  expect(worsens(bests(points))).toBe(false)
  const heads = keptPoints(frontierData(session, byNumber(experiments)).points).map(p => p.value)
  expect(worsens(heads)).toBe(true)
  const v = viewOf()
  expect(v.best).toBe(v.digest?.bestSingleRun?.best)
})

test('the frontier moves right and down only, and its axis says whether it counts experiments or verdicts', () => {
  const v = viewOf()
  const [svg] = new JSDOM(frontier(v.frontierData)).window.document.querySelectorAll('svg')
  const marks = svg?.getAttribute('data-marks')?.split(' ') ?? []
  const dots = v.frontierData.points.flatMap(({ status }, i) => {
    const [x = Number.NaN, y = Number.NaN] = marks[i]?.split(',').map(Number) ?? []
    return status === 'keep' ? [{ x, y }] : []
  })
  expect(dots).toHaveLength(v.kept.length + 1)
  for (const [i, dot] of dots.entries()) {
    expect(dot.x).toBeGreaterThan(dots[i - 1]?.x ?? -1)
    // Pixel rows count downwards, and a lower value is better here.
    expect(dot.y).toBeGreaterThan(dots[i - 1]?.y ?? -1)
  }
  expect(svg?.textContent).toContain('verdict, in the order they came')
  expect(frontierCaption(v).reading).toContain('in the order of their verdicts')
})

test.each([true, false])('each bar of the waterfall starts where the previous one ended (with a report: %s)', known => {
  const data = waterfall(viewOf(fourSlots(), known))
  const steps = data?.steps ?? []
  expect(steps.length).toBeGreaterThan(5)
  expect(steps[0]?.from).toBeCloseTo(0, 12)
  for (const [i, step] of steps.slice(1).entries()) expect(step.from).toBeCloseTo(steps[i]?.to ?? Number.NaN, 12)
  expect(steps.at(-1)?.to).toBeCloseTo(data?.singleRuns.gain ?? Number.NaN, 12)
  const ranges = steps.flatMap(s => /^(\d+)–(\d+)$/.exec(s.number)?.slice(1).map(Number) ?? [])
  for (let i = 0; i < ranges.length; i += 2) expect(ranges[i]).toBeLessThan(ranges[i + 1] ?? 0)
})

test('previous and next, the timeline and the table follow the verdicts, and links use the numbers', () => {
  const v = viewOf()
  const [fourth] = v.experiments.filter(e => e.number === 4)
  const [links] = neighboursOf(v, fourth as Experiment, [v])
  expect([links?.before?.href, links?.after?.href]).toEqual([1, 2].map(n => `sessions/${v.id}/000${n}.html`))
  const values = timeline(v)?.bests.map(b => b.value) ?? []
  expect(worsens(values)).toBe(false)
  expect(values.at(-1)).toBe(v.best)
  const rows = experimentRows(v)
  expect(rows.slice(0, 3).map(r => [r.experiment, r.place])).toEqual([
    [0, 0],
    [3, 1],
    [1, 2],
  ])
  expect(worsens(rows.map(r => Number(r.bestSoFar)))).toBe(false)
})

test('the records are read in the order in which they were written', async () => {
  const root = await scratch()
  const { session } = await writeSession(root, { id: '2026-11-20-cpu-abcd-four', experiments: 9 })
  const { experiments } = fourSlots(9)
  const lines = experiments.map(e => `${JSON.stringify(e)}\n`).join('')
  await writeFile(files.experiments(join(root, session.id)), lines)
  const [made] = await readEntries(root)
  expect(made?.kind === 'session' && made.experiments.map(e => e.number)).toEqual([0, 3, 1, 4, 2, 7, 5, 8, 6])
})

test('with one slot the position is the number, also when a number is missing', () => {
  const { session, experiments } = simulate({ id: '2026-11-20-h100-kqzt-one', experiments: 40 })
  const left = experiments.filter(e => e.number !== 7)
  for (const list of [experiments, left])
    expect(frontierData(session, list).points.map(p => p.place)).toEqual(list.map(e => e.number))
  const v = viewOf({ session, experiments })
  expect(frontier(v.frontierData)).toContain('>experiment</text>')
  expect(frontierCaption(v).reading).not.toContain('verdicts')
})

test('the Mermaid chart for GitHub never gets worse either', () => {
  const { session, experiments } = fourSlots()
  const line = /line \[(.*)\]/.exec(frontierChart(experiments, session.metric) ?? '')?.[1]
  expect(worsens(line?.split(', ').map(Number) ?? [])).toBe(false)
})

test('a patch of several changes applies them in the order in which they were kept', () => {
  const { session, experiments } = fourSlots(3)
  const [baseline, third, first] = experiments
  if (!baseline || !third || !first) throw new Error('too few')
  const step = (from: number, to: number) =>
    `diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1 +1 @@\n-LR = ${from}\n+LR = ${to}\n`
  const made = [baseline, { ...third, ...keptAt(0.99) }, { ...first, ...keptAt(0.98) }]
  const patches = new Map([
    [third.number, step(1, 2)],
    [first.number, step(2, 3)],
  ])
  const facts = digest(session, made, patches)
  // In the other order the first patch would not fit the baseline.
  expect(combinedPatch(facts.final, made, patches, new Map([['t.py', 'LR = 1\n']]))).toContain('+LR = 3')
})

const keptAt = (metric: number) => ({ status: 'keep' as const, metric, decision: null })
