import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { findSandbox, type Policy, sandboxedCommand, sandboxVariables } from '../../../scripts/lib/sandbox/sandbox.ts'
import { scratch } from '../../helpers/throwaway.ts'

/** Runs a shell script in the sandbox. Its `$1` is the folder that holds the run's own ones and `hidden`. */
async function inside(script: string, change: Partial<Policy> = {}) {
  const found = await findSandbox('bubblewrap')
  if (found.sandbox === null) throw new Error(`${found.why[0]?.reason}; apt install bubblewrap`)
  const folder = await scratch()
  const [slot, home, tmp, hidden] = ['slot', 'home', 'tmp', 'hidden'].map(name => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ]
  for (const path of [slot, home, tmp, hidden]) await mkdir(path)
  await writeFile(join(hidden, 'secret'), 'secret')
  const policy: Policy = {
    writable: [slot, home],
    hidden: [hidden],
    readable: [],
    home,
    tmp,
    network: 'local',
    relay: null,
    ...change,
  }
  const [file = '', ...args] = sandboxedCommand(found.sandbox, policy, ['sh', '-c', script, 'sh', folder])
  const env = sandboxVariables(found.sandbox, policy)
  const { stdout, stderr, exitCode } = await execa(file, args, { cwd: slot, reject: false, env })
  return { stdout, stderr, exitCode, folder }
}

test('a run writes to its own folders and nowhere else', async () => {
  const { stdout, folder } = await inside(`
    for path in "$PWD" "$HOME" "$TMPDIR" /tmp /var/tmp /dev/shm; do echo 1 > "$path/a" || echo "cannot: $path"; done
    for path in ${notebook} ${notebook}/.git /etc /usr / /sys /proc/sys/kernel; do (echo 1 > "$path/a") 2>/dev/null && echo "can: $path"; done
    (: >> ${notebook}/package.json) 2>/dev/null && echo can: package.json
    for path in /proc/sys/kernel/core_pattern /proc/sys/vm/overcommit_memory; do (: >> $path) 2>/dev/null && echo can: $path; done
    cat "$1/hidden/secret" 2>&1; ls "$1/hidden" 2>&1
  `)
  expect(stdout.replaceAll(folder, '')).toMatch(
    /^cat: \S+: Permission denied\nls: \S+ .*: Permission denied$|^cat: \/hidden\/secret: No such file or directory\nls: .*\/hidden.*: No such file or directory$/,
  )
  expect(await readFile(join(folder, 'slot/a'), 'utf8')).toBe('1\n')
})

test('its exit code is that of its command', async () => {
  expect((await inside('exit 7')).exitCode).toBe(7)
  expect((await inside('kill -9 $$')).exitCode).toBe(128 + 9)
})
