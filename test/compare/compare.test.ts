import { expect, test } from 'vitest'
import { compare, withPrice } from '../../scripts/compare/compare.ts'
import { assumedNoiseText } from '../../scripts/compare/names.ts'
import type { ProseUse, Side } from '../../scripts/compare/schema.ts'
import { moved, side, tried } from './sides.ts'

const about = (sides: Side[]) => Object.fromEntries(compare(sides).statements.map(s => [s.about, s]))

test('values are comparable only if all conditions are known to be equal, and a sentence says so', () => {
  const same = compare([side('h100'), { ...side('h100'), id: 'other', tag: 'nov21' }])
  expect(same.absolute).toBe(true)
  expect(same.lead).toMatch(/^Values of val_bpb are comparable: /)

  const other = compare([side('h100'), side('rtx4090')])
  expect(other.absolute).toBe(false)
  expect(other.lead).toMatch(
    /^Values of val_bpb are not comparable \(different machine\)\. Compare each session’s change/,
  )
  expect(other.statements[0]).toMatchObject({ about: 'gpu', same: false })
  expect(other.statements[0]?.text).toContain('H100 (h100); RTX4090 (rtx4090)')
})

test('different data, budgets and files are listed with their sessions', () => {
  const found = about([
    side('a'),
    side('b', { data: { name: 'text', fingerprint: 'aaaa' }, budget: 60, target: 'rank.js' }),
  ])
  expect(found.data?.text).toBe('Evaluation data: text 9f3c (a); text aaaa (b).')
  expect(found.budget?.text).toBe('Training time: 300 s a run (a); 60 s a run (b).')
  expect(found.target).toMatchObject({ same: false })
})

test('unknown conditions are reported as unknown and do not count as equal', () => {
  const lost = { name: 'unknown machine', label: 'unknown', gpu: null, gpus: null }
  const found = about([side('a'), side('b', { data: null, machine: lost, tag: 'lost' })])
  expect(found.data).toEqual({ about: 'data', same: null, text: 'Evaluation data: text 9f3c (a); unknown (lost).' })
  expect(found.gpu?.same).toBeNull()
  expect(about([side('a', { data: null }), side('b', { data: null })]).data?.text).toBe(
    'Evaluation data: unknown for all sessions.',
  )
  expect(compare([side('a'), side('a', { data: null, id: 'x' })]).lead).toContain('(unknown evaluation data)')
})

test('without fingerprints, names that differ are other data, and equal ones are not known to be the same', () => {
  const given = (...names: (string | null)[]) =>
    about(names.map((name, i) => side('ab'[i] ?? 'c', { data: null, given: name }))).data
  expect(given('climbmix', 'stdlib')).toMatchObject({ same: false, text: 'Evaluation data: climbmix (a); stdlib (b).' })
  expect(given('rows', 'rows')).toMatchObject({ same: null, text: 'Evaluation data: unknown for all sessions.' })
})

test('what measured the values is told, and does not decide whether they compare', () => {
  const other = { id: 'other', tag: 'other' }
  const found = compare([side('h100'), { ...side('h100'), ...other, measuredBy: 'run' as const }])
  expect(found.absolute).toBe(true)
  expect(found.lead).toMatch(/^Values of val_bpb are comparable: /)
  expect(found.statements[0]?.text).toBe('Measured by: a frozen evaluation (nov20); the run itself (other).')
  const collected = { ...side('h100'), ...other, measuredBy: 'unknown' as const, collected: true }
  expect(about([side('h100'), collected]).measured?.text).toMatch(/; elsewhere: unknown \(.*\)\.$/)
})

