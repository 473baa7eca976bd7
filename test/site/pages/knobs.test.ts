/** Knobs merged over several sessions, with steps as fractions of each session's own baseline. */
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { knobCsv, responseOf } from '../../../site/data/knobs/curve.ts'
import { knobHref, knobsMoved, knobsOf } from '../../../site/data/knobs/knobs.ts'
import { findingOf, partText, untriedOf } from '../../../site/data/knobs/response.ts'
import { type View, view } from '../../../site/data/view.ts'
import { responseFigure } from '../../../site/figures/knob/response.ts'
import { responseSparkline } from '../../../site/figures/knob/responseSparkline.ts'
import { simulate } from '../../helpers/exampleSessions.ts'

const move = (name: string, from: string, to: string) => `diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1 +1 @@
-${name} = ${from}
+${name} = ${to}
`

/** A session whose n-th experiment took the n-th step with the given gain; null is a failure. */
function makeView(
  id: string,
  baseline: number,
  steps: [name: string, from: string, to: string, gain: number | null][],
  sigma = baseline * 0.0001,
): View {
  const { session, experiments } = simulate({ id, experiments: steps.length + 1, baseline, sigma })
  const made = experiments.map((e, i) => {
    const gain = steps[i - 1]?.[3]
    if (i === 0 || gain === undefined) return e
    if (gain === null) return { ...e, status: 'crash' as const, metric: null, decision: null }
    const status = gain > 0 ? ('keep' as const) : ('discard' as const)
    const decision = {
      verdict: status,
      reason: '',
      candidate: baseline - gain,
      head: baseline,
      gain,
      needed: 0,
      sigma: null,
      linesAdded: 1,
      linesRemoved: 1,
    }
    return { ...e, status, metric: baseline - gain, decision }
  })
  const patches = new Map(steps.map(([name, from, to], i) => [i + 1, move(name, from, to)]))
  return view({
    kind: 'session',
    id,
    folder: '',
    session,
    experiments: made,
    digest: digest(session, made, patches),
    report: null,
    prose: null,
  })
}

const slow = makeView('2026-11-16-cpu-abcd-one', 2, [
  ['LR', '0.1', '0.2', 0.02],
  ['LR', '0.2', '0.4', -0.01],
  ['LR', '0.2', '0.8', null],
  ['lr', '1', '2', 0.02],
])
const fast = makeView('2026-11-17-h100-kqzt-two', 1, [
  ['LR', '0.1', '0.2', 0.02],
  ['DECAY', '0.1', '0.3', 0.01],
])
const [lr, ...others] = knobsOf([fast, slow])
if (!lr) throw new Error('no knob')

test('a constant of karpathy/autoresearch and of trainer/ is one knob, whatever folder the file is in', () => {
  const theirs = makeView('2026-11-16-h100-abcd-theirs', 1, [['MATRIX_LR', '0.04', '0.05', 0.01]])
  const own = makeView('2026-11-17-cpu-kqzt-ours', 2, [['MATRIX_LR', '0.04', '0.08', 0.02]])
  theirs.session.contract.edit = ['train.py']
  own.session.contract.edit = ['trainer/train.py']
  for (const knob of own.digest?.knobs ?? []) knob.file = 'trainer/train.py'
  expect(knobsOf([theirs, own])).toMatchObject([{ target: 'train.py', id: 'MATRIX_LR', sessions: 2, first: '0.04' }])
})

test('numbers are scored over the None that they took the place of', () => {
  const [depth] = knobsOf([makeView('2026-11-16-cpu-abcd-none', 2, [['DEPTH', 'None', '4', 0.02]])])
  expect(depth).toMatchObject({ first: 'None', values: [{ raw: '4', score: 0.01 }], tries: [{ score: 0.01 }] })
})

test('the same constant in two sessions is one knob, and its values are means of fractions of the baselines', () => {
  expect(lr).toMatchObject({
    id: 'LR',
    sessions: 2,
    machines: ['cpu-abcd', 'h100-kqzt'],
    first: '0.1',
    best: '0.2',
    shape: 'inside',
  })
  expect(lr.tries.map(t => t.view.id)).toEqual([slow.id, slow.id, slow.id, fast.id])
  const scores = lr.values.map(v => [v.raw, Number(v.score.toFixed(6))])
  expect(scores[0]).toEqual(['0.1', 0])
  // 1% on one machine, 2% on the other.
  expect(scores[1]).toEqual(['0.2', 0.015])
  expect(lr.values.map(v => v.raw)).toEqual(['0.1', '0.2', '0.4'])
})

