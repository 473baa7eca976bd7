/** What a pull request proposes: the commits of a session that it would merge. */
import { dirname, join, resolve } from 'node:path'
import { list } from '../../../analysis/numbers.ts'
import { originText } from '../../../analysis/origin.ts'
import { command, shellWord } from '../../../lib/command.ts'
import { Failure } from '../../../lib/errors.ts'
import { experimentName } from '../../../lib/format.ts'
import { openRepository, type Repository } from '../../../lib/git/git.ts'
import { settingsIn, useKept } from '../../../lib/git/keepSettings.ts'
import { notebook, workRoot } from '../../../lib/paths.ts'
import { named, plural, sanitizeText } from '../../../lib/text.ts'
import { findProgram } from '../../../ratchet/session/open.ts'
import type { Adoption } from '../../../record/files/adopted.ts'
import type { Experiment, Session } from '../../../record/schema.ts'
import { finalOf, type Recorded, removedFrom } from '../../../record/state.ts'

/** Commits in the target's repository, by full hashes. */
export interface Changes {
  /** The commit that the session began at. */
  base: string
  /** The last commit to merge; `base` where nothing was kept. */
  tip: string
}

/** What a branch proposes. */
export interface Proposal extends Changes {
  /** Sentences on its commits, for the description. */
  about: string
  /** The branch that `pnpm adopt` made, which is proposed as it is; null: the commits that the session kept. */
  adopted: { adoption: Adoption; branch: string /** Commits that somebody added to it since. */; added: number } | null
}

/** The repository that holds the commits of a session: that of its program.md, or of this notebook where it was collected. */
export async function repositoryOf(session: Session): Promise<Repository> {
  if (session.source !== undefined || session.program === null) return openRepository(notebook)
  const usual =
    session.programPath === undefined ? join(notebook, session.program) : resolve(notebook, session.programPath)
  const repository = await openRepository(dirname(await findProgram(session.id, usual)))
  // A run of the session may have changed the present ones.
  useKept(repository, settingsIn(join(workRoot, session.id)))
  return repository
}

/**
 * The commits that the session kept: from its start to the final, which is the pruned head where prune made one.
 * @throws {Failure} when the session has not ended, or the repository lacks its commits
 */
export async function finalProposal(repository: Repository, session: Session, recorded: Recorded): Promise<Proposal> {
  const { root, git } = repository
  if (session.stop === null)
    throw new Failure(
      `${session.id} has not ended.`,
      `Wait for its end; one that was interrupted goes on with \`${command(`session resume ${shellWord(session.id)}`)}\`.`,
    )
  const [start, final] = [session.baseCommit, finalOf(recorded)?.commit ?? session.baseCommit]
  if (start === null || final === null)
    throw new Failure(
      `The records of ${session.id} do not name its commits: it was collected from a table.`,
      `Post its report instead: \`${command(`post ${shellWord(session.id)} --to discussion`)}\`.`,
    )
  const base = await commitOf(start)
  const tip = await commitOf(final)
  if (base === null || tip === null) throw missing(session, root, base === null ? start : final)
  if (!(await isAncestor(base, tip)))
    throw new Failure(
      `${tip.slice(0, 7)}, which ${session.id} ends at, does not follow ${base.slice(0, 7)}, its first commit.`,
      'Its commits are not on one branch, so there is none to propose: merge what you want by hand.',
    )
  const commits = (await git.raw('rev-list', tip, `^${base}`)).split('\n').filter(line => line !== '')
  return { base, tip, about: aboutCommits(base, commits, recorded) + aboutInherited(session), adopted: null }

  async function commitOf(name: string): Promise<string | null> {
    return git.raw('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).catch(() => null)
  }

  async function isAncestor(from: string, to: string): Promise<boolean> {
    return git.raw('merge-base', '--is-ancestor', from, to).then(
      () => true,
      () => false,
    )
  }
}

function missing(session: Session, root: string, commit: string): Failure {
  const from = session.source === undefined ? null : originText(session)
  return new Failure(
    `${root} lacks the commit ${commit.slice(0, 7)} of ${session.id}${from === null ? '' : `, which was ${from}`}.`,
    from === null
      ? 'Was the repository cloned anew? `git fetch` the branch of the session from where it ran, and run the command again.'
      : `Its pull request is opened from the notebook and repository in which it ran; its report can be posted here: \`${command(`post ${shellWord(session.id)} --to discussion`)}\`.`,
  )
}

/** The commit before the base, which the pull request holds too. */
function aboutInherited({ inherited }: Session): string {
  if (inherited === undefined) return ''
  const { experiments, session } = inherited
  return ` Before these is one commit with ${plural(experiments.length, 'change')} inherited from ${sanitizeText(session, 120)}, on ${inherited.base.slice(0, 7)}: the gain of this session does not count what it gains.`
}

const MAX_DESCRIPTION = 64

/** What the commits of the branch are. @param commits after the base */
function aboutCommits(base: string, commits: string[], recorded: Recorded): string {
  const began = `${base.slice(0, 7)}, where the search began`
  if (commits.length === 0) return `The search kept no change after ${began}.`
  const described = new Map(recorded.experiments.map(e => [e.number, sanitizeText(e.description, MAX_DESCRIPTION)]))
  const removed = [...removedFrom(recorded)]
    .sort((a, b) => a - b)
    .map(number => `${experimentName(number)} “${described.get(number) ?? ''}”`)
  const isKept = ({ number, status, commit }: Experiment) =>
    number > 0 && status === 'keep' && commit !== null && commits.some(each => each.startsWith(commit))
  const kept = recorded.experiments.filter(isKept).length
  const others = commits.length - kept - (removed.length > 0 ? 1 : 0)
  const parts = [
    ...(kept > 0 ? [`the ${plural(kept, 'change')} that it kept`] : []),
    ...(removed.length > 0 ? [`a commit that takes out ${named(removed, 10)} again, whose gain was likely luck`] : []),
    ...(others > 0 ? [plural(others, 'other commit')] : []),
  ]
  return `This branch holds, after ${began}, ${list(parts)}.`
}
