/** Whether a session's sandbox may be why a run failed. */
import { type Refused, refusedBySandbox, refusedText } from '../train/measure/refusedBySandbox.ts'
import type { SandboxContext } from './context.ts'

/** @param log end of the log of a run that exited with an error */
export async function refusalOf(
  { sandbox, hidden, repository }: Pick<SandboxContext, 'sandbox' | 'hidden' | 'repository'>,
  log: string,
): Promise<{ refused: Refused; text: string } | null> {
  if (sandbox.found === null) return null
  const { holds } = sandbox.found
  const { network } = sandbox.record
  const gitDir = await repository.git.raw('rev-parse', '--path-format=absolute', '--git-common-dir')
  const refused = refusedBySandbox(log, {
    network,
    // The mechanisms that mount have temporary folders of their own.
    mounts: holds.temporary,
    hidesGit: hidden.includes(gitDir),
  })
  return refused === null ? null : { refused, text: refusedText(refused, network) }
}
