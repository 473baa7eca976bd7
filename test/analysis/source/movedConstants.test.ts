import { expect, test } from 'vitest'
import { movedConstants } from '../../../scripts/analysis/source/movedConstants.ts'
import { patch } from '../../helpers/exampleRecords.ts'

const file = 'trainer/train.py'
const moved = (...patches: string[]) =>
  movedConstants(
    patches.map((_, i) => i),
    new Map(patches.entries()),
  )

test('a constant goes from its first old value to its last new one', () => {
  expect(moved(patch('DEPTH = 2  # blocks', 'DEPTH = 3  # blocks'), patch('DEPTH = 3', 'DEPTH = 4'))).toEqual([
    { file, name: 'DEPTH', baseline: '2', head: '4' },
  ])
})

test('a constant that returns to its first value is left out', () => {
  expect(moved(patch('DEPTH = 2', 'DEPTH = 3'), patch('DEPTH = 3', 'DEPTH = 2'))).toEqual([])
  expect(moved(patch('DEPTH = 2  # blocks', 'DEPTH = 2  # layers'))).toEqual([])
})

test('a new or removed constant has null on one side', () => {
  expect(moved(patch(null, 'MOMENTUM = 0.9'), patch('BETA1 = 0.9', null))).toEqual([
    { file, name: 'MOMENTUM', baseline: null, head: '0.9' },
    { file, name: 'BETA1', baseline: '0.9', head: null },
  ])
})

test('constants with the same name in two files are separate', () => {
  const found = moved(patch('DEPTH = 2', 'DEPTH = 3'), patch('DEPTH = 5', 'DEPTH = 6', 'other.py'))
  expect(found.map(({ file, head }) => [file, head])).toEqual([
    ['trainer/train.py', '3'],
    ['other.py', '6'],
  ])
})

test.each([
  ['PATTERN = "SS#L"  # short and long', '"SS#L"'],
  ['BETAS: tuple[float, float] = (0.9, 0.95)', '(0.9, 0.95)'],
  ['const RATE = 3e-4; // of the head', '3e-4'],
  ['BATCH = 2**14', '2**14'],
])('%s is read as written, without its comment', (line, value) => {
  expect(moved(patch(null, line))[0]?.head).toBe(value)
})

test.each(['    DEPTH = 3', 'depth = 3', 'DEPTH == 3', 'DEPTH += 3', '# DEPTH = 3'])(
  '%s is no top-level constant',
  line => {
    expect(moved(patch(null, line))).toEqual([])
  },
)

test('a missing, empty or malformed patch changes no constant', () => {
  expect(
    movedConstants(
      [1, 2, 3],
      new Map([
        [2, ''],
        [3, 'nonsense\n+DEPTH = 3'],
      ]),
    ),
  ).toEqual([])
})
