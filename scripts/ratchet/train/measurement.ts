/** Which frozen files a measured value rests on. */
import { platform } from 'node:os'
import type { Git } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Contract } from '../../program/contract.ts'
import type { Measurement } from '../../record/schema.ts'
import { commandFile, searchTarget, type TargetPaths } from './targetSearch.ts'

/** Whether this system can connect an evaluator to a run: the trainer's hands over memory as only Linux has it. */
const canServe = (system: NodeJS.Platform): boolean => system === 'linux'

/** The evaluator outside of the runs: its file, else its command; null where runs measure themselves. */
export function evaluatorOf(
  { evaluate, target }: Pick<Contract, 'target'> & Partial<Pick<Contract, 'evaluate'>>,
  tracked: string[],
  system: NodeJS.Platform = platform(),
): string | null {
  const command = evaluate?.after ?? (canServe(system) ? evaluate?.serve : null) ?? null
  return command === null ? null : (commandFile({ run: command, target }, tracked) ?? sanitizeText(command, 200))
}

/** What to say where the contract's evaluator cannot be used on this system; null where it can, or where there is none. */
export const evaluatorNote = (
  { evaluate }: Pick<Contract, 'evaluate'>,
  system: NodeJS.Platform = platform(),
): string | null =>
  evaluate?.serve == null || canServe(system)
    ? null
    : '`evaluate: { serve }` needs Linux; here runs measure themselves, and nothing is hidden from them'

/**
 * `evaluation`: a frozen file that names NIGHTSHIFT_EVAL, to which the evaluation writes what it measured. `command`: the
 * script that the run command names, where it is frozen and names the metric.
 *
 * @param tracked every file of the commit
 */
export async function measurementOf(
  git: Git,
  commit: string,
  contract: TargetPaths & Partial<Pick<Contract, 'evaluate'>>,
  metric: string,
  tracked: string[],
): Promise<Measurement> {
  const isFrozen = (path: string) => (contract.freeze ?? tracked).includes(path) && !contract.edit.includes(path)
  const { target, elsewhere } = await searchTarget(git, commit, contract, tracked, [
    '-w',
    '-F',
    '-e',
    'NIGHTSHIFT_EVAL',
  ])
  const script = commandFile(contract, tracked)
  const naming = await searchTarget(git, commit, contract, tracked, ['-F', '-e', metric])
  const named = [...naming.target, ...naming.elsewhere]
  const evaluator = evaluatorOf(contract, tracked)
  return {
    ...(evaluator !== null && { evaluator }),
    evaluation: target.find(isFrozen) ?? (target.length === 0 ? elsewhere.find(isFrozen) : null) ?? null,
    command: script !== null && isFrozen(script) && named.includes(script) ? script : null,
  }
}
