import { expect, test } from 'vitest'
import { bestText, type Knob } from '../../../scripts/analysis/search/knob.ts'
import { scores, stepsOf } from '../../../scripts/analysis/search/knobShape.ts'
import { knobs } from '../../../scripts/analysis/search/knobs.ts'
import { literalMoves } from '../../../scripts/analysis/source/literals.ts'
import { buildExperiment, patch } from '../../helpers/exampleRecords.ts'

/** A baseline of 1 and changes of one line each, with their gains. */
function session(...changes: [before: string | null, after: string, gain: number | null, status?: 'keep'][]) {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    ...changes.map(([, , gain, status], i) =>
      buildExperiment(
        i + 1,
        gain === null ? { status: 'crash' } : { status: status ?? 'discard', metric: 1 - gain, gain },
      ),
    ),
  ]
  const patches = new Map(changes.map(([before, after], i) => [i + 1, patch(before, after)]))
  return (sigma: number | null = 0.001, df = 1e6) =>
    knobs(experiments, patches, 'minimize', sigma === null ? null : { sigma, df }).knobs
}

test('a knob has every value tried, with its metric and its status', () => {
  const [knob, ...others] = session(
    ['MATRIX_LR = 0.04  # muon', 'MATRIX_LR = 0.05  # muon', 0.02, 'keep'],
    ['MATRIX_LR = 0.05  # muon', 'MATRIX_LR = 0.1  # too much?', null],
  )()
  expect(others).toEqual([])
  expect(knob).toMatchObject({ id: 'MATRIX_LR', file: 'trainer/train.py', name: 'MATRIX_LR' })
  const one = { by: 'diff', beside: false, runs: 1, head: { experiment: 0, runs: 1 } }
  expect(knob?.measured).toBe(2)
  expect(knob?.tries).toEqual([
    {
      experiment: 1,
      from: '0.04',
      to: '0.05',
      value: 0.05,
      metric: 0.98,
      gain: 0.02,
      status: 'keep',
      alone: true,
      ...one,
    },
    {
      experiment: 2,
      from: '0.05',
      to: '0.1',
      value: 0.1,
      metric: null,
      gain: null,
      status: 'crash',
      alone: true,
      ...one,
    },
  ])
})

test('a best value between others has the shape inside, and the next value is half-way to its better neighbour', () => {
  const [knob] = session(['LR = 0.01', 'LR = 0.02', 0.02, 'keep'], ['LR = 0.02', 'LR = 0.04', -0.005])()
  expect(knob).toMatchObject({ shape: 'inside', best: '0.02', untried: '0.0283' })
})

test('a best value at the end of the range has the shape edge, and the next value lies beyond it', () => {
  const edge = (from: string, to: string) => session([`X = ${from}`, `X = ${to}`, 0.02, 'keep'])()[0]
  expect(edge('0.01', '0.02')).toMatchObject({ shape: 'edge', best: '0.02', untried: '0.04' })
  expect(edge('0.002', '0.003')?.untried).toBe('0.0045')
  expect(edge('0.7', '0.75')?.untried).toBe('0.804')
  expect(edge('2**19', '2**18')?.untried).toBe('2**17')
  expect(edge('0.9', '0.95')?.untried).toBe('0.975')
  expect(edge('6', '7')?.untried).toBe('8')
  expect(edge('0.1', '0.0')?.untried).toBeNull()
})

test('a first value that no other beat is the best, at the other edge', () => {
  expect(session(['LR = 0.01', 'LR = 0.02', -0.02])()[0]).toMatchObject({
    shape: 'edge',
    best: '0.01',
    untried: '0.005',
  })
})

test('beyond the best end a value that crashed is not suggested again, and the best is not called the edge', () => {
  const [knob] = session(['B = 2**19', 'B = 2**18', 0.02, 'keep'], ['B = 2**18', 'B = 2**17', null])()
  expect(knob).toMatchObject({ shape: 'unclear', best: '2**18', bestSet: ['2**18'], untried: null })
})

test('a value tried only together with other changes counts as tried', () => {
  const both = (from: string, to: string): [string, string, number] => [
    `LR = ${from}\n-X = 1`,
    `LR = ${to}\n+X = 2`,
    -0.02,
  ]
  const rise: [string, string, number, 'keep'] = ['LR = 0.08', 'LR = 0.16', 0.02, 'keep']
  const of = (...tries: [string, string, number, 'keep'?][]) => session(rise, ...tries)().find(({ id }) => id === 'LR')
  expect(of()).toMatchObject({ shape: 'edge', untried: '0.32' })
  expect(of(both('0.16', '0.32'), both('0.16', '0.226'))).toMatchObject({
    shape: 'unclear',
    best: '0.16',
    untried: null,
  })
  // Between the best and its neighbour.
  const inside: [string, string, number] = ['LR = 0.16', 'LR = 0.24', -0.005]
  expect(of(inside)).toMatchObject({ shape: 'inside', untried: '0.196' })
  expect(of(inside, both('0.16', '0.2'))).toMatchObject({ shape: 'inside', best: '0.16', untried: null })
})

