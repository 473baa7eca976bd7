/** The commits that a push would send because the remote does not have them, checked for keys. */
import { Failure } from '../../../lib/errors.ts'
import { GitFailure } from '../../../lib/git/failure.ts'
import { gitIn, type Repository } from '../../../lib/git/git.ts'
import { patchLines } from '../../../lib/patchLines.ts'
import { sanitizeText } from '../../../lib/text.ts'
import type { Changes } from './changes.ts'
import { type KeyFound, keysInText, refuseKeys } from './keys.ts'

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
 * @throws {Failure} when a commit that would be sent adds a key, or they are too large to be checked
 */
export async function readOutgoing(
  { root }: Pick<Repository, 'root'>,
  { base, tip }: Changes,
  known: string[],
): Promise<Outgoing> {
  const git = gitIn(root, false)
  const log = (...args: string[]) => git.raw('log', '--no-show-signature', '--reverse', ...args)
  // Those that this repository lacks are ignored.
  const not = ['--ignore-missing', ...new Set(known.map(commit => `^${commit}`))]
  const subjects = async (...commits: string[]) => {
    const lines = (await log('--format=%h %s', ...commits)).split('\n')
    return lines.filter(line => line !== '').map(line => sanitizeText(line, 120))
  }
  const commits = (await log('--format=%H', tip, `^${base}`)).split('\n').filter(line => line !== '')
  const own = await subjects(tip, `^${base}`)
  const before = await subjects(...not, base)
  const how = ['-p', '-m', '-U0', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--format=']
  const patches = await log(...how, ...not, tip).catch((cause: unknown) => {
    throw cause instanceof GitFailure && isTooLong(cause) ? tooLarge(before.length) : cause
  })
  if (patches.length > MAX_CHARACTERS) throw tooLarge(before.length)
  const inHistory = 'In the history of a branch it stays readable, also after a later commit removes it.'
  refuseKeys(keysInPatches(patches), 'the branch', inHistory)
  return { commits, own, before }
}

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

/** Keys in the lines that patches add, by file and line. */
function keysInPatches(text: string): KeyFound[] {
  const found: KeyFound[] = []
  let file = ''
  let first = 1
  let added: string[] = []
  const flush = () => {
    if (added.length > 0) found.push(...keysInText(file, added.join('\n'), first))
    added = []
  }
  for (const { kind, text: line } of patchLines(text)) {
    if (kind === 'ins') added.push(line.slice(1))
    if (kind !== 'head') continue
    flush()
    first = Number(/^@@ -\S+ \+(\d+)/.exec(line)?.[1] ?? first)
    file = /^\+\+\+ "?b\/(.+?)"?\t?$/.exec(line)?.[1] ?? file
  }
  flush()
  return found
}
