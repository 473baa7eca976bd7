import { expect, test } from 'vitest'
import { valuesIn } from '../../scripts/analysis/source/values.ts'
import { descriptionWarnings } from '../../scripts/analysis/warnings.ts'
import { buildExperiment, buildRun, patch } from '../helpers/exampleRecords.ts'

/** A trainer whose width is rounded up, as in karpathy's. */
const source = `# What may be tuned.
DEPTH = 8
ASPECT = 64
HEAD_DIM = 128
TOTAL_BATCH_SIZE = 2**19
PATTERN = "SSSL"
MATRIX_LR = 0.04  # of matrices
DROPOUT = 0.1
base_dim = DEPTH * ASPECT
model_dim = ((base_dim + HEAD_DIM - 1) // HEAD_DIM) * HEAD_DIM
`
const file = 'trainer/train.py'

/** Warnings about one change, given as old lines of the source and their new lines; "" removes a line. */
function found(description: string, lines: Record<string, string>, over: Parameters<typeof buildExperiment>[1] = {}) {
  const all = source.split('\n')
  const body = all.flatMap(line => {
    const after = lines[line]
    return after === undefined ? [` ${line}`] : [`-${line}`, ...(after === '' ? [] : [`+${after}`])]
  })
  const added = body.filter(line => !line.startsWith('-')).length - 1
  const text = `--- a/${file}\n+++ b/${file}\n@@ -1,${all.length - 1} +1,${added} @@\n${body.slice(0, -1).join('\n')}\n`
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    buildExperiment(1, { metric: 0.9, gain: 0.1, description, ...over }),
  ]
  return descriptionWarnings(experiments, new Map([[1, text]]), new Map([[file, source]])).map(
    d => `${d.claim}: ${d.found}`,
  )
}

const deeper = { 'DEPTH = 8': 'DEPTH = 9', 'ASPECT = 64': 'ASPECT = 57' }
const rate = { 'MATRIX_LR = 0.04  # of matrices': 'MATRIX_LR = 0.05  # of matrices' }
const window = { 'PATTERN = "SSSL"': 'PATTERN = "SSSSL"' }
const batch = { 'TOTAL_BATCH_SIZE = 2**19': 'TOTAL_BATCH_SIZE = 2**18' }

test.each([
  ['depth 9 aspect 57 (extra layer, dim ~512)', deeper, 'dim ~512: model_dim is 640 by the source'],
  ['depth 10, narrower', deeper, 'depth 10: DEPTH is 9 by the source'],
  ['SSSSL window pattern (5:1 short:long)', window, '5:1: "SSSSL" is 4:1'],
  ['matrix LR 0.04 to 0.06', rate, 'matrix LR 0.04 to 0.06: the diff moves MATRIX_LR from 0.04 to 0.05'],
  ['matrix LR 0.03 → 0.05', rate, 'matrix LR 0.03 to 0.05: the diff moves MATRIX_LR from 0.04 to 0.05'],
  [
    'halve total batch 524K to 131K',
    batch,
    'halve total batch 524K to 131K: the diff moves TOTAL_BATCH_SIZE from 2**19 to 2**18',
  ],
])('“%s” gets a warning', (description, lines, expected) => {
  expect(found(description, lines as Record<string, string>)).toEqual([expected])
})

test.each([
  ['depth 9 aspect 57 (extra layer, dim 640)', deeper],
  ['depth 8 to 9', deeper],
  ['depth 9, only the last 3 layers have value embeddings', deeper],
  ['SSSSL window pattern (4:1 short:long)', window],
  ['SSSSL window pattern (1:4 long:short)', window],
  ['matrix LR 0.04 to 0.05', rate],
  ['matrix LR 4e-2 -> 5e-2', rate],
  ['MATRIX_LR up by 25%, as with dim 512 before', rate],
  ['raise matrix LR from 0.04 to 0.05 (0.8 to 0.9 hurt the embedding)', rate],
  ['LR +25%: 0.05, ends 3:1 over the baseline at step 900', rate],
  ['halve batch 524K to 262K (more steps in 5 min)', batch],
  ['batch 2**18 (2x the updates)', batch],
  ['batch ~250K tokens', batch],
  ['dropout 10% to 20%', { 'DROPOUT = 0.1': 'DROPOUT = 0.2' }],
  ['width 512 → 1024 by twice the aspect', { 'ASPECT = 64': 'ASPECT = 128' }],
  ['no dropout 0.1 to 0', { 'DROPOUT = 0.1': '' }],
])('“%s” is correct and gets no warning', (description, lines) => {
  expect(found(description, lines as Record<string, string>)).toEqual([])
})

