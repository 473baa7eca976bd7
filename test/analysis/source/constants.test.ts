import { expect, test } from 'vitest'
import { constantsIn, movesIn, withConstant } from '../../../scripts/analysis/source/constants.ts'

const source = `import math
DEPTH = 4
LEARNING_RATE = 3e-4  # of AdamW
BATCH = 2**5
BETA2: float = 0.95
WINDOW_PATTERN = 'SSSL'  # 'SSSL' or 'L'
COMPILE = True
BATCH_SIZE = None  # the preset's
NAME = 'a b'
name = 3
LIST = [1, 2]
    INDENTED = 5
const JS_NUMBER = 12.5; // too
`

test('constants are found at the top level only, with their values', () => {
  expect(constantsIn(source).map(({ name, value }) => [name, value])).toEqual([
    ['DEPTH', 4],
    ['LEARNING_RATE', 3e-4],
    ['BATCH', 32],
    ['BETA2', 0.95],
    ['WINDOW_PATTERN', null],
    ['COMPILE', 1],
    ['BATCH_SIZE', null],
    ['JS_NUMBER', 12.5],
  ])
})

test('a constant is changed in place; comments and other text stay', () => {
  expect(withConstant(source, 'LEARNING_RATE', '6e-4')).toBe(source.replace('3e-4', '6e-4'))
  expect(withConstant(source, 'BATCH', '2**4')).toBe(source.replace('2**5', '2**4'))
  expect(withConstant(source, 'WINDOW_PATTERN', "'L'")).toBe(source.replace("= 'SSSL'", "= 'L'"))
})

test('the note of a constant is the rest of its line after the value', () => {
  const note = (name: string) => constantsIn(source).find(constant => constant.name === name)?.note
  expect([note('LEARNING_RATE'), note('WINDOW_PATTERN'), note('JS_NUMBER'), note('DEPTH')]).toEqual([
    'of AdamW',
    "'SSSL' or 'L'",
    'too',
    '',
  ])
})

test('the changed constants are read from a patch', () => {
  const patch =
    'diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1,2 +1,2 @@\n-DEPTH = 4\n+DEPTH = 8\n-x = 1\n+y = 1\n'
  expect(movesIn(patch)).toMatchObject([{ file: 't.py', name: 'DEPTH', from: { value: 4 }, to: { value: 8 } }])
})

test('a change from None to a number, or from a number to None, is a move', () => {
  const patch = '+++ b/t.py\n-A = None  # the preset\n+A = 2**17  # the preset\n-B = 3\n+B = None\n'
  expect(movesIn(patch).map(({ name, from, to }) => [name, from.raw, to.raw])).toEqual([
    ['A', 'None', '2**17'],
    ['B', '3', 'None'],
  ])
  expect(withConstant(source, 'BATCH_SIZE', '2**17')).toContain("BATCH_SIZE = 2**17  # the preset's")
})

test('a changed word or boolean is a move; the same number in another notation is not', () => {
  const patch = "+++ b/t.py\n-A = 'SSL'\n+A = 'SL'\n-B = True\n+B = False\n-C = 16\n+C = 2**4  # the same\n"
  expect(movesIn(patch).map(({ name, from, to }) => [name, from.raw, to.raw])).toEqual([
    ['A', "'SSL'", "'SL'"],
    ['B', 'True', 'False'],
  ])
})
