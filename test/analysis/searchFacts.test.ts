import { expect, test } from 'vitest'
import { causes } from '../../scripts/analysis/search/causes.ts'
import { findNearMisses } from '../../scripts/analysis/search/nearMisses.ts'
import { themeOf, themes } from '../../scripts/analysis/search/themes.ts'
import { buildExperiment, buildRun, patch } from '../helpers/exampleRecords.ts'

const baseline = buildExperiment(0, { status: 'keep', metric: 1 })

test.each([
  ['embedding LR 0.6 to 0.8', 'optimizer'],
  ['warmdown 0.5 to 0.7', 'schedule'],
  ['depth 10 (too few steps)', 'architecture'],
  ['RoPE base 200K to 400K', 'attention'],
  ['SSSSL pattern', 'attention'],
  ['init scale 0.7x', 'initialisation'],
  ['halve batch 524K to 262K (more steps)', 'batch'],
  ['add WD 0.01 to lm_head', 'regularisation'],
  ['pack documents by sequence', 'data'],
  ['random seed 42 to 137', 'other'],
])('%s is %s', (description, theme) => {
  expect(themeOf(buildExperiment(1, { description }), '')).toBe(theme)
})

test('without a match in the description, the changed lines decide the theme', () => {
  const theme = (before: string | null, after: string | null) =>
    themeOf(buildExperiment(1, { description: 'an idea' }), patch(before, after))
  expect(theme('MATRIX_LR = 0.04', 'MATRIX_LR = 0.05')).toBe('optimizer')
  expect(theme('x = attn(x)', 'x = F.dropout(attn(x), 0.1)')).toBe('regularisation')
  expect(themeOf(buildExperiment(1, { description: 'less', linesAdded: 0, linesRemoved: 5 }), '')).toBe(
    'simplification',
  )
})

test('a theme counts its tries and keeps, the gain of the keeps and the time of all tries', () => {
  const experiments = [
    baseline,
    buildExperiment(1, { status: 'keep', metric: 0.9, gain: 0.1, description: 'LR up' }),
    buildExperiment(2, { metric: 0.95, gain: -0.05, description: 'LR up again' }),
    buildExperiment(3, { status: 'crash', description: 'depth 40' }),
  ]
  expect(themes(experiments, new Map(), 'minimize')).toEqual([
    { theme: 'optimizer', experiments: [1, 2], tries: 2, keeps: 1, gain: 0.1, seconds: 18 },
    { theme: 'architecture', experiments: [3], tries: 1, keeps: 0, gain: 0, seconds: 9 },
  ])
})

test('a near miss falls short of a keep by at most the noise of two runs', () => {
  const experiments = [
    baseline,
    buildExperiment(1, { metric: 1.001, gain: -0.001 }),
    buildExperiment(2, { metric: 1.002, gain: -0.002 }),
    buildExperiment(3, { metric: 0.9999, gain: 0.0001 }),
  ]
  const found = findNearMisses(experiments, new Map(), 'minimize', 0.001)
  expect(found.misses.map(({ experiment, shortfall }) => [experiment, shortfall])).toEqual([
    [3, 0],
    [1, 0.001],
  ])
  expect(findNearMisses(experiments, new Map(), 'minimize', null)).toEqual({ misses: [], combinations: [] })
})

test('a change that was tried again is a near miss by the mean of its tries, and none if one was kept or failed', () => {
  const tried = (...list: [gain: number | null, description: string, status?: 'keep'][]) =>
    findNearMisses(
      [
        baseline,
        ...list
          .map(([gain, description, status]) =>
            gain === null
              ? { status: 'crash' as const, description }
              : { metric: 1 - gain, gain, description, status: status ?? ('discard' as const) },
          )
          .map((given, i) => buildExperiment(i + 1, given)),
      ],
      new Map(),
      'minimize',
      0.001,
    ).misses.map(m => [m.experiment, m.tries, Number(m.gain.toFixed(5))])
  expect(tried([-0.0002, 'gate 2 to 3 (flat)'], [-0.0006, 'gate 2 to 3'])).toEqual([[2, 2, -0.0004]])
  expect(tried([-0.0002, 'gate 2 to 3'], [-0.003, 'gate 2 to 3 again'], [-0.003, 'gate 2 to 3'])).toEqual([])
  expect(tried([-0.0002, 'gate 2 to 3'], [0.01, 'gate 2 to 3 (now better)', 'keep'])).toEqual([])
  expect(tried([-0.0002, 'gate 2 to 3'], [null, 'gate 2 to 3'])).toEqual([])
})

