/** The sandbox by bubblewrap: namespaces of its own, the file system bound read-only, and no rights. */
import { acceleratorDevices, kernelSettings } from './devices.ts'
import { type Policy, type Rule, rulesOf, withRelay } from './policy.ts'

export const bubblewrapCommand = (program: string, policy: Policy, command: string[]): string[] => {
  const rules = rulesOf(policy)
  return [
    program,
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(policy.network === 'all' ? [] : ['--unshare-net']),
    // In a user namespace of its own a run could mount cgroups, and end the processes of outside in them.
    ...['--cap-drop', 'ALL', '--disable-userns'],
    ...['--ro-bind', '/', '/', '--proc', '/proc', ...kernelSettings().flatMap(path => ['--ro-bind', path, path])],
    ...['--dev', '/dev', ...acceleratorDevices().flatMap(path => ['--dev-bind', path, path])],
    ...['--perms', '1777', '--tmpfs', '/dev/shm'],
    ...rules.flatMap(rule => mountOf(rule, policy.tmp)),
    // Last: what lies in a hidden folder needs its mount point.
    ...['/dev', ...rules.filter(isHiddenFolder).map(({ path }) => path)].flatMap(path => ['--remount-ro', path]),
    ...['--', ...withRelay(policy, command)],
  ]
}

const isHiddenFolder = ({ access, isFolder }: Rule): boolean => access === 'hide' && isFolder

function mountOf({ path, access, isFolder }: Rule, tmp: string): string[] {
  if (access === 'tmp') return ['--bind', tmp, path]
  if (access === 'write') return ['--bind', path, path]
  if (access === 'read') return ['--ro-bind', path, path]
  // A mount without devices: a device node that is bound there cannot be opened.
  if (!isFolder) return ['--ro-bind', '/dev/null', path]
  return ['--perms', '0111', '--tmpfs', path]
}