test('scores within noise are flat; without σ, nothing is named', () => {
  const given = session(['LR = 0.01', 'LR = 0.02', 0.002, 'keep'])
  expect(given(0.001)[0]).toMatchObject({ shape: 'flat', best: '0.02', bestSet: ['0.01', '0.02'], untried: null })
  for (const gain of [0, 0.02])
    expect(session(['LR = 0.01', 'LR = 0.02', gain, 'keep'])(null)[0]).toMatchObject({
      shape: 'unclear',
      best: '0.02',
      bestSet: [],
      untried: null,
    })
})

test('with few degrees of freedom of σ a shape needs a larger difference', () => {
  // Two values of one run: Student's t at 95% each way, times √2. 6.3σ/√2 with one degree, 1.64σ√2 with σ known.
  const given = (gain: number) => session(['LR = 0.01', 'LR = 0.02', gain, 'keep'])
  expect(given(0.0024)(0.001)[0]?.shape).toBe('edge')
  expect(given(0.0022)(0.001)[0]?.shape).toBe('flat')
  expect(given(0.004)(0.001, 2)[0]?.shape).toBe('flat')
  expect(given(0.0043)(0.001, 2)[0]?.shape).toBe('edge')
})

test('with more values a shape needs a larger difference', () => {
  const worse = (gain: number) => [2, 3, 4, 5].map((to): [string, string, number] => ['LR = 1', `LR = ${to}`, gain])
  expect(session(['LR = 1', 'LR = 2', -0.003])()[0]?.shape).toBe('edge')
  expect(session(...worse(-0.003))()[0]?.shape).toBe('flat')
  expect(session(...worse(-0.004))()[0]).toMatchObject({ shape: 'edge', best: '1', bestSet: ['1'] })
})

test('values that cannot be told apart from the best are a set; an end among them leaves the shape unclear', () => {
  const tries = (middle: number): [string, string, number, 'keep'?][] => [
    ['LR = 0.02', 'LR = 0.03', 0.02, 'keep'],
    ['LR = 0.03', 'LR = 0.04', middle],
    ['LR = 0.03', 'LR = 0.05', -0.02],
  ]
  const [knob] = session(...tries(-0.001))()
  expect(knob).toMatchObject({ shape: 'inside', best: '0.03', bestSet: ['0.03', '0.04'] })
  expect(bestText(knob as Knob)).toBe('0.03; 0.04 cannot be told apart from it')
  const [edge] = session(...tries(-0.001).slice(0, 2))()
  expect(edge).toMatchObject({ shape: 'unclear', best: '0.03', bestSet: ['0.03', '0.04'], untried: null })
})

test('a head that was picked among many needs a larger lead over the values tried against it', () => {
  const picked = (others: number, gain: number) =>
    session(
      ...Array.from({ length: others }, (_, i): [string, string, number] => [`x = f(${i})`, `x = g(${i})`, -0.001]),
      ['LR = 1', 'LR = 2', gain],
      ['LR = 1', 'LR = 3', gain],
    )().find(knob => knob.name === 'LR')?.shape
  expect(picked(0, -0.0035)).toBe('edge')
  expect(picked(30, -0.0035)).toBe('flat')
  expect(picked(30, -0.006)).toBe('edge')
  // A value that is better than the head has no such advantage.
  expect(picked(30, 0.0039)).toBe('unclear')
})

test('scores are counted along the chain of values, not against one best', () => {
  const [knob] = session(
    ['LR = 0.01', 'LR = 0.02', 0.02, 'keep'],
    ['LR = 0.02', 'LR = 0.03', 0.01, 'keep'],
    ['LR = 0.03', 'LR = 0.015', -0.025],
  )()
  expect(knob).toMatchObject({ shape: 'edge', best: '0.03' })
})

test('values that replace None are scored relative to None', () => {
  const [knob, ...others] = session(
    ['TOTAL_BATCH_SIZE = None  # tokens', 'TOTAL_BATCH_SIZE = 4096  # tokens', 0.02, 'keep'],
    ['TOTAL_BATCH_SIZE = 4096  # tokens', 'TOTAL_BATCH_SIZE = 2**11  # tokens', 0.01, 'keep'],
  )()
  expect(others).toEqual([])
  expect(knob).toMatchObject({ line: 'TOTAL_BATCH_SIZE = □', shape: 'edge', best: '2**11', untried: '2**10' })
  expect(knob?.tries[0]).toMatchObject({ from: 'None', to: '4096', value: 4096 })
  expect(scores(stepsOf(knob?.tries ?? []))).toMatchObject([
    { value: 4096, score: 0.02 },
    { value: 2048, score: 0.03 },
  ])
})

