/** The commits that a push would send because the remote does not have them, their messages too, checked for keys. */
import { Failure } from '../../../lib/errors.ts'
import { GitFailure } from '../../../lib/git/failure.ts'
import { gitWithInput, type Repository } from '../../../lib/git/git.ts'
import { patchLines } from '../../../lib/patchLines.ts'
import { keysIn, redact } from '../../../lib/secrets/redact.ts'
import { plural, sanitizeText } from '../../../lib/text.ts'
import { masked } from '../../../share/scan.ts'
import type { Changes } from './changes.ts'

export interface Outgoing {
  /** Full hashes of the branch's commits after the session's start. */
  commits: string[]
  /** Commits of the branch after the session's start, oldest first: short hash and subject. */
  own: string[]
  /** Commits before the session's start that the remote lacks, oldest first: they would be sent as well. */
  before: string[]
}

/**
 * @param known commits that branches of the remote point at
 * @throws {Failure} when a commit that would be sent adds a key or has one in its message, or they are too large to be checked
 */
export async function readOutgoing(
  { root }: Pick<Repository, 'root'>,
  { base, tip }: Changes,
  known: string[],
): Promise<Outgoing> {
  const log = (revisions: string[], ...args: string[]) =>
    // A repository may have more branches than arguments may be long; commits that are not here are ignored.
    gitWithInput(
      root,
      ['log', '--no-show-signature', '--reverse', ...args, '--ignore-missing', '--stdin'],
      revisions.map(each => `${each}\n`).join(''),
    )
  const not = [...new Set(known)].map(commit => `^${commit}`)
  const lines = async (format: string, revisions: string[]) => {
    const all = (await log(revisions, `--format=${format}`)).split('\n')
    return all.filter(line => line !== '').map(line => sanitizeText(line, 120))
  }
  const own = [tip, `^${base}`]
  const before = await lines('%h %s', [base, ...not])
  const patches = await log([tip, ...not], ...asPatches).catch((cause: unknown) => {
    throw cause instanceof GitFailure && isTooLong(cause) ? tooLarge(before.length) : cause
  })
  if (patches.length > MAX_CHARACTERS) throw tooLarge(before.length)
  const messages = await log([tip, ...not], '--format=%h%x00%B%x00')
  refuseKeys([...keysInPatches(patches), ...keysInMessages(messages.split('\0'))])
  return { commits: await lines('%H', own), own: await lines('%h %s', own), before }
}

/** Patches in one form, whatever the user has configured. */
const asPatches = [
  '--format=',
  '-p',
  '-m',
  '-U0',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--submodule=short',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-renames',
]

/** Of the diffs that are searched for keys. */
const MAX_CHARACTERS = 2 ** 25

const isTooLong = ({ cause }: GitFailure): boolean =>
  cause instanceof Error && 'isMaxBuffer' in cause && cause.isMaxBuffer === true

const tooLarge = (before: number): Failure =>
  new Failure(
    `The commits that would be sent have more than ${MAX_CHARACTERS / 2 ** 20} MB of changes, too many to be searched for keys.`,
    before === 0
      ? 'Push the branch yourself, or post the report to a discussion.'
      : `Push the ${before} commits before the session yourself, and run the command again.`,
  )

/** @param fields short hash and message of each commit */
function keysInMessages(fields: string[]): string[] {
  if (keysIn(fields.join('\n')).length === 0) return []
  return fields.flatMap((message, i) =>
    i % 2 === 0 ? [] : keysIn(message).map(key => `message of ${fields[i - 1]?.trim()}:${key.line}: ${masked(key)}`),
  )
}

/** Keys in the lines that patches add and in the names of their files, each as "file:line: masked". */
function keysInPatches(text: string): string[] {
  const lines = patchLines(text)
  const all = lines.flatMap(({ kind, text }) => (kind === 'ins' ? [text.slice(1)] : kind === 'head' ? [text] : []))
  // The usual case; each search takes a while.
  if (keysIn(all.join('\n')).length === 0) return []
  const found: string[] = []
  let file = ''
  let first = 1
  let added: string[] = []
  const flush = () => {
    for (const key of keysIn(added.join('\n')))
      found.push(`${sanitizeText(redact(file))}:${first + key.line - 1}: ${masked(key)}`)
    added = []
  }
  for (const { kind, text: line } of lines) {
    if (kind === 'ins') added.push(line.slice(1))
    if (kind !== 'head') continue
    flush()
    first = Number(/^@@ -\S+ \+(\d+)/.exec(line)?.[1] ?? first)
    const next = /^\+\+\+ "?b\/(.+?)"?\t?$/.exec(line)?.[1]
    if (next === undefined) continue
    file = next
    for (const key of keysIn(file)) found.push(`the name of ${sanitizeText(redact(file))}: ${masked(key)}`)
  }
  flush()
  return found
}

const MAX_LISTED = 10

function refuseKeys(keys: string[]): void {
  if (keys.length === 0) return
  const more = keys.length > MAX_LISTED ? [`  and ${keys.length - MAX_LISTED} more`] : []
  const listed = [...keys.slice(0, MAX_LISTED).map(key => `  ${key}`), ...more]
  throw new Failure(
    `Nothing was sent: the commits of the branch have ${plural(keys.length, 'key')}:\n${listed.join('\n')}`,
    `Revoke ${keys.length === 1 ? 'it' : 'them'}. A branch keeps it in its history, also when a later commit takes it out: propose the changes by hand, in commits without it.`,
  )
}