test('sides with different metrics are in different groups and share no row', () => {
  const other = { name: 'accuracy', goal: 'maximize', unit: null } as const
  const list = [tried(1, 'add a QK norm', { status: 'keep' })]
  const found = compare([
    side('a', { metric: other, tried: list }),
    side('b', { tried: list }),
    side('c', { tried: list }),
  ])
  expect(found.groups.map(({ metric, sides }) => [metric.name, sides.length])).toEqual([
    ['val_bpb', 2],
    ['accuracy', 1],
  ])
  expect(found.statements[0]).toMatchObject({ about: 'metric', same: false })
  expect(found.replication.map(row => [row.label, row.cells.length])).toEqual([
    ['inconclusive', 2],
    ['tried once', 1],
  ])
})

test('rates use the confirmed gain, and the best single run only before confirm', () => {
  const confirmed = { gain: 0.016, interval: [0.01, 0.022], seeds: 3, runs: '3 seeds', verdict: 'better' } as const
  const [a, b] = compare([
    side('a', { confirmed: { ...confirmed, interval: [0.01, 0.022] }, agentUsd: 4 }),
    withPrice(side('b'), 2.5),
  ]).rates
  expect(a).toMatchObject({ by: 'confirmed', perDeviceHour: 0.002, usd: 4, paid: ['agent'], perDollar: 0.004 })
  expect(b).toMatchObject({ by: 'best single run', perDeviceHour: 0.0025, usd: 20, paid: ['gpu'], perDollar: 0.001 })
  const [none] = compare([side('a', { deviceHours: null }), side('b')]).rates
  expect(none).toMatchObject({ perDeviceHour: null, usd: null, perDollar: null })
})

test('only an interval above zero is confirmed, and less than a device-hour or a dollar has no rate', () => {
  const undecided = { gain: 0.2, interval: [-0.4, 0.8], seeds: 2, runs: '2 seeds', verdict: 'inconclusive' } as const
  const [a, b] = compare([
    side('a', { confirmed: { ...undecided, interval: [-0.4, 0.8] } }),
    side('b', { deviceHours: { value: 0.99, basis: 'runs' }, agentUsd: 0.5 }),
  ]).rates
  expect(a).toMatchObject({ by: 'inconclusive', gain: 0.2 })
  expect(b).toMatchObject({ deviceHours: 0.99, perDeviceHour: null, usd: 0.5, perDollar: null })
})

test('a change has a row with each side’s result and a verdict', () => {
  const up = (gain: number, status: 'keep' | 'discard') =>
    tried(1, 'lr up', { knob: moved('matrix lr', '0.04', '0.05'), gain, half: 0.001, status })
  const a = side('a', { tried: [up(0.006, 'keep'), tried(2, 'add QK norm', { gain: 0.01, status: 'keep' })] })
  const b = side('b', { tried: [up(0.003, 'keep'), tried(2, 'swap the activation')] })
  const { replication, triedOnce } = compare([a, b])
  expect(replication.map(({ name, label }) => [name, label])).toEqual([
    ['matrix lr 0.04 → 0.05', 'replicated'],
    ['add QK norm', 'tried once'],
  ])
  expect(triedOnce).toBe(1)
  const [first] = replication
  expect(first).toMatchObject({ by: 'knob', way: 'better', why: 'Better in both sessions, significantly in each.' })
  expect(first?.cells.map(cell => [cell.side, cell.gain, cell.step])).toEqual([
    [a.id, 0.006, '0.04 → 0.05'],
    [b.id, 0.003, '0.04 → 0.05'],
  ])
  expect(compare([a, side('b', { tried: [up(-0.004, 'discard')] })]).replication[0]).toMatchObject({
    label: 'contradicted',
    why: 'The sessions differ by more than their noise.',
  })
})

test('several tries of a side are one effect with the interval of one try; failed tries do not count', () => {
  const up = (n: number, gain: number | null) =>
    tried(n, 'lr up', {
      knob: moved('matrix lr', '0.04', '0.05'),
      gain,
      half: 0.001,
      status: gain === null ? 'crash' : 'keep',
    })
  const twice = side('a', { tried: [up(1, 0.004), up(2, 0.002), up(3, null)] })
  const [row] = compare([twice, side('b', { tried: [up(1, null)] })]).replication
  expect(row?.cells[0]?.gain).toBeCloseTo(0.003, 12)
  expect(row?.cells[0]?.half).toBeCloseTo(0.001, 5)
  expect(row?.cells[0]?.tries).toHaveLength(3)
  expect(row).toMatchObject({ label: 'inconclusive', why: 'Only a measured it.', pooled: null })
})

