import { expect, test } from 'vitest'
import { isFixableError, traceback } from '../../../scripts/ratchet/propose/fixableError.ts'

const python = (error: string) =>
  `step 1\nTraceback (most recent call last):\n  File "train.py", line 3, in <module>\n    x\n${error}\n`

test.each([
  "NameError: name 'x' is not defined",
  "ModuleNotFoundError: No module named 'numpyy'",
  'SyntaxError: invalid syntax',
  'RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x8 and 9x4)',
  'RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!',
  'AssertionError',
  'torch._dynamo.exc.Unsupported: a call\nInternalTorchDynamoError: it',
  'error[E0425]: cannot find value `x` in this scope',
  "main.c:3:1: error: use of undeclared identifier 'x'",
])('%s is fixable', error => {
  expect(isFixableError('exit code 1: it failed', python(error))).toBe(true)
})

test.each([
  [
    'the memory ran out',
    'exit code 1: …',
    python('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 GiB'),
  ],
  ['the training diverged', 'exit code 1: …', python('ValueError: loss is nan at step 40')],
  ['it was killed', 'SIGKILL: no output', 'step 1\n'],
  ['a shell says that it was killed', 'exit code 137: Killed', 'SomeError: it\nKilled\n'],
  ['it named no error', 'exit code 1: FAIL', 'step 1\nFAIL\n'],
  ['it ended well and printed no metric', 'no summary block in the log', python("NameError: name 'x'")],
  ['the log is gone', 'exit code 1: NameError', ''],
])('not fixable: %s', (_, why, log) => {
  expect(isFixableError(why, log)).toBe(false)
})

test('an error behind a progress bar is found', () => {
  const log = "\r 50%|##  | 1/2\rNameError: name 'x' is not defined\n"
  expect(isFixableError('exit code 1: it failed', log)).toBe(true)
  expect(traceback(log).split('\n').at(-1)).toBe("NameError: name 'x' is not defined")
})

test('an exit code above 128 is a signal; 128 itself is an exit code', () => {
  const log = python("NameError: name 'x' is not defined")
  expect([1, 127, 128].map(code => isFixableError(`exit code ${code}: it failed`, log))).toEqual([true, true, true])
  expect([129, 130, 137].map(code => isFixableError(`exit code ${code}: it failed`, log))).toEqual([
    false,
    false,
    false,
  ])
})

test('a traceback is the last 50 lines, sanitized, with paths in the repository', () => {
  const log = `${'step\n'.repeat(100)}  File "/home/a b/.nightshift/x/slot-0/trainer/train.py", line 3\n    \u001b[31mraise\u001b[0m it\n`
  const lines = traceback(log).split('\n')
  expect(lines).toHaveLength(50)
  expect(lines.slice(-2)).toEqual(['  File "trainer/train.py", line 3', '    raise it'])
})
