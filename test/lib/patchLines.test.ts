/** The lines of a patch by what they are. */
import { expect, test } from 'vitest'
import { patchLines } from '../../scripts/lib/patchLines.ts'

const kinds = (patch: string) => patchLines(patch).map(({ kind }) => kind)

test('file names and places are heads, other lines have the kind of their sign', () => {
  const patch =
    '--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n import os\n-LR = 1\n+LR = 2\n\\ No newline at end of file\n'
  expect(kinds(patch)).toEqual(['head', 'head', 'head', 'same', 'del', 'ins', 'head'])
  expect(
    patchLines(patch)
      .map(({ text }) => `${text}\n`)
      .join(''),
  ).toBe(patch)
})

test('a removed line that begins with two dashes is no file name, and the next file has one', () => {
  const file = '--- a/q.sql\n+++ b/q.sql\n@@ -1,1 +1,1 @@\n--- a note\n+++ a note\n'
  expect(kinds(file + file)).toEqual([...'12'].flatMap(() => ['head', 'head', 'head', 'del', 'ins']))
})

test('a patch without places is read by its signs', () => {
  expect(kinds('--- a/x\n+++ b/x\n+one\n-two\nthree')).toEqual(['head', 'head', 'ins', 'del', 'same'])
})
