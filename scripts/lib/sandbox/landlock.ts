/**
 * The sandbox by Landlock, for machines where no user namespace can be made: the kernel refuses to open files. Nothing is
 * mounted, so /tmp and /dev/shm are the machine's, and no process is hidden.
 */
import { acceleratorDevices, plainDevices } from './devices.ts'
import { perlScript } from './namespaces.ts'
import { type Policy, rulesOf } from './policy.ts'

/** Prints the version of the kernel's Landlock; 0: none. */
export const landlockVersionCommand = (perl: string): string[] => [
  ...perlScript(perl, 'landlock.pl'),
  process.arch,
  'abi',
]

export function landlockCommand(perl: string, policy: Policy, command: string[]): string[] {
  const rules = rulesOf(policy).map(({ path, access }) => [access === 'tmp' ? 'hide' : access, path])
  // The loopback is the machine's: no relay is needed.
  const ports = policy.network === 'local' ? (policy.relay?.ports ?? []) : []
  return [
    ...[...perlScript(perl, 'landlock.pl'), process.arch, 'run', policy.network === 'all' ? 'shared' : 'own'],
    ...['hide', '/dev', 'list', '/dev', 'write', '/dev/shm', 'write', policy.tmp],
    ...[...plainDevices, ...acceleratorDevices()].flatMap(path => ['device', path]),
    ...rules.flat(),
    ...ports.flatMap(port => ['port', String(port)]),
    ...['--', ...command],
  ]
}
