/** The sandbox by the kernel's namespaces alone, set up by a perl script: for machines without bubblewrap. */
import { join } from 'node:path'
import { acceleratorDevices, kernelSettings, plainDevices } from './devices.ts'
import { type Policy, rulesOf, withRelay } from './policy.ts'

/** @param remount whether mounts become read-only by one call, or each by its own, as before Linux 5.12 */
export const namespacesCommand = (
  perl: string,
  policy: Policy,
  command: string[],
  remount: 'whole' | 'each',
): string[] => [
  ...perlScript(perl, 'namespaces.pl'),
  ...[process.arch, policy.network === 'all' ? 'shared' : 'own', remount],
  ...[...plainDevices, ...acceleratorDevices()].flatMap(path => ['device', path]),
  ...['tmp', policy.tmp, ...kernelSettings().flatMap(path => ['kernel', path])],
  ...rulesOf(policy).flatMap(({ path, access }) => [access === 'tmp' ? 'mount-tmp' : access, path]),
  ...['--', ...withRelay(policy, command)],
]

/** A script of this folder; perl does not complain of the user's locale, which would be in the run's log. */
export const perlScript = (perl: string, name: string): string[] => [
  ...['env', 'PERL_BADLANG=0', perl],
  join(import.meta.dirname, name),
]
