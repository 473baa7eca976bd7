/** The working tree of a run on the harness's own machine. */
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkFrozen } from '../../../engines/local/frozenHashes.ts'
import { Failure } from '../../../lib/errors.ts'
import { freePath } from '../../../lib/files/remove.ts'
import { recreateWorktree, resetWorktree } from '../../../lib/git/worktree.ts'
import { isInCache } from '../../../program/contract.ts'
import type { Slot } from '../../session/context.ts'
import type { SlotContext } from '../context.ts'

/**
 * Checks out a commit in a slot's worktree, creates the links, and checks the frozen files.
 * @throws {Failure} when a frozen file differs from the start of the session even in a fresh checkout
 */
export async function prepareSlot(context: SlotContext, slot: Slot, commit: string): Promise<void> {
  await resetWorktree(slot.git, commit, context.contract.link)
  await arrange(context, slot)
  if ((await checkFrozen(slot.path, context.frozen)).changed === null) return
  // A run may have told git in the worktree's index that a file never changes; the index is made anew with the worktree.
  await recreateWorktree(slot.git, commit)
  await arrange(context, slot)
  const { changed } = await checkFrozen(slot.path, context.frozen)
  if (changed !== null)
    throw new Failure(
      `${changed} differs from the start of the session, in a fresh checkout.`,
      'Check for a git filter, or a program that writes into .nightshift/.',
    )
}

/** Removes what is hidden from runs, and puts the links. */
async function arrange({ contract, repository }: SlotContext, slot: Slot): Promise<void> {
  for (const path of contract.hide) if (!isInCache(path)) await freePath(join(slot.path, path))
  for (const link of contract.link) {
    const path = join(slot.path, link)
    await mkdir(dirname(path), { recursive: true })
    await freePath(path)
    await symlink(join(repository.root, link), path)
  }
}
