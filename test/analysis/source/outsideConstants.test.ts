import { expect, test } from 'vitest'
import { setting } from '../../../scripts/analysis/source/configuration.ts'
import { outsideConstants } from '../../../scripts/analysis/source/outsideConstants.ts'
import { type Source, withPatches } from '../../../scripts/analysis/source/tree.ts'
import { buildExperiment, patch } from '../../helpers/exampleRecords.ts'

const file = 'trainer/train.py'
const text = 'LR = 0.1\n# What may be tuned.\n    return relu(x)\nDEPTH = 2\n'

/** @param patches of experiments 1, 2, …; null: its diff is not recorded */
function outside(patches: (string | null)[], source: Source | null = null) {
  const known = new Map(patches.flatMap((change, i) => (change === null ? [] : [[i + 1, change] as const])))
  const numbers = patches.map((_, i) => i + 1)
  const experiments = numbers.map(n => buildExperiment(n, { status: 'keep', description: `change ${n}` }))
  const final = source && withPatches(source, numbers, known)
  return outsideConstants(numbers, experiments, known, source && final && { baseline: source, final }).map(o => [
    o.experiment,
    o.description,
    o.why,
  ])
}

test('a change of constants and comments alone is wholly in the configuration', () => {
  expect(outside([patch('LR = 0.1', 'LR = 0.2  # twice'), patch('# old', '# new'), patch('', null)])).toEqual([])
})

test('a change of code is outside of it, also where it changes a constant too', () => {
  expect(
    outside([
      patch('    return relu(x)', '    return gelu(x)'),
      patch('LR = 0.1', 'LR = 0.2'),
      patch('LR = 0.2\n-    return gelu(x)', 'LR = 0.3\n+    return silu(x)'),
    ]),
  ).toEqual([
    [1, 'change 1', 'code'],
    [3, 'change 3', 'code'],
  ])
})

test('a change without a diff is outside of it, and says so', () => {
  expect(outside([patch('LR = 0.1', 'LR = 0.2'), null])).toEqual([[2, 'change 2', 'no diff']])
})

test('nothing is outside of it where a later change took the code back', () => {
  const there = patch('    return relu(x)', '    return gelu(x)')
  const back = patch('    return gelu(x)', '    return relu(x)')
  const source = new Map([[file, text]])
  expect(outside([there], source)).toHaveLength(1)
  expect(outside([there, back], source)).toEqual([])
  expect(outside([there, back])).toHaveLength(2)
})

test.each([
  'STARTED = time.perf_counter()  # before torch is imported',
  'PRESETS = {',
  'COEFFS = [',
  'COUNT = len(x)',
  "PEAK = {'H100': 989.5}",
  'DEVICE = torch.device("cuda")',
  'A = B(3)',
  'A = B (3)',
  'A = )3(',
])('%s is no constant', line => {
  expect(setting(line)).toBeNull()
})

test.each([
  ['LR = 3e-4  # rate', '3e-4'],
  ['BATCH = 2**19', '2**19'],
  ['BETAS = (0.8, 0.95)', '(0.8, 0.95)'],
  ['WIDTH = DEPTH * 64', 'DEPTH * 64'],
  ['BASE = 10_000', '10_000'],
  ['LAYERS = [\'a\', "b"]', '[\'a\', "b"]'],
  ['DEPTH = None  # layers', 'None'],
  ['const FLAG = true; // yes', 'true'],
  ['SHIFT = -0.5', '-0.5'],
])('%s is a constant', (line, value) => {
  expect(setting(line)?.[1]).toBe(value)
})
