import { expect, test } from 'vitest'
import { inertMessage } from '../../../../scripts/publish/pullRequest/branch/message.ts'
import { branchName } from '../../../../scripts/publish/pullRequest/branch/name.ts'

test.each([
  ['Thanks @karpathy and @my-lab/team', 'Thanks @ karpathy and @ my-lab/team'],
  ['see .@karpathy, -@karpathy', 'see .@ karpathy, -@ karpathy'],
  ['fixes #12, closes o/r#3 and GH-4', 'fixes # 12, closes o/r# 3 and GH- 4'],
  ['resolves https://github.com/o/r/issues/12', 'resolves https://github.com/o/r/issues/ 12'],
  ['warmup [skip ci] [ci skip] [no actions]', 'warmup [skip, ci] [ci, skip] [no, actions]'],
  ['a\n\nskip-checks: true', 'a\n\nskip checks: true'],
])('%j does nothing in a commit', (message, inert) => {
  expect(inertMessage(message, true)).toBe(inert)
  expect(inertMessage(inert, true)).toBe(inert)
})

test.each(['RATE 1e-3 → 3e-3', 'a@b.c stays', 'Co-authored-by: A <a@b.c>', 'number # of layers', 'x = a @ b.T'])(
  'the message %j stays as it is',
  message => expect(inertMessage(message, true)).toBe(message),
)

test('names of users and keys are taken out of messages', () => {
  expect(inertMessage('reads /home/ada/data', false)).toBe('reads /home/[user]/data')
  expect(inertMessage('reads /home/ada/data', true)).toBe('reads /home/ada/data')
  const key = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_')
  for (const keepPaths of [true, false]) expect(inertMessage(`with ${key}`, keepPaths)).toBe('with [key]')
})

test.each([
  ['h100-kqzt', 'nov21', 'exp/h100-kqzt/nov21'],
  ['--upload-pack=x', '../../heads/main', 'exp/upload-pack-x/heads-main'],
  ['a b\n\u0000c~^:?*[\\', '@{u}', 'exp/a-b-c/u'],
  ['x.lock', 'y..z.', 'exp/x/y.z'],
  ['', '名', 'exp/machine/session'],
  ['-.-', '.lock', 'exp/machine/lock'],
])('machine %j and tag %j give a branch that git takes', (label, tag, branch) => {
  expect(branchName({ machine: { label }, tag })).toBe(branch)
})
