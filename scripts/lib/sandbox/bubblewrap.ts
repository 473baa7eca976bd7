/** The sandbox by bubblewrap: namespaces of its own, the file system bound read-only, and no rights. */
import { readdirSync, statSync } from 'node:fs'
import { acceleratorDevices } from './devices.ts'
import { type Policy, type Rule, rulesOf, temporaryFolders, withRelay } from './policy.ts'

/** @param options what this version of bubblewrap has besides the common ones, e.g. --disable-userns */
export const bubblewrapCommand = (policy: Policy, command: string[], options: string[]): string[] => {
  const rules = rulesOf(policy)
  const temporary = temporaryFolders()
  return [
    'bwrap',
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(policy.network === 'all' ? [] : ['--unshare-net']),
    ...['--cap-drop', 'ALL', ...options],
    ...['--ro-bind', '/', '/', '--proc', '/proc', ...kernelSettings().flatMap(path => ['--ro-bind', path, path])],
    ...['--dev', '/dev', ...acceleratorDevices().flatMap(path => ['--dev-bind', path, path])],
    ...['--perms', '1777', '--tmpfs', '/dev/shm'],
    ...rules.flatMap(rule =>
      temporary.includes(rule.path) && rule.access === 'hide' ? ['--bind', policy.tmp, rule.path] : mountOf(rule),
    ),
    // Last: what lies in a hidden folder needs its mount point.
    ...rules
      .filter(({ path, access, isFolder }) => access === 'hide' && isFolder && !temporary.includes(path))
      .flatMap(({ path }) => ['--remount-ro', path]),
    ...['--', ...withRelay(policy, command)],
  ]
}

function mountOf({ path, access, isFolder }: Rule): string[] {
  if (access === 'write') return ['--bind', path, path]
  if (access === 'read') return ['--ro-bind', path, path]
  // A mount without devices: a device node that is bound there cannot be opened.
  if (!isFolder) return ['--ro-bind', '/dev/null', path]
  return ['--perms', '0111', '--tmpfs', path]
}

/**
 * What of /proc concerns the machine and may have files that root can write to without any capability, e.g.
 * sys/kernel/core_pattern, which names a program that the kernel starts with all rights.
 */
function kernelSettings(): string[] {
  const names = readdirSync('/proc').filter(name => !/^(\d+|self|thread-self|net|mounts)$/.test(name))
  return names
    .map(name => `/proc/${name}`)
    .filter(path => {
      const { mode } = statSync(path)
      return (mode & 0o170000) === 0o040000 || (mode & 0o222) !== 0
    })
}
