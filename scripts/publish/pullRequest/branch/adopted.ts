/** The branch that `pnpm adopt` made of a session, as a proposal: the latest one that is still in the repository. */
import { list } from '../../../analysis/numbers.ts'
import { command, shellWord } from '../../../lib/command.ts'
import { Failure } from '../../../lib/errors.ts'
import type { Git, Repository } from '../../../lib/git/git.ts'
import { plural, sanitizeText } from '../../../lib/text.ts'
import { type Adoption, readAdopted, TAKEN_OUT } from '../../../record/files/adopted.ts'
import type { Session } from '../../../record/schema.ts'
import type { Recorded } from '../../../record/state.ts'
import { finalProposal, type Proposal } from './changes.ts'

/**
 * The adopted branch; without one, the commits that the session kept.
 * @param folder of the session
 * @throws {Failure} when the branch no longer holds what was adopted, or as `finalProposal`
 */
export async function sessionProposal(
  repository: Repository,
  session: Session,
  recorded: Recorded,
  folder: string,
): Promise<Proposal> {
  for (const adoption of (await readAdopted(folder)).toReversed()) {
    const proposal = await adoptedProposal(repository, session.id, adoption)
    if (proposal !== null) return proposal
  }
  return finalProposal(repository, session, recorded)
}

/** null: the branch was deleted, or its recorded name is not that of a branch. */
async function adoptedProposal({ git }: Repository, id: string, adoption: Adoption): Promise<Proposal | null> {
  const { branch, base, tip, changes, leftOut, squash } = adoption
  const now = await commitOf(git, branch)
  if (now === null) return null
  if (!(await isAncestor(git, base, tip)) || !(await isAncestor(git, tip, now)))
    throw new Failure(
      `The branch ${sanitizeText(branch, 100)} no longer holds what was adopted of ${id}: it is at ${now.slice(0, 7)}, without ${tip.slice(0, 7)}.`,
      `Adopt again, e.g. \`${command(`adopt ${shellWord(id)} --branch NAME`)}\`, or open its pull request by hand.`,
    )
  const added = Number(await git.raw('rev-list', '--count', `${tip}..${now}`))
  const commits = squash ? 1 : changes.length
  const parts = [
    commits === 1 ? `${plural(changes.length, 'change')} in one commit` : `${commits} commits, one a change`,
    ...(added > 0 ? [`${plural(added, 'commit')} that somebody added later`] : []),
  ]
  const left = leftOut.length
  const why = leftOut.every(({ why }) => why === TAKEN_OUT) ? ', taken out again by the search as likely luck' : ''
  const others =
    left === 0 ? '' : ` ${plural(left, 'more edit')} that the search kept ${left === 1 ? 'is' : 'are'} left out${why}.`
  const about = `This branch holds, after ${base.slice(0, 7)}, ${list(parts)}.${others}`
  return { base, tip: now, about, adopted: { adoption, branch, added } }
}

/** The commit of a branch; null without it. A recorded name may be anything. */
async function commitOf(git: Git, branch: string): Promise<string | null> {
  const isName = await git.raw('check-ref-format', '--branch', branch).then(
    name => name === branch,
    () => false,
  )
  if (!isName) return null
  return git.raw('rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`).catch(() => null)
}

const isAncestor = (git: Git, from: string, to: string): Promise<boolean> =>
  git.raw('merge-base', '--is-ancestor', from, to).then(
    () => true,
    () => false,
  )
