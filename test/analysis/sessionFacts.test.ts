import { expect, test } from 'vitest'
import { holdoutLooks } from '../../scripts/analysis/confirm/holdoutLooks.ts'
import { assumeNoise } from '../../scripts/analysis/noise/assumedNoise.ts'
import { nullGainOf } from '../../scripts/analysis/result/selection.ts'
import { plateaus } from '../../scripts/analysis/search/plateaus.ts'
import { configuration } from '../../scripts/analysis/source/configuration.ts'
import { withPatch, withPatches } from '../../scripts/analysis/source/tree.ts'
import { at, buildExperiment, buildSession, confirmRun, patch, sha } from '../helpers/exampleRecords.ts'

const made = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    buildExperiment(i, i === 0 ? { status: 'keep', metric: 1 } : { metric: 1.01, gain: -0.01 }),
  )

test('the gain expected from selection alone is the expected maximum of n normal values', () => {
  // From tables of normal order statistics: 1.5388 for 10, 2.5076 for 100.
  const off = (n: number, mean: number) =>
    Math.abs((nullGainOf(made(n), { sigma: 1, interval: null })?.gain ?? 0) - mean)
  expect(off(10, 1.5388)).toBeLessThan(0.01)
  expect(off(100, 2.5076)).toBeLessThan(0.01)
  expect(nullGainOf(made(1), { sigma: 0.001, interval: null })).toBeNull()
  expect(nullGainOf(made(10), null)).toBeNull()
})

test('luck is known as well as σ is: its interval is that of σ', () => {
  const luck = nullGainOf(made(10), { sigma: 2, interval: [1, 6] })
  expect(luck?.interval?.[0]).toBeCloseTo((luck?.gain ?? 0) / 2, 12)
  expect(luck?.interval?.[1]).toBeCloseTo(3 * (luck?.gain ?? 0), 12)
  expect(nullGainOf(made(10), { sigma: 2, interval: null })?.interval).toBeNull()
})

test.each([
  ['zero', [0, 0.3, -0.2]],
  ['near zero against its changes', [1e-6, 0.4, 0.2]],
  ['of both signs', [-0.02, 0.5, -0.3]],
])('no σ is assumed from a baseline that is %s', (_, values) => {
  const experiments = values.map((metric, i) => buildExperiment(i, { status: 'keep', metric, gain: 0.01 }))
  expect(assumeNoise(experiments, null)).toBeNull()
})

test('σ is assumed from a negative baseline far from zero as from a positive one', () => {
  const experiments = [-2, -2.1].map((metric, i) => buildExperiment(i, { status: 'keep', metric, gain: 0.1 }))
  expect(assumeNoise(experiments, null)?.sigma).toBeCloseTo(0.001, 12)
})

test('without repeats, σ is estimated from changes of the seed alone', () => {
  const seeds = [
    buildExperiment(0, { status: 'keep', metric: 0.9979 }),
    buildExperiment(1, { status: 'keep', metric: 0.973104, gain: 0.024796 }),
    buildExperiment(2, { metric: 0.973799, gain: -0.000695, description: 'random seed 42 to 137' }),
  ]
  expect(assumeNoise(seeds, null)).toMatchObject({ basis: 'descriptions', experiments: [1, 2] })
  expect(assumeNoise(seeds, null)?.sigma).toBeCloseTo(0.000695 / Math.SQRT2, 12)
  expect(assumeNoise(seeds, { sigma: 1, interval: null, df: 1, runs: 2, earlier: [] })).toBeNull()
})

test('without repeats and changes of the seed, σ is assumed from the size of the metric and marked as assumed', () => {
  const other = (description: string) => [
    buildExperiment(0, { status: 'keep', metric: 2 }),
    buildExperiment(1, { metric: 2.1, gain: -0.1, description }),
  ]
  for (const words of ['seed the embedding with zeros', 'random seeds for dropout', 'LR up, seed 2'])
    expect(assumeNoise(other(words), null), words).toEqual({
      sigma: 0.001,
      basis: 'baseline',
      experiments: [0],
      pairs: 0,
    })
  expect(assumeNoise([], null)).toBeNull()
})

test('a plateau is ten or more experiments without a keep, with its time', () => {
  const experiments = Array.from({ length: 40 }, (_, i) =>
    buildExperiment(i, {
      status: i === 0 || i === 5 || i === 16 ? 'keep' : 'discard',
      metric: 1,
      gain: 0,
      bold: i === 30,
      startedAt: at(10 * i),
      endedAt: at(10 * i + 9),
    }),
  )
  expect(plateaus(experiments)).toEqual([
    { from: 17, to: 39, experiments: 23, seconds: 229, bold: 1 },
    { from: 6, to: 15, experiments: 10, seconds: 99, bold: 0 },
  ])
})

test('the configuration has all constants of both trees, as written', () => {
  const source = new Map([['a.py', 'LR = 3e-4  # rate\nDEPTH = 8\nOLD = 1\n\nLR = 5\n    INNER = 2\n']])
  const change = `--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n-LR = 3e-4  # rate\n+LR = 1e-3  # rate\n DEPTH = 8\n-OLD = 1\n+NEW = "x"\n`
  const head = withPatches(source, [1], new Map([[1, change]]))
  expect(configuration(source, head ?? new Map())).toEqual([
    { file: 'a.py', name: 'LR', baseline: '3e-4', head: '1e-3' },
    { file: 'a.py', name: 'DEPTH', baseline: '8', head: '8' },
    { file: 'a.py', name: 'OLD', baseline: '1', head: null },
    { file: 'a.py', name: 'NEW', baseline: null, head: '"x"' },
  ])
})

test('the tree is unknown if a patch does not apply or is missing', () => {
  const source = new Map([['trainer/train.py', 'A = 1\n']])
  expect(withPatch(source, patch('B = 1', 'B = 2'))).toBeNull()
  expect(withPatches(source, [1], new Map())).toBeNull()
  expect(withPatch(source, patch('B = 1', 'B = 2', 'elsewhere.py'))).toEqual(source)
  expect(withPatch(source, 'nonsense')).toEqual(source)
})

test('looks at a holdout are counted over all sessions with the same data, with a warning above twenty', () => {
  const session = buildSession()
  const look = (pairs: number) => ({ purpose: 'confirm', head: 1, commit: sha(1), pairs, why: null }) as const
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1, runs: [confirmRun(2, 1, 1.1, 100)] }),
    buildExperiment(1, {
      status: 'keep',
      metric: 0.9,
      runs: [confirmRun(2, 0.9, 1, 110, 1)],
      looks: [look(1), look(2)],
    }),
  ]
  const other = (name: string, own: number, fingerprint = '9f3c5d') => ({ session: name, looks: { fingerprint, own } })
  expect(
    holdoutLooks(session, experiments, [other('b', 3), other('c', 9, 'else'), { session: 'd', looks: null }]),
  ).toEqual({ fingerprint: '9f3c5d', own: 2, all: 5, sessions: [session.id, 'b'], warning: false })
  expect(holdoutLooks(session, experiments, [other('b', 18)])?.warning).toBe(false)
  expect(holdoutLooks(session, experiments, [other('b', 19)])?.warning).toBe(true)
  expect(holdoutLooks(buildSession({ data: null }), experiments, [])).toBeNull()
  expect(holdoutLooks(session, made(3), [])?.own).toBe(0)
})
