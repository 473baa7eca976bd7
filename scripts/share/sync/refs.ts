/** The branches of sessions at the remote, and why they cannot be read or written. */
import { Failure } from '../../lib/errors.ts'
import { remoteFailure } from '../remote/failure.ts'
import { remoteName, type ShareRepository } from './repository.ts'

export const branchPrefix = 'sessions/'

/** Commits of the branches `sessions/*`, by the branch's name. @throws {Failure} when the remote cannot be read */
export async function listTips({ userGit, address }: ShareRepository): Promise<Map<string, string>> {
  const said = await userGit(['ls-remote', '--heads', '--', remoteName, `refs/heads/${branchPrefix}*`])
  if (!said.ok) throw syncFailure('list the branches of', address, said.stderr)
  const lines = said.stdout.split('\n').map(line => /^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/.exec(line))
  return new Map(lines.flatMap(found => (found ? [[found[2] ?? '', found[1] ?? ''] as const] : [])))
}

/** After Ctrl-C. */
export const stoppedFailure = (): Failure => new Failure('Stopped.', 'The next sync goes on.')

/** @param doing e.g. "list the branches of" @param stderr what git said, without credentials */
export function syncFailure(doing: string, address: string, stderr: string): Failure {
  if (stderr.includes('fatal: stopped')) return stoppedFailure()
  if (stderr.includes(`'${remoteName}' does not appear to be`))
    return new Failure('This git takes no settings from its environment.', 'To sync needs git 2.31 or newer.')
  const use = { branches: 'sessions', otherwise: 'name another repository' }
  return remoteFailure(doing, { name: address, address }, stderr, use)
}
