/** The git remote to sync with: given, remembered, or asked for. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { withoutCredentials } from '../../collect/git/git.ts'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { suggest } from '../../lib/suggest.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Ask } from '../ask.ts'
import { listedRemotes, readRemote, remoteNames } from '../remote/remote.ts'
import type { UserGit } from '../remote/userGit.ts'
import { recallRemote } from './remembered.ts'

export interface SyncAddress {
  /** What is remembered: the name of a remote, or an address without credentials. */
  given: string
  /** As git takes it: it may hold credentials, and is never shown or recorded. */
  url: string
  /** Without credentials. */
  address: string
}

/**
 * @param remote as typed; null: the remembered one
 * @param git in the notebook's folder, whose remotes may be named
 * @param ask null where no person can answer
 * @throws {Failure} when there is none, or it is neither an address nor the name of a remote
 */
export async function readAddress(
  remote: string | null,
  work: string,
  git: UserGit,
  ask: Ask | null,
): Promise<SyncAddress> {
  const given = (remote ?? (await recallRemote(work)) ?? (await askForRemote(git, ask))).trim()
  if ((await remoteNames(git)).includes(given)) {
    // A remote with several addresses is an error there.
    await readRemote(git, given)
    const { stdout } = await git(['remote', 'get-url', '--push', given])
    return addressOf(given, stdout.trim())
  }
  if (!isAddress(given)) throw await notAnAddress(given, git)
  const absolute = isPath(given) ? resolve(given) : given
  // As git will use it: the user's settings may replace the beginning of an address (url.<base>.insteadOf).
  const said = await git(['ls-remote', '--get-url', '--', absolute])
  return addressOf(withoutPassword(absolute), said.ok ? said.stdout.trim() : absolute)
}

const addressOf = (given: string, url: string): SyncAddress => {
  const full = isPath(url) ? resolve(url) : url
  return { given, url: full, address: sanitizeText(redact(withoutCredentials(full)), 300) }
}

/** A path, as git decides: no scheme, and no colon before the first slash, unless it exists. */
export const isPath = (text: string): boolean =>
  !/^[\w+.-]+:\/\//.test(text) && !/^[\w+.-]+::/.test(text) && (!/^[^/]+:/.test(text) || existsSync(text))

const isAddress = (text: string): boolean =>
  text !== '' && !text.startsWith('-') && (!isPath(text) || /[/\\]/.test(text) || existsSync(text))

/** An address with the token of one run is not kept. The user of ssh is a part of the address. */
const withoutPassword = (address: string): string => address.replace(/^(https?:\/\/)[^/@\s]*@/i, '$1')

async function askForRemote(git: UserGit, ask: Ask | null): Promise<string> {
  const listed = await listedRemotes(git)
  if (ask === null)
    throw new Failure(
      'No remote to sync with was given, and none is remembered.',
      `Name a git repository that all machines can push to: \`${command('sync ADDRESS')}\`, e.g. git@github.com:my-lab/sessions.git or a path. It is remembered.\n${listed}`,
    )
  return ask(
    `A git repository that all machines can push to is the meeting place: an empty private one is best.\n${listed}\nIts address, or the name of a remote:`,
  )
}

async function notAnAddress(given: string, git: UserGit): Promise<Failure> {
  const shown = sanitizeText(redact(withoutCredentials(given)), 200)
  return new Failure(
    `${shown === '' ? 'An empty text' : shown} is neither a git address nor a remote of this repository.`,
    suggest(
      given,
      await remoteNames(git),
      `Give an address such as git@github.com:my-lab/sessions.git, https://…, or a path such as ./sessions.git.\n${await listedRemotes(git)}`,
    ),
  )
}
