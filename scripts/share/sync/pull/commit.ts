/** The commit that a branch ends with: who made it, when, and whether someone who is trusted has signed it. */
import { Failure } from '../../../lib/errors.ts'
import { readText } from '../../../lib/files/read.ts'
import { identity } from '../../../lib/git/git.ts'
import { sanitizeText } from '../../../lib/text.ts'
import { hash } from '../../../program/read.ts'
import type { Shared } from '../../../record/taken.ts'
import type { ShareRepository } from '../repository.ts'

/** The allowed-signers file that `share.trust` of program.md names. */
export interface Trust {
  path: string
  /** SHA-256 of its text. */
  hash: string
}

/** @param path of the file @throws {Failure} when it cannot be read */
export async function readTrust(path: string): Promise<Trust> {
  const advice = '`share.trust` in program.md names it: a file of allowed signers, as ssh-keygen describes it.'
  return { path, hash: hash(await readText(path, advice, { links: true })) }
}

export type SharedCommit = Omit<Shared, 'branch'>

/** @param trust null: signatures are not looked at @throws {Failure} when git cannot read the commit */
export async function readCommit(share: ShareRepository, oid: string, trust: Trust | null): Promise<SharedCommit> {
  const [name = '', seconds = ''] = await show(share, oid, ['%an', '%ct'], [])
  const person = sanitizeText(name, 60)
  const at = new Date(Number(seconds) * 1000)
  return {
    commit: oid,
    person: person === '' || person === identity.NAME ? null : person,
    at: Number.isNaN(at.getTime()) || at.getUTCFullYear() > 9999 ? new Date(0).toISOString() : at.toISOString(),
    ...(trust && { signature: await readSignature(share, oid, trust) }),
  }
}

/**
 * Whether someone of the allowed-signers file has signed a commit by ssh, or a key of gpg that the user fully trusts. The
 * user's git is asked, with their settings: a list of revoked keys counts.
 */
export async function readSignature(
  share: ShareRepository,
  oid: string,
  { path }: Trust,
): Promise<NonNullable<Shared['signature']>> {
  const settings: [string, string][] = [['gpg.ssh.allowedSignersFile', path]]
  const [grade, trusted, signer = ''] = await show(share, oid, ['%G?', '%GT', '%GS'], settings)
  // G: a good signature. Of ssh it is one of the file; git says "fully" of it. Of gpg it may be of any known key.
  const isGood = grade === 'G' && (trusted === 'fully' || trusted === 'ultimate')
  return { verified: isGood, signer: isGood ? sanitizeText(signer, 100) || null : null }
}

/** Fields of a commit, in git's format. */
async function show(
  { userGit, address }: ShareRepository,
  oid: string,
  fields: string[],
  settings: [string, string][],
): Promise<string[]> {
  const format = `--format=${fields.join('%x00')}`
  const { ok, stdout, stderr } = await userGit(['log', '-1', '--no-show-signature', format, oid, '--'], settings)
  if (ok) return stdout.trimEnd().split('\0')
  throw new Failure(
    `git cannot read the commit ${oid.slice(0, 7)} of ${address}: ${sanitizeText(stderr, 200)}`,
    'Mend what git names, and run the command again.',
  )
}
