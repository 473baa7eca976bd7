/** The machines page: hardware and numbers of each machine, what compares, the best results. */
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { sideOf } from '../../../scripts/compare/side.ts'
import type { Session } from '../../../scripts/record/schema.ts'
import { baselineFinding, baselinesOf, baselineText, baselineTips } from '../../../site/data/machines/baselines.ts'
import { comparability, machinesFinding } from '../../../site/data/machines/finding.ts'
import { hardwareText } from '../../../site/data/machines/hardware.ts'
import { type Machine, machinesOf as machinesWith, type Target } from '../../../site/data/machines/machines.ts'
import { peopleOf } from '../../../site/data/machines/people.ts'
import { speedOf, speedText } from '../../../site/data/machines/speed.ts'
import { machineData, machineRows } from '../../../site/data/machines/table.ts'
import { bestText, targetLines } from '../../../site/data/machines/words.ts'
import { newestFirst, type View, view } from '../../../site/data/view.ts'
import { baselinesFigure } from '../../../site/figures/machines/baselines.ts'
import { type SessionOptions, simulate } from '../../helpers/exampleSessions.ts'

interface Change extends Partial<SessionOptions> {
  session?: Partial<Omit<Session, 'machine'>>
  machine?: Partial<Session['machine']>
  summary?: Record<string, number>
}

/** A simulated session of September 2026 with the given changes. */
function makeView(day: number, { session = {}, machine = {}, summary = {}, ...options }: Change = {}): View {
  const startedAt = `2026-09-${String(day).padStart(2, '0')}T22:00:00Z`
  const made = simulate({ id: `2026-09-${day}-h100-kqzt-n${day}`, experiments: 12, startedAt, ...options })
  const whole: Session = { ...made.session, ...session, machine: { ...made.session.machine, ...machine } }
  const experiments = made.experiments.map(e => ({
    ...e,
    runs: e.runs.map(r => ({ ...r, summary: { ...r.summary, ...summary } })),
  }))
  const facts = digest(whole, experiments, new Map())
  const texts = { folder: '', report: null, prose: null }
  return view({ kind: 'session', id: whole.id, ...texts, session: whole, experiments, digest: facts })
}

const codes = (views: View[], code = 'same') => new Map(views.map(v => [v.id, code]))
const machinesOf = (views: View[], code: Map<string, string>): Machine[] =>
  machinesWith(
    views,
    code,
    new Map(views.map(v => [v.id, sideOf({ session: v.session, experiments: v.experiments, digest: v.digest })])),
  )
const machines = (views: View[]): Machine[] => machinesOf(newestFirst(views), codes(views))
const only = (views: View[]): Target => machines(views)[0]?.targets[0] as Target
const fast = { total_tokens_M: 499.6, num_steps: 953, mfu_percent: 39.8 }
const slow = { ...fast, total_tokens_M: 50.1, num_steps: 96 }
const workstation = { label: 'cpu-abcd', gpu: null, gpus: 0 }

test('a machine shows its hardware and earlier values', () => {
  const drivers = ['565.57', '570.86', '570.86', '575.10']
  const [m] = machines(drivers.map((driver, i) => makeView(i + 1, { machine: { driver } })))
  expect(hardwareText(m?.parts ?? [])).toBe(
    'NVIDIA H100 80GB HBM3; driver 575.10; Example CPU, 2 cores; 63 GB of memory; Linux 6.1; Python 3.11.2; PyTorch 2.13.0. Driver before: 570.86 until 3 September 2026, 565.57 until 1 September 2026.',
  )
})

