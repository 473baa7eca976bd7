/** Checks the keys `evaluate` and `hide` of a new session against its files. */
import { posix } from 'node:path'
import { Failure } from '../../../lib/errors.ts'
import { type Contract, isInCache } from '../../../program/contract.ts'
import type { Program } from '../../../program/read.ts'
import { isBelow } from './hidden.ts'

/**
 * @param contract with paths from the root of the repository
 * @param tracked every file of the first commit
 * @throws {Failure} when an agent could write what evaluates its runs, or a run could not read what it executes
 */
export function checkEvaluate({ path }: Program, contract: Contract, tracked: string[]): void {
  const { edit, hide, run, setup, evaluate } = contract
  const command = evaluate?.after ?? evaluate?.serve ?? null
  const edited = command === null ? null : namedFile(command, contract, edit)
  if (edited !== null)
    throw new Failure(
      `${path}: evaluate: ${edited} is in edit, so an agent would write what measures its runs.`,
      'Name a frozen script that reads what the run left, or what it sends.',
    )
  const missing = hide.find(hidden => !isInCache(hidden) && !tracked.some(file => isBelow(file, [hidden])))
  if (missing !== undefined && !contract.link.some(linked => isBelow(missing, [linked]) || isBelow(linked, [missing])))
    throw new Failure(
      `${path}: hide: ${missing} is neither tracked at HEAD nor in link.`,
      'Name committed or linked files and folders, or cache:NAME; check the spelling.',
    )
  const hidden = tracked.filter(file => isBelow(file, hide))
  for (const [key, words] of [['run', run] as const, ['setup', setup ?? ''] as const]) {
    const script = namedFile(words, contract, hidden)
    if (script !== null)
      throw new Failure(
        `${path}: hide: ${script} is named by ${key}, which could not read it.`,
        'Hide only what a run does not need, e.g. the answers that `evaluate` reads.',
      )
  }
  const frozen = contract.freeze?.find(file => hidden.includes(file))
  if (frozen !== undefined)
    throw new Failure(
      `${path}: ${frozen} is in both freeze and hide.`,
      'Hidden files are frozen, and runs do not have them: take it out of freeze.',
    )
}

/** A file of these that a command names, from the folder where it starts. */
function namedFile(command: string, { target }: Pick<Contract, 'target'>, files: string[]): string | null {
  const words = command.split(/[\s'"`;&|()<>=]+/).filter(word => word !== '')
  const module = words[words.indexOf('-m') + 1]
  const names = words.includes('-m') && module ? [`${module.replaceAll('.', '/')}.py`, ...words] : words
  const places = names.map(name => posix.normalize(posix.join(target, name)))
  return places.find(place => files.includes(place)) ?? null
}