test('assumed noise is mentioned, and without noise there is no verdict', () => {
  const up = (half: number | null) => [tried(1, 'lr 0.04 to 0.05', { gain: 0.006, half, status: 'keep' })]
  const guess = side('a', { tried: up(0.001), sigma: { value: 0.001, assumed: true } })
  expect(assumedNoiseText([guess, side('b')])).toBe('The noise of a is assumed, not measured.')
  expect(assumedNoiseText([side('b')])).toBe('')
  const [none] = compare([side('a', { tried: up(null) }), side('b', { tried: up(0.001) })]).replication
  expect(none).toMatchObject({
    label: 'inconclusive',
    why: 'Not judged: fewer than two of these sessions have a known noise.',
  })
})

test('configurations are listed with differing constants first', () => {
  const at = (values: [string, string, string][], all = true): Partial<Side> => ({
    settings: { all, values: values.map(([name, baseline, head]) => ({ file: 'train.py', name, baseline, head })) },
  })
  const a = side(
    'a',
    at([
      ['DEPTH', '8', '8'],
      ['LR', '0.04', '0.05'],
      ['DECAY', '0.10', '0.1'],
    ]),
  )
  const b = side(
    'b',
    at([
      ['DEPTH', '8', '8'],
      ['LR', '0.04', '0.08'],
      ['DECAY', '0.1', '.1'],
    ]),
  )
  const rows = compare([a, b]).settings
  expect(rows.map(({ name, differs }) => [name, differs])).toEqual([
    ['LR', true],
    ['DEPTH', false],
    ['DECAY', false],
  ])
  expect(rows[0]?.values).toEqual([
    { baseline: '0.04', head: '0.05' },
    { baseline: '0.04', head: '0.08' },
  ])
  // Of a side that names only what it moved, nobody knows that the rest differs.
  const some = compare([a, side('b', at([['LR', '0.04', '0.05']], false))]).settings
  expect(some.filter(({ differs }) => differs)).toEqual([])
  // Files that were never the same lack constants of each other, which says nothing; what a session added or removed does.
  const lacking = compare([a, side('b', at([['LR', '0.04', '0.05']]))]).settings
  expect(lacking.filter(({ differs }) => differs)).toEqual([])
  const added = side('b', {
    settings: { all: true, values: [{ file: 'train.py', name: 'NEW', baseline: null, head: '3' }] },
  })
  expect(
    compare([a, added])
      .settings.filter(({ differs }) => differs)
      .map(({ name }) => name),
  ).toEqual(['LR', 'NEW'])
})

test('counts of a version of the prose are summed over its sessions, gains are not', () => {
  const use = (hash: string, gain: number): ProseUse => ({ hash, experiments: 10, kept: 2, deviceHours: 2, gain })
  const a = side('a', { startedAt: '2026-11-20T22:00:00Z', prose: [use('one', 0.01), use('two', 0.02)] })
  const b = side('b', { startedAt: '2026-11-19T22:00:00Z', prose: [use('two', 0.03)] })
  const versions = compare([a, b], { one: 'Go.' }).prose
  expect(versions).toMatchObject([
    { hash: 'two', text: null, sides: [b.id, a.id], experiments: 20, kept: 4, deviceHours: 4, gains: [0.03, 0.02] },
    { hash: 'one', text: 'Go.', sides: [a.id], gains: [0.01] },
  ])
  // What a collected record names is data.
  expect(compare([a, side('c', { prose: [use('constructor', 0)] })]).prose.at(-1)?.text).toBeNull()
})
