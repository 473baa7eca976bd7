/** Where runs start: the folder of program.md, or what its `target` names, checked before the first run. */
import { posix } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import type { Contract } from '../../program/contract.ts'
import type { Program } from '../../program/read.ts'

/**
 * @param contract with paths from the root of the repository
 * @param tracked every file at HEAD
 * @throws {Failure} when runs would start in a folder that is not committed, or in another than that of their script
 */
export function checkTarget({ path, contract: given }: Program, contract: Contract, tracked: string[]): void {
  const { target, link, run, setup } = contract
  const isLinked = link.some(linked => target === linked || target.startsWith(`${linked}/`))
  // A symlink has no files below it, so this keeps runs inside of the repository, too.
  if (target !== '.' && !isLinked && !tracked.some(file => file.startsWith(`${target}/`)))
    throw new Failure(
      `${path}: target: ${given.target} is not a folder at HEAD.`,
      'Name a folder that holds committed files, relative to the folder of program.md.',
    )
  const beside = posix.dirname(given.edit[0] ?? '.')
  const there = posix.dirname(contract.edit[0] ?? '.')
  for (const [key, command] of [['run', run] as const, ['setup', setup ?? ''] as const]) {
    const script = misplaced(command, target, there, beside, tracked)
    if (script === null) continue
    throw new Failure(
      `${path}: ${key}: ${script} is not in ${folderText(target)}, where a run starts; it is in ${folderText(there)}.`,
      `Add \`target: ${beside}\` to program.md, or name the file from where a run starts.`,
    )
  }
}

/**
 * A file that a command names and that lies only in the folder of the first editable file, where runs started before
 * `target` had its present default. null for a command that names that folder: it may go there itself.
 * @param beside the folder as program.md names it
 */
function misplaced(command: string, target: string, there: string, beside: string, tracked: string[]): string | null {
  const words = command.split(/[\s'"`;&|()<>=]+/).filter(word => word !== '')
  if (there === target || words.some(word => `${posix.normalize(word)}/`.startsWith(`${beside}/`))) return null
  const isIn = (folder: string, word: string) => tracked.includes(posix.join(folder, word))
  return words.find(word => isIn(there, word) && !isIn(target, word)) ?? null
}

/** A folder of the repository in a sentence. */
export const folderText = (folder: string): string => (folder === '.' ? 'the root of the repository' : `${folder}/`)