test('the two numbers of a tuple are two knobs', () => {
  const found = session(
    ['ADAM_BETAS = (0.8, 0.95)', 'ADAM_BETAS = (0.8, 0.99)', 0.02, 'keep'],
    ['ADAM_BETAS = (0.8, 0.99)', 'ADAM_BETAS = (0.9, 0.99)', 0.02, 'keep'],
  )()
  expect(found.map(({ id, name, literalIndex }) => [id, name, literalIndex])).toEqual([
    ['ADAM_BETAS.1', 'ADAM_BETAS', 1],
    ['ADAM_BETAS.0', 'ADAM_BETAS', 0],
  ])
})

test('a knob that changed only with others, or is not a number, has the shape unclear', () => {
  const two = [
    buildExperiment(0, { status: 'keep', metric: 1 }),
    buildExperiment(1, { status: 'keep', metric: 0.9, gain: 0.1 }),
  ]
  const both = patch('DEPTH = 8\n-WIDTH = 64', 'DEPTH = 9\n+WIDTH = 57')
  const { knobs: found } = knobs(two, new Map([[1, both]]), 'minimize', { sigma: 0.001, df: 1e6 })
  expect(found.map(k => [k.id, k.shape, k.best, k.tries[0]?.alone])).toEqual([
    ['DEPTH', 'unclear', '9', false],
    ['WIDTH', 'unclear', '57', false],
  ])
  const [words] = session(['PATTERN = "SSSL"', 'PATTERN = "SSSSL"', 0.02, 'keep'])()
  expect(words).toMatchObject({ name: 'PATTERN', shape: 'unclear', best: '"SSSSL"', untried: null })
})

test('without decisions a gain is relative to the parent, or to the last keep', () => {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 0.5 }),
    buildExperiment(1, { status: 'keep', metric: 0.6, parent: null }),
    buildExperiment(2, { metric: 0.55, parent: { number: 1, commit: 'c'.repeat(40) } }),
  ]
  const patches = new Map([1, 2].map(n => [n, patch('LR = 0.1', `LR = 0.${n + 1}`)]))
  const gains = knobs(experiments, patches, 'maximize').knobs[0]?.tries.map(({ gain }) => gain?.toFixed(6))
  expect(gains).toEqual(['0.100000', '-0.050000'])
})

test('constants with the same name are distinguished by a word of their lines', () => {
  const found = session(
    [
      '    dict(params=head, lr=rate, weight_decay=0.0),',
      '    dict(params=head, lr=rate, weight_decay=0.01),',
      0.01,
      'keep',
    ],
    ['    dict(params=table, lr=rate, weight_decay=0.0),', '    dict(params=table, lr=rate, weight_decay=0.02),', 0.01],
    ['    dict(params=table, lr=rate, weight_decay=0.0),', '    dict(params=table, lr=rate, weight_decay=0.04),', 0.01],
  )()
  expect(found.map(k => [k.id, k.tries.length])).toEqual([
    ['weight_decay.head', 1],
    ['weight_decay.table', 2],
  ])
})

test.each([
  ['        softcap = 15', '        softcap = 17', 'softcap', '15', '17'],
  ['    frac = min(step / 300, 1)', '    frac = min(step / 200, 1)', 'frac', '300', '200'],
  ['    window = long // 2', '    window = long // 8', 'window', '2', '8'],
  [
    '    def rotary(self, n, base=10000, device=None):',
    '    def rotary(self, n, base=200000, device=None):',
    'base',
    '10000',
    '200000',
  ],
  ['        self.x0.fill_(0.1)', '        self.x0.fill_(0.05)', 'x0.fill_', '0.1', '0.05'],
  ['BETAS = (0.8, 0.95)', 'BETAS = (0.8, 0.99)', 'BETAS', '0.95', '0.99'],
  ['BATCH = 2**19  # ~524K tokens', 'BATCH = 2**18  # ~262K tokens', 'BATCH', '2**19', '2**18'],
  ['SHIFT = -1', 'SHIFT = 1', 'SHIFT', '-1', '1'],
])('%s → %s is one move', (before, after, name, from, to) => {
  expect(literalMoves(patch(before, after)).map(move => [move.name, move.from, move.to])).toEqual([[name, from, to]])
})

test.each([
  ['        s = 3**0.5 * n', '        s = 0.8 * 3**0.5 * n'],
  ['LR = 0.1  # was 0.2', 'LR = 0.1  # was 0.3'],
  ['x1 = y', 'x2 = y'],
  ['if a == 1:', 'while a == 2:'],
])('%s → %s moves no literal', (before, after) => {
  expect(literalMoves(patch(before, after))).toEqual([])
})
