/** The git remote that the branch is pushed to. */
import { withoutCredentials } from '../../collect/git/git.ts'
import { Failure } from '../../lib/errors.ts'
import { redact } from '../../lib/secrets/redact.ts'
import { suggest } from '../../lib/suggest.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { UserGit } from './userGit.ts'

/** A repository OWNER/NAME of a forge. */
export interface RepositoryName {
  owner: string
  name: string
}

export interface Remote {
  name: string
  /** Where it pushes to, without user and password. */
  address: string
  /** The host and repository in that address; null for a path, or an address of another form. */
  place: Place | null
  /** Its settings, with credentials if it has some: never to be shown. */
  settings: [key: string, value: string][]
}

export interface Place {
  /** E.g. "github.com", without its port. Of ssh it may be an alias of the user's. */
  host: string
  repository: RepositoryName
}

/** Names of the repository's remotes. One that begins with a dash would be an option: it is left out. */
export async function remoteNames(git: UserGit): Promise<string[]> {
  const { stdout } = await git(['remote'])
  return stdout.split('\n').filter(name => /^[^-\s]\S*$/.test(name))
}

/** @throws {Failure} when the repository has no such remote, or it has several addresses */
export async function readRemote(git: UserGit, name: string): Promise<Remote> {
  if (!(await remoteNames(git)).includes(name)) throw await noSuchRemote(git, name)
  const addresses = await addressesOf(git, name)
  const [address = ''] = addresses
  if (addresses.length > 1)
    throw new Failure(
      `The remote ${sanitizeText(name)} pushes to ${addresses.length} addresses at once.`,
      'Name a remote with one address: --remote.',
    )
  return { name, address: shownAddress(address), place: placeOf(address), settings: await settingsOf(git, name) }
}

/** Addresses that a remote pushes to, as git would use them: with credentials, if they have some. */
async function addressesOf(git: UserGit, name: string): Promise<string[]> {
  const { stdout } = await git(['remote', 'get-url', '--push', '--all', name])
  return stdout.split('\n').filter(line => line !== '')
}

/** An address as it may be shown and recorded. */
const shownAddress = (address: string): string => sanitizeText(redact(withoutCredentials(address)), 300)

/** @returns null where the text is no address of a repository OWNER/NAME on a host */
export function placeOf(address: string): Place | null {
  const url = /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+)(?::\d+)?\/(.+)$/i.exec(address)
  // git@github.com:owner/name.git; the drive of a Windows path has one letter
  const scp = /^(?:[\w.-]+@)?([\w.-]{2,}):(?!\/\/)(.+)$/.exec(address)
  const [, host = '', path = ''] = url ?? scp ?? []
  const [, owner, name] = /^\/?([\w-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(path) ?? []
  return owner === undefined || name === undefined ? null : { host: host.toLowerCase(), repository: { owner, name } }
}

/** All but those by which a push would also send other refs, or change the remote-tracking branches of the user. */
async function settingsOf(git: UserGit, name: string): Promise<Remote['settings']> {
  const { stdout } = await git(['config', '-z', '--get-regexp', '^remote\\.'])
  // e.g. "remote.origin.url\nhttps://…\0"
  return stdout.split('\0').flatMap(entry => {
    const [key = '', ...value] = entry.split('\n')
    const own = key.startsWith(`remote.${name}.`) ? key.slice(`remote.${name}.`.length) : ''
    return own === '' || otherRefs.has(own) ? [] : [[own, value.join('\n')] satisfies [string, string]]
  })
}

const otherRefs = new Set(['fetch', 'push', 'mirror', 'tagopt', 'prune', 'prunetags'])

/** The remotes with their addresses, a line each, for an error's advice or a question. */
export async function listedRemotes(git: UserGit): Promise<string> {
  const names = await remoteNames(git)
  if (names.length === 0) return 'The repository has none: `git remote add NAME ADDRESS` adds one.'
  const lines = await Promise.all(
    names.map(async name => `  ${sanitizeText(name)}  ${(await addressesOf(git, name)).map(shownAddress).join(', ')}`),
  )
  return ['Remotes:', ...lines].join('\n')
}

async function noSuchRemote(git: UserGit, name: string): Promise<Failure> {
  const listed = await listedRemotes(git)
  return new Failure(
    `The repository has no remote ${shownAddress(name)}.`,
    suggest(name, await remoteNames(git), listed),
  )
}
