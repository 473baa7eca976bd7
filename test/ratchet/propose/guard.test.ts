import { expect, test } from 'vitest'
import { guard } from '../../../scripts/ratchet/propose/guard.ts'

const edited = { path: 'train.py', before: '100644', after: '100644' }
const base = {
  changes: [edited],
  tree: 'new',
  patch: 'a patch',
  key: null,
  edit: ['train.py'],
  tried: new Map([['old', 3]]),
}

test('an edit of an editable file may run', () => {
  expect(guard(base)).toBeNull()
})

test.each([
  ['nothing changed', { changes: [] }, 'the diff is empty'],
  [
    'another file changed',
    { changes: [edited, { ...edited, path: 'prepare.py' }] },
    'it changes prepare.py, which is not in edit (train.py)',
  ],
  [
    'a new file',
    { changes: [{ path: 'x.py', before: '000000', after: '100644' }] },
    'it changes x.py, which is not in edit (train.py)',
  ],
  ['the file became a symlink', { changes: [{ ...edited, after: '120000' }] }, 'it puts a symlink at train.py'],
  ['the file was removed', { changes: [{ ...edited, after: '000000' }] }, 'it removes train.py'],
  ['a repository inside', { changes: [{ ...edited, after: '160000' }] }, 'it gives the mode 160000 to train.py'],
  ['a tree tried before', { tree: 'old' }, 'the same tree was tried as 0003'],
  [
    'a new key',
    { key: 'it writes what looks like a key into train.py' },
    'it writes what looks like a key into train.py',
  ],
  ['a patch that is too long', { patch: null }, 'its patch is longer than 1.0 MB'],
])('%s is refused', (_, change, reason) => {
  expect(guard({ ...base, ...change })?.why).toBe(reason)
})