test('near misses are paired if they share no line with each other or a later keep and were not tried together', () => {
  const miss = (number: number) => buildExperiment(number, { metric: 1.0005, gain: -0.0005 })
  const lines = (text: string, value: number) => patch(`${text} = 1`, `${text} = ${value}`)
  const experiments = [baseline, miss(1), miss(2), miss(3), miss(4)]
  const patches = new Map([
    [1, lines('A', 2)],
    [2, lines('B', 2)],
    [3, lines('A', 3)],
    [4, lines('C', 2)],
  ])
  const pairs = (more: Parameters<typeof buildExperiment>[1][] = [], changes: string[] = []) =>
    findNearMisses(
      [...experiments, ...more.map((given, i) => buildExperiment(5 + i, given))],
      new Map([...patches, ...changes.map((text, i) => [5 + i, text] as const)]),
      'minimize',
      0.001,
    ).combinations.map(({ experiments: both }) => both.join())
  expect(pairs()).toEqual(['1,2', '1,4', '2,3', '2,4', '3,4'])
  // A later keep changed the line C, so 4 no longer applies.
  expect(pairs([{ status: 'keep', metric: 0.9, gain: 0.1 }], [lines('C', 9)])).toEqual(['1,2', '2,3'])
  const together = patch('A = 1\n-B = 1', 'A = 2\n+B = 2')
  expect(pairs([{ status: 'crash' }], [together])).toEqual(['1,4', '2,4', '3,4'])
})

test.each([
  ['exit code 1: torch.OutOfMemoryError: CUDA out of memory.', 'out of memory'],
  ['val_bpb is NaN', 'not finite'],
  ['exit code 1: ValueError: WIDTH must be divisible by HEADS.', 'shapes do not fit'],
  ["exit code 1: NameError: name 'x' is not defined", 'code error'],
  ['no summary block in the log', 'no result printed'],
  ['the summary has no score; wanted: …; the log ends with: MemoryError: shape assert', 'no result printed'],
  ['the summary has score as “1,095”, which is not one number', 'no result printed'],
  ['implausible: score is exactly 0, as of a run that failed', 'implausible value'],
  ['exit code 1: RuntimeError: CUDA error: device-side assert triggered', 'assertion'],
  [
    'exit code 1: OSError: Read-only file system; in its sandbox a run can write only to its worktree, HOME and TMPDIR',
    'refused by the sandbox',
  ],
  ['exit code 3: goodbye', 'other'],
])('%s is %s', (why, cause) => {
  const crash = buildExperiment(1, { status: 'crash', reason: `Crash: ${why}`, runs: [buildRun(null, { why })] })
  expect(causes([baseline, crash]).map(c => c.cause)).toEqual([cause])
})

test('causes are sorted by frequency, each with its experiments', () => {
  const crash = (number: number, why: string) =>
    buildExperiment(number, { status: 'crash', reason: why, runs: [buildRun(null, { why })] })
  const experiments = [
    baseline,
    crash(1, 'NameError: a'),
    crash(2, 'CUDA out of memory'),
    crash(3, 'MemoryError'),
    buildExperiment(4, { status: 'timeout', reason: 'Timeout: killed after 66 s.' }),
    buildExperiment(5, { metric: 2, gain: -1, description: 'out of memory' }),
  ]
  expect(causes(experiments).map(c => [c.cause, c.experiments, c.reason])).toEqual([
    ['out of memory', [2, 3], 'MemoryError'],
    ['code error', [1], 'NameError: a'],
    ['out of time', [4], 'Timeout: killed after 66 s.'],
  ])
})
