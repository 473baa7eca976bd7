/** Whether a target reads how long it is to train. */
import type { Git } from '../../lib/git/git.ts'
import { searchTarget, type TargetPaths } from './targetSearch.ts'

const variable = 'NIGHTSHIFT_BUDGET_S'

/**
 * Whether the run command or a file of the target names the variable. Files elsewhere do not count: the run may not use
 * them.
 *
 * @param tracked every file of the commit
 */
export async function readsBudget(
  git: Git,
  commit: string,
  contract: TargetPaths,
  tracked: string[],
): Promise<boolean> {
  if (contract.run.includes(variable)) return true
  return (await searchTarget(git, commit, contract, tracked, ['-F', '-e', variable])).target.length > 0
}
