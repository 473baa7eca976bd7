import { expect, test } from 'vitest'
import { describedMove, quantity } from '../../../scripts/analysis/search/describedStep.ts'
import { matches, wordsOf } from '../../../scripts/analysis/search/sameChange.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { moved, side, tried } from '../../compare/sides.ts'

/** The matches as text: "a1 b3" is experiment 1 of the first side and 3 of the second. */
const together = (sides: Side[]): string[] =>
  matches(sides)
    .filter(({ items }) => items.length > 1)
    .map(({ items }) =>
      items
        .map(item => `${'abc'[item.side]}${item.tried.experiment}`)
        .sort()
        .join(' '),
    )

const one = (label: string, ...list: Side['tried']) => side(label, { tried: list })
const knob = (n: number, from: string, to: string, line?: string) =>
  tried(n, 'some words', { knob: moved('matrix lr', from, to, line) })

test('changes of a constant match if they go in the same direction over overlapping values', () => {
  expect(together([one('x', knob(1, '0.04', '0.05')), one('y', knob(2, '0.04', '0.06'))])).toEqual(['a1 b2'])
  expect(together([one('x', knob(1, '0.04', '0.05')), one('y', knob(2, '0.04', '0.03'))])).toEqual([])
  expect(together([one('x', knob(1, '0.04', '0.05')), one('y', knob(2, '0.05', '0.08'))])).toEqual([])
  // A step over both is asked together with one of them, and never makes the two one.
  const over = [one('x', knob(1, '0.04', '0.05'), knob(2, '0.05', '0.08')), one('y', knob(3, '0.04', '0.08'))]
  expect(together(over)).toEqual(['a1 b3'])
})

test('lines with the same name are different constants only if one side has both', () => {
  const [a, b] = ['dict(weight_decay=□)\x000', 'WEIGHT_DECAY = □\x000']
  expect(together([one('x', knob(1, '1', '2', a)), one('y', knob(1, '1', '2', b))])).toEqual(['a1 b1'])
  const both = one('x', knob(1, '1', '2', a), knob(2, '1', '2', b))
  expect(together([both, one('y', knob(1, '1', '2', b))])).toEqual(['a2 b1'])
})

test('without a diff a constant is read from the description, units and powers included', () => {
  const patched = one('x', tried(1, 'faster', { knob: moved('matrix lr', '0.04', '0.05') }))
  expect(together([patched, one('y', tried(4, 'matrix_lr 0.04->0.05 (15.61MB binary)'))])).toEqual(['a1 b4'])
  expect(together([patched, one('y', tried(4, 'increase matrix LR to 0.04'))])).toEqual([])
  expect(together([patched, one('y', tried(4, 'increase matrix LR to 0.06'))])).toEqual(['a1 b4'])
  expect(describedMove('halve batch 524K to 262K (more steps)')).toMatchObject({ name: 'batch', way: 'down' })
  expect(describedMove('muon momentum warmup 300 to 200 steps')).toMatchObject({ name: 'muon momentum warmup' })
  expect(describedMove('DEPTH=8, n_embd=512, 50.3M params')).toBeNull()
  expect(describedMove('remove cautious WD mask (much worse)')).toBeNull()
  expect(['2^16', '2**16', '524K', '1e-3', '1_000', '5%'].map(quantity)).toEqual([65536, 65536, 524000, 0.001, 1000, 5])
})

test('other changes match by tree, lines or words, transitively', () => {
  const a = one('x', tried(1, 'QK norm', { change: 'c1' }))
  const b = one('y', tried(2, 'normalise queries and keys', { change: 'c1', tree: 't1' }))
  const c = one('z', tried(3, 'stable attention', { tree: 't1' }))
  expect(together([a, b, c])).toEqual(['a1 b2 c3'])
  expect(together([one('x', tried(1, 'Add a QK norm')), one('y', tried(2, 'adding QK-norm — helps'))])).toEqual([
    'a1 b2',
  ])
  expect(together([one('x', tried(1, 'Add a QK norm')), one('y', tried(2, 'remove the QK norm'))])).toEqual([])
  expect(wordsOf('gradient clipping at 1.0')).not.toBe(wordsOf('gradient clipping at 0.5'))
  expect(wordsOf('depth 9 to 8, wider')).not.toBe(wordsOf('depth 8 to 9, wider'))
  expect(wordsOf('baseline')).toBe('')
  expect(wordsOf('constructor prototype')).toBe('constructor prototype')
  expect(describedMove(`a${' 1'.repeat(2000)}`)).toBeNull()
})

test('changes to different targets do not match; a session without a target joins the others if they have one target', () => {
  const at = (target: string | null) => side('x', { target, tried: [tried(1, 'add QK norm')] })
  expect(together([at('train.py'), at('trainer/train.py')])).toEqual(['a1 b1'])
  expect(together([at('train.py'), at('rank.js')])).toEqual([])
  expect(together([at('train.py'), at(null)])).toEqual(['a1 b1'])
  expect(together([at('train.py'), at('rank.js'), at(null)])).toEqual([])
})
