/** What a session worked on: destinations are remembered for it, and some are not allowed for its diffs. */
import { realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { gitIn } from '../lib/git/git.ts'
import { notebook } from '../lib/paths.ts'
import type { Session } from '../record/schema.ts'

export interface Target {
  /** The same for each session on it: the path of the repository, or where a collected session came from. */
  key: string
  /** Whether its diffs are of the notebook's own repository. */
  isOwn: boolean
}

/** @param sessions at least one; those of several repositories together are a target of their own */
export async function targetOf(sessions: Session[]): Promise<Target> {
  const targets = await Promise.all(sessions.map(targetOfSession))
  const keys = [...new Set(targets.map(({ key }) => key))].sort()
  return { key: keys.join('\n'), isOwn: targets.every(({ isOwn }) => isOwn) }
}

async function targetOfSession({ source, program, programPath, baseCommit }: Session): Promise<Target> {
  const isOwn = await isCommitOf(notebook, baseCommit)
  if (source) return { key: source.from, isOwn }
  return { key: await repositoryKey(resolve(notebook, dirname(programPath ?? program ?? ''))), isOwn }
}

/** The target of the sessions that a program.md starts. @param program its path */
export async function targetOfProgram(program: string): Promise<Target> {
  const folder = dirname(resolve(program))
  const head = await gitIn(folder)
    .raw('rev-parse', 'HEAD')
    .catch(() => null)
  return { key: await repositoryKey(folder), isOwn: await isCommitOf(notebook, head) }
}

/** The path of the repository that a folder is in, or of the folder itself. */
async function repositoryKey(folder: string): Promise<string> {
  const root = await gitIn(folder)
    .raw('rev-parse', '--show-toplevel')
    .catch(() => folder)
  return real(root)
}

/**
 * Whether a commit has a common history with a repository's HEAD: then its diffs are of that repository, wherever the session
 * ran. That it is there is not enough: commits of another repository may have been fetched.
 */
export async function isCommitOf(repository: string, commit: string | null): Promise<boolean> {
  if (commit === null) return false
  // Fails where there is no common commit, or one of the two is missing.
  const common = gitIn(repository).raw('merge-base', 'HEAD', `${commit}^{commit}`)
  return common.then(
    () => true,
    () => false,
  )
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path // It was removed after the session.
  }
}
