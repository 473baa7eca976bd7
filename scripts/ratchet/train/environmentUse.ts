/** Variables of the user's shell that the target's files read, and that runs are not given. */
import type { Git } from '../../lib/git/git.ts'
import { droppedVariables, missedVariables } from './environment.ts'
import { searchTarget, type TargetPaths } from './targetSearch.ts'

/** Files that are read for the names in them. */
const MAX_FILES = 20

/** Other lines may have a variable of a program that is called the same. */
const reads = /environ|getenv|process\.env|\bENV\b|\$\{?\w/

/**
 * Without such a variable a run may take a default, e.g. `os.environ.get('DATA_DIR', './data')`, and measure something
 * else than by hand.
 * @param tracked every file of the commit
 * @param names variables that `env` of program.md adds
 */
export async function readButDropped(
  git: Git,
  commit: string,
  contract: TargetPaths,
  tracked: string[],
  names: string[],
  from: NodeJS.ProcessEnv = process.env,
): Promise<string[]> {
  const dropped = droppedVariables(names, from).filter(name => /^[A-Za-z_]\w{3,}$/.test(name))
  if (dropped.length === 0) return []
  const pattern = ['-I', '-w', '-F', ...dropped.flatMap(name => ['-e', name])]
  const { target } = await searchTarget(git, commit, contract, tracked, pattern)
  if (target.length === 0) return []
  const paths = target.slice(0, MAX_FILES).map(path => `:(top,literal)${path}`)
  // The note is not worth a session's failure, e.g. on lines too long to be read.
  const text = await git.raw('grep', '-h', ...pattern, commit, '--', ...paths).catch(() => '')
  const lines = text.split('\n').filter(line => reads.test(line))
  return missedVariables(lines.join('\n'), names, from)
}