test('shared sessions are listed by person and machine, beside those of this notebook', () => {
  const shared = (person: string, verified?: boolean): Session['source'] => ({
    kind: 'shared',
    from: 'sessions/x of git.example.org:lab/nights',
    shared: {
      branch: 'sessions/x',
      commit: 'a'.repeat(40),
      person,
      at: '2026-09-09T08:00:00Z',
      ...(verified === undefined ? {} : { signature: { verified, signer: verified ? 'ada@example.org' : null } }),
    },
  })
  const here = { machine: workstation }
  const views = [
    makeView(1, here),
    makeView(2, { session: { source: shared('Ada', true) } }),
    makeView(3, { session: { source: shared('Grace', false) } }),
    makeView(4, { session: { source: shared('Ada', false) } }),
  ]
  expect(peopleOf(machines([makeView(1, here)]))).toEqual([])
  const rows = peopleOf(machines(views)).map(r => [
    r.person,
    r.machine.label,
    r.sessions.length,
    r.experiments,
    r.verified,
  ])
  expect(rows).toEqual([
    ['Ada', 'h100-kqzt', 2, 22, 1],
    ['Grace', 'h100-kqzt', 1, 11, 0],
    ['this notebook', 'cpu-abcd', 1, 11, null],
  ])
  expect(machineRows(machines(views)).map(r => [r.person, r.signature])).toEqual([
    ['Ada', 'unverified'],
    ['Grace', 'unverified'],
    ['Ada', 'verified'],
    ['this notebook', null],
  ])
})

test('values missing from a collected session are named once', () => {
  const unknown = { gpu: 'H100', gpus: null, driver: null, cpu: null, cores: null, memoryMb: null, os: null }
  const v = makeView(1, { machine: { ...unknown, python: null, torch: null }, sigma: null })
  const bare = v.experiments.map(e => ({ ...e, runs: [], tree: null }))
  const collected = { ...v, experiments: bare, session: { ...v.session, budget: null, data: null } }
  const facts = digest(collected.session, bare, new Map())
  const [m] = machinesOf([{ ...collected, digest: facts }], new Map())
  expect(hardwareText(m?.parts ?? [])).toBe('H100. Not recorded: driver, CPU, memory, system, Python and PyTorch.')
  const text = targetLines(m?.targets[0] as Target).map(l => l.text)
  const cpu = machines([makeView(1, { machine: { ...unknown, gpu: null, gpus: 0 } })])[0]?.parts ?? []
  expect(hardwareText(cpu)).toMatch(
    /^No GPU; Python 3\.11\.2; PyTorch 2\.13\.0\. Not recorded: CPU, memory and system\.$/,
  )
  expect(text[1]).toMatch(/^Not recorded: the runs of the baseline/)
  expect(text[2]).toMatch(/^No code was run twice, so the noise is unknown/)
  expect(text[3]).toMatch(/no cost recorded\.$/)
  expect(text.join(' ')).not.toMatch(/null|NaN|undefined|idle/)
})

test('a machine without a report says so instead of numbers', () => {
  const v = makeView(1, { running: true, confirmed: null })
  const t = machinesOf([{ ...v, digest: null }], new Map())[0]?.targets[0] as Target
  const text = targetLines(t)
    .map(l => l.text)
    .join(' ')
  expect(text).toContain('Not known before there is a report.')
  expect(text).toContain('The times are not recorded')
  expect(text).not.toMatch(/null|NaN|undefined/)
})

test('speed is the median of the baseline, without token counts too coarse for a rate', () => {
  const { experiments } = makeView(1, { summary: fast })
  expect(speedText(speedOf(experiments))).toBe('1.7 M tokens/s')
  expect(speedOf(experiments)).toMatchObject({ stepsInRun: 953, mfu: 39.8 })
  const coarse = makeView(2, { summary: { total_tokens_M: 0.1, num_steps: 17 } })
  expect(speedText(speedOf(coarse.experiments))).toBe('0.057 steps/s')
  expect(speedText(speedOf(makeView(3).experiments))).toBeNull()
})

