/** The branches of sessions at the remote. */
import { remoteFailure } from '../remote/failure.ts'
import { remoteName, type ShareRepository } from './repository.ts'

export const branchPrefix = 'sessions/'

/** Commits of the branches `sessions/*`, by the branch's name. @throws {Failure} when the remote cannot be read */
export async function listTips({ userGit, address }: ShareRepository): Promise<Map<string, string>> {
  const said = await userGit(['ls-remote', '--heads', '--', remoteName, `refs/heads/${branchPrefix}*`])
  if (!said.ok) throw remoteFailure('list the branches of', { name: remoteName, address }, said.stderr)
  const lines = said.stdout.split('\n').map(line => /^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/.exec(line))
  return new Map(lines.flatMap(found => (found ? [[found[2] ?? '', found[1] ?? ''] as const] : [])))
}
