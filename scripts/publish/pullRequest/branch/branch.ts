/** The commits of a session's pull request, ready to be pushed: made in the target's repository, without a ref there. */
import { Failure } from '../../../lib/errors.ts'
import type { Repository } from '../../../lib/git/git.ts'
import type { Session } from '../../../record/schema.ts'
import { failOnKeys } from '../../../share/scan.ts'
import { readSessionFiles } from '../../../share/sessionFiles.ts'
import type { PostOptions } from '../../post.ts'
import type { Changes, Proposal } from './changes.ts'
import { withInertMessages } from './inertCommits.ts'
import { withSessionFolder } from './sessionCommit.ts'

export interface Branch extends Changes {
  /** What its commits are, for the description. */
  about: string
}

/**
 * @param folder of the session, to add it in a further commit; null: without
 * @throws {Failure} when there is nothing to propose, or a file of the session holds a key
 */
export async function makeBranch(
  repository: Repository,
  session: Session,
  proposal: Proposal,
  options: PostOptions,
  folder: string | null,
): Promise<Branch> {
  const { base, tip, about } = proposal
  if (base === tip && folder === null)
    throw new Failure(
      `${session.id} kept no change, so there is nothing to propose.`,
      'Post its report with --to discussion, or propose its records alone with --with-session.',
    )
  if (!/^[A-Za-z0-9][\w.-]{0,120}$/.test(session.id))
    throw new Failure(
      `${JSON.stringify(session.id.slice(0, 120))} is not a valid session id.`,
      'Collect the session again under another: --session-id.',
    )
  // An adopted branch is the user's own: its messages, hashes and signatures stay.
  const inert =
    proposal.adopted === null ? await withInertMessages(repository, { base, tip }, options.keepPaths) : { base, tip }
  if (folder === null) return { ...inert, about }
  const { files, keys } = await readSessionFiles(folder, options)
  failOnKeys(keys)
  const added = await withSessionFolder(repository, inert, session, files)
  return { ...added, about: `${about} A further commit adds the records of the search as sessions/${session.id}.` }
}
