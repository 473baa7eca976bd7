/** Pushes the own branch: fast-forward only, and nothing else. */
import { setTimeout as wait } from 'node:timers/promises'
import { listTips, syncFailure } from '../refs.ts'
import { remoteName, type ShareRepository } from '../repository.ts'

/** Pushes that a lock of the remote refuses, e.g. while others push or it packs its refs. */
const MAX_TRIES = 8

/**
 * @returns whether the branch is there now; false: it is at a commit that the pushed one does not follow
 * @throws {Failure} when the remote refuses it for another reason, or cannot be reached
 */
export async function send(share: ShareRepository, branch: string, commit: string): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const said = await share.userGit([
      'push',
      '--porcelain',
      '--progress',
      '--no-follow-tags',
      '--no-signed',
      '--recurse-submodules=no',
      '--',
      remoteName,
      `${commit}:refs/heads/${branch}`,
    ])
    if (said.ok) return true
    const words = `${said.stderr}\n${rejection(said.stdout)}`
    const isLocked = locked.test(words)
    if (isQuiet(words)) throw failure(words)
    // The answer may be lost after the branch was moved.
    const now = (await listTips(share)).get(branch)
    if (now === commit) return true
    if (
      /fetch first|non-fast-forward|stale info|reference already exists|but expected/.test(words) &&
      now !== undefined
    )
      return false
    if (!isLocked || tries >= MAX_TRIES) throw failure(words)
    // Machines that were refused together come again at different moments.
    await wait(100 * tries * (1 + Math.random()))
  }

  function failure(words: string) {
    return syncFailure(`push ${branch} to`, share.address, words)
  }
}

const locked =
  /cannot lock ref|unable to lock|Unable to create '.*\.lock'|\.lock': File exists|failed to update ref|unable to migrate objects|incorrect old value|reference already exists|but expected|shallow file has changed/i

const isQuiet = (words: string): boolean => /no word from the remote|fatal: stopped/.test(words)

/** The porcelain line of the branch, e.g. "[remote rejected] (protected branch hook declined)". */
const rejection = (stdout: string): string => /^!\t[^\t]*\t(.*)$/m.exec(stdout)?.[1] ?? ''