test('drift beyond noise is found between sessions of the same code, apart from other code', () => {
  const at = (values: number[]) => values.map((baseline, i) => makeView(i + 1, { baseline }))
  const steady = only(at([0.9979, 0.9982, 0.9976, 0.998]))
  expect(baselineText(steady)).toBe(
    'val_bpb 0.9980 in the last session. The same code measured 0.9976 to 0.9982 over four sessions, no more than noise explains.',
  )
  expect(baselineFinding(steady)).toBe('Over four sessions the same code measured the same within noise.')
  const moved = only(at([0.9979, 0.9982, 1.0076, 1.008]))
  expect(baselineText(moved)).toMatch(
    /the later half differs by \+0\.0098 from the earlier.*the machine has drifted\.$/,
  )
  const views = at([0.9979, 0.9982, 0.9])
  const apart = new Map([...codes(views), [views[2]?.id ?? '', 'changed']])
  const other = machinesOf(newestFirst(views), apart)[0]?.targets[0] as Target
  expect(baselineText(other)).toContain('In two other sessions it was another code, budget or data')
  expect(baselinesOf(other)?.points.map(p => p.joined)).toEqual([false, true, false])
})

test('the figure has a dot per session, joined where the code was the same', () => {
  const views = [0.9979, 0.9982, 0.9976].map((baseline, i) => makeView(i + 1, { baseline }))
  const data = baselinesOf(only(views))
  if (!data) throw new Error('nothing to draw')
  const [wide] = new JSDOM(baselinesFigure(data)).window.document.querySelectorAll('svg')
  expect(wide?.querySelectorAll('g.sessions circle')).toHaveLength(3)
  expect(wide?.querySelectorAll('g.same path')).toHaveLength(2)
  expect(wide?.getAttribute('aria-label')).toMatch(
    /^The baseline's val_bpb over 3 sessions, from 0\.997600 to 0\.998200/,
  )
  expect(wide?.outerHTML).not.toMatch(/NaN|Infinity|undefined|style/)
  const tips = baselineTips(only(views), '')
  expect(wide?.getAttribute('data-marks')?.split(' ')).toHaveLength(tips.length)
  expect(tips[2]).toEqual({
    href: 'sessions/2026-09-3-h100-kqzt-n3.html',
    lines: ['val_bpb 0.997600', '3 September 2026', 'driver 570.86'],
  })
  expect(baselinesOf(only(views.slice(0, 1)))).toBeNull()
})

test('the best is the best confirmed value, and a single run only where nothing is confirmed', () => {
  const views = [makeView(1, { baseline: 0.99 }), makeView(2, { baseline: 0.95, confirmed: null }), makeView(3)]
  const t = only(views)
  expect(t.best?.session.view.id).toBe(views[0]?.id)
  expect(t.best?.value).toBe(views[0]?.digest?.confirmed?.head)
  expect(bestText(t)).toMatch(/^0\.9\d+: −0\.0\d+ ± 0\.0\d+, \d\.\d+ ± 0\.\d+% lower, confirmed \(1 September 2026\)$/)
  const single = only([makeView(1, { confirmed: null }), makeView(2, { confirmed: 'inconclusive' })])
  expect(single.best).toMatchObject({ confirmed: null, session: { view: { id: '2026-09-1-h100-kqzt-n1' } } })
  expect(bestText(single)).toMatch(/: −0\.0\d+, \d\.\d+% lower, best single run \(1 September 2026\)$/)
  expect(only([makeView(1, { hopeless: true, confirmed: null })]).best).toBeNull()
})

test('a value of another budget or other data does not count as the best', () => {
  const easier = makeView(1, { baseline: 0.5, session: { budget: 600 } })
  expect(only([easier, makeView(2)]).best?.session.view.id).toBe('2026-09-2-h100-kqzt-n2')
})

