/** Searches the files that a run may execute, as they are at the session's first commit. */
import { posix } from 'node:path'
import type { Git } from '../../lib/git/git.ts'
import type { Contract } from '../../program/contract.ts'

/** Contract paths from the root of the repository. */
export type TargetPaths = Pick<Contract, 'run' | 'target' | 'edit' | 'freeze'>

export interface Found {
  /** Matches in the target folder and in the files of `edit` and `freeze`. */
  target: string[]
  /** Matches elsewhere in the repository; a run may import these files too. */
  elsewhere: string[]
}

/** Prose and tables of data: they are not executed. */
const unexecuted = ['md', 'rst', 'txt', 'csv', 'tsv', 'svg', 'html'].map(ext => `:(exclude,glob)**/*.${ext}`)

/**
 * Paths of the files with a line that matches. Files of Nightshift itself, where the repository holds a checkout of it,
 * count only where they are the target.
 *
 * @param tracked every file of the commit
 * @param pattern arguments of `git grep`, e.g. ['-F', '-e', 'NIGHTSHIFT_SEED']; binary files are searched too
 */
export async function searchTarget(
  git: Git,
  commit: string,
  contract: TargetPaths,
  tracked: string[],
  pattern: string[],
): Promise<Found> {
  const paths = await grep(git, commit, pattern)
  const own = nightshiftFolders(tracked)
  const isNamed = (path: string) => [...contract.edit, ...(contract.freeze ?? [])].some(named => isIn(named, path))
  const inTarget = (path: string) =>
    isNamed(path) ||
    (isIn(contract.target, path) && !own.some(folder => isIn(folder, path) && !isIn(folder, contract.target)))
  return {
    target: paths.filter(inTarget),
    elsewhere: paths.filter(path => !inTarget(path) && !own.some(folder => isIn(folder, path))),
  }
}

async function grep(git: Git, commit: string, pattern: string[]): Promise<string[]> {
  const raw = await git
    .raw('grep', '-l', '-z', ...pattern, commit, '--', '.', ...unexecuted)
    .catch((error: unknown) => {
      // git grep exits with 1 where nothing matches.
      if ((error as { exitCode?: number }).exitCode === 1) return ''
      throw error
    })
  // "<commit>:<path>"
  return raw.split('\0').flatMap(entry => (entry === '' ? [] : [entry.slice(entry.indexOf(':') + 1)]))
}

/** Folders of Nightshift's own code in the repository: its root may be a clone of Nightshift, or hold one. */
function nightshiftFolders(tracked: string[]): string[] {
  const marker = 'scripts/ratchet/train/train.ts'
  const roots = tracked.filter(path => `/${path}`.endsWith(`/${marker}`)).map(path => path.slice(0, -marker.length))
  return roots.flatMap(root =>
    ['scripts', 'site', 'bench', 'test', 'docs', 'examples', 'trainer'].map(folder => `${root}${folder}`),
  )
}

const isIn = (folder: string, path: string): boolean =>
  folder === '.' || path === folder || path.startsWith(`${folder}/`)

/**
 * The first committed file that the run command names: "train.py" in `uv run train.py`, `src/train.py` in
 * `python -m src.train`. null for a command that names none, such as `make bench`.
 */
export function commandFile({ run, target }: Pick<TargetPaths, 'run' | 'target'>, tracked: string[]): string | null {
  const words = run.split(/[\s'"`;&|()<>=]+/).filter(word => word !== '')
  const module = words[words.indexOf('-m') + 1]
  const asModule = words.includes('-m') && module ? module.replaceAll('.', '/') : null
  const names = asModule ? [`${asModule}.py`, `${asModule}/__main__.py`, ...words] : words
  const places = names.map(name => posix.normalize(posix.join(target, name)))
  const beside = places.find(path => tracked.includes(path))
  if (beside !== undefined) return beside
  // The command may first change to another folder.
  const files = names.filter(name => /\.\w+$/.test(name)).map(name => posix.normalize(name))
  return tracked.find(path => files.some(name => path.endsWith(`/${name}`))) ?? null
}