test.each([
  ['digits', '1'.repeat(50_000)],
  ['arrows', '1 to '.repeat(10_000)],
  ['brackets', '('.repeat(50_000)],
  ['quotes', `X = ${'"a'.repeat(25_000)}`],
])('a foreign description and a source line with 50,000 characters of %s cause no warning', (_, junk) => {
  expect(found(junk, rate)).toEqual([])
  const lines = new Map([[1, patch(junk, `${junk}1`)]])
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    buildExperiment(1, { metric: 0.9, gain: 0.1, description: 'dim 512' }),
  ]
  expect(descriptionWarnings(experiments, lines, new Map([[file, junk]]))).toEqual([])
})

test('a value that the run printed takes precedence over one computed from the source', () => {
  const printed = (summary: Record<string, number>) => ({ runs: [buildRun(0.9, { summary })] })
  expect(found('depth 9', deeper, printed({ depth: 9 }))).toEqual([])
  expect(found('depth 9', deeper, printed({ depth: 12 }))).toEqual(['depth 9: the run printed 12'])
  expect(found('now 50M params', rate, printed({ num_params_M: 50.3 }))).toEqual([])
  expect(found('now 50M params', rate, printed({ num_params_M: 85.1 }))).toEqual(['50M params: the run printed 85.1'])
})

test('memory is checked within 5%, and a difference of memory is not checked', () => {
  const memory = (description: string) => found(description, rate, { memoryMb: 45_060 })
  expect(memory('same loss, peak memory 44 GB')).toEqual([])
  expect(memory('same loss, peak memory 30 GB')).toEqual(['peak memory 30 GB: the run printed 44.0039'])
  expect(memory('saves 4 GB of memory')).toEqual([])
})

test('without the sources only the diff is checked', () => {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    buildExperiment(1, { metric: 0.9, gain: 0.1, description: 'LR 0.1 to 0.3, dim 512' }),
  ]
  expect(descriptionWarnings(experiments, new Map([[1, patch('LR = 0.1', 'LR = 0.2')]]), new Map())).toEqual([
    { experiment: 1, claim: 'LR 0.1 to 0.3', found: 'the diff moves LR from 0.1 to 0.2' },
  ])
})

test('a later change is checked against the files of its parent', () => {
  const step = (before: string, after: string) =>
    `--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,2 @@\n-${before}\n+${after}\n WIDTH = DEPTH * 64\n`
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    buildExperiment(1, { status: 'keep', metric: 0.9, gain: 0.1, description: 'depth 3, width 192' }),
    buildExperiment(2, {
      metric: 0.8,
      gain: 0.1,
      description: 'depth 4, width 192',
      parent: { number: 1, commit: 'c'.repeat(40) },
    }),
  ]
  const patches = new Map([
    [1, step('DEPTH = 2', 'DEPTH = 3')],
    [2, step('DEPTH = 3', 'DEPTH = 4')],
  ])
  expect(descriptionWarnings(experiments, patches, new Map([[file, 'DEPTH = 2\nWIDTH = DEPTH * 64\n']]))).toEqual([
    { experiment: 2, claim: 'width 192', found: 'WIDTH is 256 by the source' },
  ])
})

test.each([
  ['X = 2**10', 1024],
  ['X = 7 // 2 + 7 % 3', 4],
  ['A = 3\nX = a * (2 + 1)', 9],
  ['X = -2 ** 2', -4],
  ['X = f(3)', null],
  ['X = Y\nY = X', null],
  ['X = 1\nX = 2', null],
  ['X = 1 / 0', null],
  ['X = (1', null],
])('%j evaluates to %j', (text, value) => {
  expect(valuesIn([text]).of('X')).toBe(value)
})
