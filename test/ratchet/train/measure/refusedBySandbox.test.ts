/** Which errors of a run say that its sandbox refused something. The messages are those of real programs. */
import { expect, test } from 'vitest'
import { refusedBySandbox } from '../../../../scripts/ratchet/train/measure/refusedBySandbox.ts'

const whole = { network: 'local', mounts: true, hidesGit: true } as const
const traceback = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n'

test.each([
  [`${traceback}OSError: [Errno 30] Read-only file system: '/data/cache'`, 'write'],
  ["Error: EROFS: read-only file system, open '/data/x'", 'write'],
  ['touch: cannot touch ‘/data/x’: Read-only file system', 'write'],
  [`error: Could not acquire lock\n  cause: Read-only file system (os error 30) at path "x"`, 'write'],
  [`${traceback}urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>`, 'network'],
  [`${traceback}OSError: [Errno 101] Network is unreachable`, 'network'],
  ['curl: (6) Could not resolve host: example.org', 'network'],
  ['Error: getaddrinfo EAI_AGAIN example.org', 'network'],
  // The first of a chain has the cause.
  [
    `${traceback}socket.gaierror: [Errno -2] Name or service not known\n\nDuring handling:\n${traceback}OSError: We could not connect to the hub.`,
    'network',
  ],
  [
    `fatal: not a git repository: /x/.git\n${traceback}subprocess.CalledProcessError: git returned exit status 128.`,
    'git',
  ],
  [`${traceback}PermissionError: [Errno 13] Permission denied: 'answers.json'`, 'read'],
  [`${traceback}FileNotFoundError: [Errno 2] No such file or directory: 'x'`, null],
  // What went on without a cache failed for another reason.
  [`warning: cannot write /data/cache: Read-only file system\n${traceback}NameError: name 'x' is not defined`, null],
  [`warning: cannot write: Read-only file system\n${traceback}torch.OutOfMemoryError: CUDA out of memory`, null],
  [`Network is unreachable\n${'step\n'.repeat(50)}Killed`, null],
])('%s: %s', (log, refused) => {
  expect(refusedBySandbox(log, whole)).toBe(refused)
})

test('what the sandbox does not hold is not said of it', () => {
  const log = 'curl: (6) Could not resolve host: example.org'
  expect(refusedBySandbox(log, { ...whole, network: 'all' })).toBe(null)
  expect(refusedBySandbox('fatal: not a git repository', { ...whole, hidesGit: false })).toBe(null)
  // Landlock mounts nothing, and refuses a write as the system does one that a user may not make.
  expect(refusedBySandbox('sh: /data/x: Permission denied', { ...whole, mounts: false })).toBe('write')
})
