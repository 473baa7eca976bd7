import { expect, test } from 'vitest'
import type { Setting } from '../inside.ts'

const [addKey, keyctl] = process.arch === 'x64' ? [248, 250] : [217, 219]

/** What a login and a terminal may leave to all that they start: a key in the session's keyring, and an open file. */
const around = [
  'perl',
  '-e',
  `$^F = 50;
  open my $left, '<', $^X or die;
  my ($type, $name, $content) = ('user', 'nightshift-login', 'content');
  syscall(${keyctl}, 1, 0);
  syscall(${addKey}, $type, $name, $content, length $content, -3);
  exec @ARGV`,
  '--',
]

const look = `
  ls -l /proc/self/fd | grep -c perl
  perl -e 'for my $ring (-3, -4, -5) { my ($type, $name) = ("user", "nightshift-login"); print syscall(${keyctl}, 10, $ring, $type, $name, 0) > 0 ? "key " : "none " }'
`

export function inheritedCases({ run }: Setting): void {
  test('a command inherits neither open files nor keys of the login', async () => {
    const { stdout } = await run(look, { around })
    expect(stdout).toBe('0\nnone none none')
  })
}
