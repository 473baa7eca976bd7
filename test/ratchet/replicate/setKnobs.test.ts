import { expect, test } from 'vitest'
import { knobsToSet, readWanted } from '../../../scripts/ratchet/replicate/setKnobs.ts'
import type { Stack } from '../../../scripts/ratchet/stack/stackOf.ts'

const texts = new Map([
  ['train.py', "DEPTH = 12  # layers\nWINDOW_PATTERN = 'SSSL'\nMATRIX_LR = 0.04\nUSE_BIAS = True\nHEADS = None\n"],
  ['model.py', 'MATRIX_LR = 0.1\n'],
])
const stack = {
  session: { id: 'there' },
  changes: [
    {
      experiment: { number: 4 },
      patch: '--- a/train.py\n+++ b/train.py\n@@ -4 +4 @@\n-USE_BIAS = True\n+USE_BIAS = False\n',
    },
  ],
} as unknown as Stack

const set = (...given: string[]) => knobsToSet(readWanted(given), texts, stack)

test('knobs are set in the notation of the file', () => {
  expect(set('DEPTH=24', 'WINDOW_PATTERN = SL', 'HEADS=8')).toEqual([
    { knob: 'DEPTH', file: 'train.py', from: '12', to: '24' },
    { knob: 'WINDOW_PATTERN', file: 'train.py', from: "'SSSL'", to: "'SL'" },
    { knob: 'HEADS', file: 'train.py', from: 'None', to: '8' },
  ])
})

test.for([
  ['DEPTH', '--set DEPTH is not NAME=VALUE.'],
  ['DEPHT=24', '--set DEPHT: train.py and model.py have no constant of that name. Did you mean DEPTH?'],
  ['DEPTH=12', '--set DEPTH=12: it is 12 in train.py already.'],
  ['DEPTH=deep', '--set DEPTH=deep is not a value that a knob can have; it is 12 now.'],
  ['DEPTH=True', '--set DEPTH=True: it is 12 now, a value of another kind.'],
  ['DEPTH=24; import os', '--set DEPTH=24; import os is not a value that a knob can have; it is 12 now.'],
  ['MATRIX_LR=0.1', '--set MATRIX_LR: both train.py and model.py have a constant of that name.'],
  ['USE_BIAS=False', '--set USE_BIAS: 0004 of there changes USE_BIAS itself.'],
] as const)('--set %s is one error', ([given, message]) => {
  let said = ''
  try {
    set(given)
  } catch (error) {
    const { message: text, advice } = error as { message: string; advice: string }
    said = `${text} ${advice}`
  }
  expect(said.startsWith(message), said).toBe(true)
})
