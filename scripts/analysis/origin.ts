/** Where a session came from that was not run in this notebook, in words. One place, so that no text forgets the mark. */
import { sanitizeText } from '../lib/text.ts'
import type { Session } from '../record/schema.ts'
import type { Shared } from '../record/taken.ts'

type Origin = NonNullable<Session['source']>

/** A clause: "brought by sync from sessions/h200-abcd (Ada), not verified"; empty for a session of this notebook. */
export function originText({ source }: Pick<Session, 'source'>): string {
  if (source === undefined) return ''
  const { shared } = source
  if (shared === undefined) return `collected from ${sanitizeText(source.from)}`
  return `brought by sync from ${branchAndPerson(shared)}${signatureText(shared)}`
}

/** Behind the name of a session or machine, where there is little room: "not verified", "signed by ada@example.org". */
export const markText = ({ source }: Pick<Session, 'source'>): string =>
  source?.shared === undefined ? '' : signatureText(source.shared).replace(/^, /, '')

/** Whether `pnpm sync` brought it with a commit that nobody of `share.trust` signed, or that was not checked. */
export const isUnverified = ({ source }: Pick<Session, 'source'>): boolean =>
  source?.shared !== undefined && source.shared.signature?.verified !== true

/** A sentence, with all that is known of the commit. */
export function sharedSentence({ from, shared }: Origin & { shared: Shared }): string {
  const { commit, person, at } = shared
  const by = person === null ? '' : ` by ${sanitizeText(person, 60)}`
  return `Brought by sync from ${sanitizeText(from, 300)}, with commit ${commit.slice(0, 7)}${by} of ${at.slice(0, 10)}${signatureText(shared)}.`
}

const branchAndPerson = ({ branch, person }: Shared): string =>
  `${sanitizeText(branch, 140)}${person === null ? '' : ` (${sanitizeText(person, 60)})`}`

/** Nothing where `share.trust` names nobody: then nothing was checked. */
function signatureText({ signature }: Shared): string {
  if (signature === undefined) return ''
  if (!signature.verified) return ', not verified'
  return signature.signer === null ? ', verified' : `, signed by ${sanitizeText(signature.signer, 100)}`
}
