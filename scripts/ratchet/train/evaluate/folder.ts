/**
 * `.nightshift/<id>/evaluation`: the frozen files of the session's first commit, for evaluators alone. No run is given it,
 * and what a run without a sandbox writes there is found before an evaluator starts.
 */
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { changeIn, type EvaluationFolder } from '../../../engines/local/evaluationFolder.ts'
import type { Frozen } from '../../../engines/local/frozenHashes.ts'
import { Failure } from '../../../lib/errors.ts'
import { freePath, removeTree } from '../../../lib/files/remove.ts'
import type { Git } from '../../../lib/git/git.ts'
import { addWorktree, openWorktree } from '../../../lib/git/worktree.ts'
import { type Serial, serial } from '../../../lib/serial.ts'
import type { Contract } from '../../../program/contract.ts'

/** Where evaluators write, each in a folder of its own. @param work `.nightshift/<id>` */
export const evaluatorFolder = (work: string): string => join(work, 'evaluator')

export interface Evaluation extends EvaluationFolder {
  /** Makes it anew. */
  again: () => Promise<void>
  /** Slots share the folder. */
  inTurn: Serial
}

/** What makes the folder. */
interface Source {
  /** The repository's. */
  git: Git
  root: string
  commit: string
  contract: Pick<Contract, 'edit' | 'link'>
}

/**
 * Makes the folder, unless an evaluator that outlived its harness may still work in it.
 * @param frozen hashes of every tracked file that is neither edited nor linked
 */
export async function openEvaluation(
  folder: string,
  source: Source,
  frozen: Frozen,
  isInUse: boolean,
): Promise<Evaluation> {
  const { root, contract } = source
  const evaluation: Evaluation = {
    folder,
    hashes: Object.fromEntries(frozen),
    links: Object.fromEntries(contract.link.map(path => [path, join(root, path)])),
    again: () => make(folder, source),
    inTurn: serial(),
  }
  const isThere = isInUse && (await openWorktree(source.git, folder)) !== null
  if (!isThere) await evaluation.again()
  return evaluation
}

async function make(folder: string, { git, root, commit, contract }: Source): Promise<void> {
  await addWorktree(git, folder, commit)
  for (const path of contract.edit) await removeTree(join(folder, path))
  for (const link of contract.link) {
    const path = join(folder, link)
    await mkdir(dirname(path), { recursive: true })
    await freePath(path)
    await symlink(join(root, link), path)
  }
}

/**
 * Checks the folder before a run, and makes it anew where something has changed it.
 * @returns what had changed; null where nothing had
 * @throws {Failure} when a fresh checkout differs from the start of the session
 */
export const checkEvaluation = (evaluation: Evaluation): Promise<string | null> =>
  evaluation.inTurn(async () => {
    const change = await changeIn(evaluation)
    if (change === null) return null
    await evaluation.again()
    const still = await changeIn(evaluation)
    if (still !== null)
      throw new Failure(
        `${still} in ${evaluation.folder}, in a fresh checkout.`,
        'Check for a git filter, or a program that writes into .nightshift/.',
      )
    return change
  })
