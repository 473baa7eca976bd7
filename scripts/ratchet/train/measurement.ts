/** Which frozen files a measured value rests on. */
import type { Git } from '../../lib/git/git.ts'
import type { Measurement } from '../../record/schema.ts'
import { commandFile, searchTarget, type TargetPaths } from './targetSearch.ts'

/**
 * `evaluation`: a frozen file that names NIGHTSHIFT_EVAL, to which the evaluation writes what it measured. `command`: the
 * script that the run command names, where it is frozen and names the metric.
 *
 * @param tracked every file of the commit
 */
export async function measurementOf(
  git: Git,
  commit: string,
  contract: TargetPaths,
  metric: string,
  tracked: string[],
): Promise<Measurement> {
  const isFrozen = (path: string) => (contract.freeze ?? tracked).includes(path) && !contract.edit.includes(path)
  const { target, elsewhere } = await searchTarget(git, commit, contract, tracked, ['-F', '-e', 'NIGHTSHIFT_EVAL'])
  const script = commandFile(contract, tracked)
  const naming = await searchTarget(git, commit, contract, tracked, ['-F', '-e', metric])
  const named = [...naming.target, ...naming.elsewhere]
  return {
    evaluation: target.find(isFrozen) ?? (target.length === 0 ? elsewhere.find(isFrozen) : null) ?? null,
    command: script !== null && isFrozen(script) && named.includes(script) ? script : null,
  }
}