test('the fastest and the least noisy machine are named with numbers, and values that do not compare', () => {
  const other = { fingerprint: 'other', name: 'other' }
  const slower = makeView(2, {
    machine: workstation,
    summary: slow,
    sigma: 0.002,
    session: { budget: 60, data: other },
  })
  const both = machines([makeView(1, { summary: fast }), slower])
  expect(machinesFinding(both)).toMatch(
    /^Two machines ran two sessions: 22 experiments in four hours\. The fastest at trainer\/train\.py is h100-kqzt with 1\.7 M tokens\/s, 10 times the 170 k tokens\/s of cpu-abcd; the least noisy is h100-kqzt, whose σ is 0\.030% \(95% interval 0\.018% to 0\.085%\) of its baseline, against 0\.12% \(95% interval 0\.071% to 0\.34%\) on cpu-abcd\.$/,
  )
  expect(comparability(both)).toBe(
    'Values of val_bpb are not comparable (different evaluation data, training time and machine). Compare each session’s change from its own baseline.',
  )
})

test('a machine is called less noisy only where the two σ differ significantly', () => {
  const close = machines([makeView(1), makeView(2, { machine: workstation, sigma: 0.0004 })])
  expect(machinesFinding(close)).not.toContain('noisy')
})

test('machines whose speeds differ by less than is usual are about as fast', () => {
  const near = [
    makeView(1, { summary: fast }),
    makeView(2, { machine: workstation, summary: { ...fast, total_tokens_M: 495 } }),
  ]
  expect(machinesFinding(machines(near))).toContain(
    'About equally fast at trainer/train.py are h100-kqzt and cpu-abcd, with 1.7 M tokens/s',
  )
})

test('below an hour there are no experiments an hour', () => {
  const short = makeView(1, { experiments: 5, confirmed: null })
  expect(targetLines(only([short])).find(({ key }) => key === 'pace')?.text).toMatch(/^Four experiments in \d+ min/)
  expect(targetLines(only([makeView(1)])).find(({ key }) => key === 'pace')?.text).toMatch(/experiments an hour over/)
})

test('machines without a shared target are not ranked; experiments per hour rank only runs of the same length', () => {
  const contract = { edit: ['other.py'], run: 'x' }
  const apart = machines([makeView(1, { summary: fast }), makeView(2, { machine: workstation, session: { contract } })])
  expect(machinesFinding(apart)).toContain('No two of them ran the same target')
  expect(comparability(apart)).toBeNull()
  const silent = (budget: number, experiments = 6) =>
    machinesFinding(machines([makeView(1), makeView(2, { machine: workstation, session: { budget }, experiments })]))
  expect(silent(300)).toContain('Most experiments an hour')
  // As many on both.
  expect(silent(300, 12)).not.toContain('an hour')
  expect(silent(60)).not.toContain('an hour')
})

test('a single machine is described by its best; machines with the same slug get different anchors', () => {
  const one = machines([makeView(1)])
  expect(machinesFinding(one)).toMatch(
    /^One machine, h100-kqzt, ran one session: eleven experiments.* Its best val_bpb is 0\.9/,
  )
  const imported = makeView(2, { machine: { label: 'unknown' } })
  expect(machinesFinding(machines([makeView(1), imported]))).toMatch(
    /^Machine h100-kqzt and an unrecorded one ran two sessions: /,
  )
  const names = machines([makeView(1, { machine: { label: 'a b' } }), makeView(2, { machine: { label: 'a-b' } })])
  expect(names.map(m => m.anchor)).toEqual(['a-b', 'a-b-2'])
})

test('the data has a row per session and the best configuration of the page', () => {
  const all = machines([
    makeView(1, { summary: fast }),
    makeView(2, { summary: fast }),
    makeView(3, { machine: workstation }),
  ])
  const rows = machineRows(all)
  expect(rows.map(r => [r.machine, r.startedAt?.toString().slice(0, 10)])).toEqual([
    ['cpu-abcd', '2026-09-03'],
    ['h100-kqzt', '2026-09-02'],
    ['h100-kqzt', '2026-09-01'],
  ])
  expect(rows[1]).toMatchObject({ driver: '570.86', stepsInRun: 953, sigma: expect.closeTo(0.000296, 6), sigmaRuns: 6 })
  const [, h100] = JSON.parse(JSON.stringify(machineData(all)))
  expect(h100.targets[0].best.kept.length).toBe(all[1]?.targets[0]?.best?.session.view.kept.length)
})