test('the texts state the optimum, its gain and the untried values', () => {
  expect(findingOf(lr)).toBe('0.2 is best of three values: val_bpb 1.5% lower than with 0.1.')
  expect(untriedOf(lr)).toMatch(
    /^Best inside the range: the nearest other values tried are 0\.1 and 0\.4\. Next to try: 0\.\d+\.$/,
  )
  expect(partText(-0.00012, lr)).toBe('+0.012%')
  const decay = others.find(k => k.id === 'DECAY')
  if (!decay) throw new Error('no DECAY')
  expect(untriedOf(decay)).toMatch(/^Best at the edge of the range: nothing above 0\.3 was tried\. Next to try: /)
})

test('each session counts with its own noise, so that a noisy one does not hide the effects of another', () => {
  const step = (gain: number): [string, string, string, number] => ['RATE', '0.1', '0.2', gain]
  const quiet = makeView('2026-11-16-h100-abcd-quiet', 1, [step(0.02)], 0.0001)
  const noisy = makeView('2026-11-17-cpu-kqzt-noisy', 1, [['RATE', '0.1', '0.05', -0.01]], 0.05)
  expect(knobsOf([quiet])[0]).toMatchObject({ shape: 'edge', bestSet: ['0.2'] })
  expect(knobsOf([noisy])[0]).toMatchObject({ shape: 'flat' })
  const [both] = knobsOf([quiet, noisy])
  expect(both).toMatchObject({ shape: 'unclear', bestSet: ['0.05', '0.2'] })
  // The band is drawn only where one width holds for all.
  expect(both?.sigma).toBeNull()
  expect(knobsOf([quiet])[0]?.sigma).toBeGreaterThan(0)
})

test('a knob that was never varied on its own, or only failed, says so', () => {
  const failed = knobsOf([makeView('2026-11-16-cpu-abcd-failed', 1, [['WIDTH', '64', '128', null]])])[0]
  expect(failed && findingOf(failed)).toBe('One try without a result: it failed.')
})

test('a best value beyond which a try failed is not called the edge', () => {
  const tries: [string, string, string, number | null][] = [
    ['BATCH', '8', '4', 0.02],
    ['BATCH', '4', '2', null],
  ]
  const [knob] = knobsOf([makeView('2026-11-16-cpu-abcd-batch', 1, tries)])
  expect(knob).toMatchObject({ shape: 'unclear', untried: null })
  expect(knob && untriedOf(knob)).toBe('Beyond 4, 2 was tried: it gave no result.')
})

test('each knob has its own page on case-insensitive disks, and an experiment finds its knobs', () => {
  const pages = [lr, ...others].map(k => knobHref(k).toLowerCase())
  expect(new Set(pages).size).toBe(pages.length)
  expect(pages).toHaveLength(3)
  const [moved] = knobsMoved(knobsOf([fast, slow]), slow, 2)
  expect(moved?.knob.id).toBe('LR')
  expect(moved?.at).toBe(1)
  expect(knobsMoved(knobsOf([fast, slow]), slow, 0)).toEqual([])
})

test('the curve shows each try by its status, in three widths and as a sparkline', () => {
  const data = responseOf(lr)
  const drawings = [...new JSDOM(responseFigure(data)).window.document.querySelectorAll('svg')]
  expect(drawings).toHaveLength(3)
  for (const svg of drawings) {
    const marks = (name: string) => svg.querySelectorAll(`g.${name} circle, g.${name} path`).length
    expect([marks('kept'), marks('tried'), marks('failed')]).toEqual([2, 1, 1])
    expect(svg.outerHTML).not.toMatch(/NaN|Infinity|undefined|style/)
    expect(svg.getAttribute('aria-label')).toBe('Change of val_bpb by value of LR: 0.1 0%, 0.2 −1.5%, 0.4 −1%.')
  }
  expect(responseSparkline(data)).toContain('class="plot spark"')
  expect(responseFigure({ ...data, line: data.line.slice(0, 1) })).toBe('')
})

test('the numbers of a knob are available as CSV', () => {
  const [head, first, , failed] = knobCsv(lr).split('\r\n')
  expect(head).toBe('session,machine,experiment,from,to,status,alone,metric,gain,part,score')
  expect(first).toMatch(/^2026-11-16-cpu-abcd-one,cpu-abcd,1,0\.1,0\.2,keep,yes,1\.98,0\.02,0\.01,0\.01\d*$/)
  expect(failed).toMatch(/,3,0\.2,0\.8,crash,yes,,,,$/)
})
