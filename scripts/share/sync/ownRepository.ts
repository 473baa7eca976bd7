/** Refuses Nightshift's own repository, and public forks of it, as the place where sessions meet. */
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { type Patience, type UserGit, userGitIn } from '../remote/userGit.ts'
import { hostOf } from './public.ts'
import { branchPrefix, syncFailure } from './refs.ts'
import { remoteName, type ShareRepository } from './repository.ts'

/** @param git in the notebook's folder @throws {Failure} when an address is of the notebook's checkout itself */
export async function refuseOwnCheckout(url: string, address: string, git: UserGit): Promise<void> {
  if (hostOf(url) !== null) return
  const path = /^file:\/\//i.test(url) ? fileURLToPath(url) : url
  const place = await realpath(path).catch(() => null)
  const said = await git(['rev-parse', '--path-format=absolute', '--show-toplevel', '--git-common-dir'])
  const own = await Promise.all(said.stdout.split('\n').map(line => realpath(line).catch(() => null)))
  if (place === null || !said.ok || !own.includes(place)) return
  throw new Failure(
    `${address} is the repository of this notebook itself.`,
    `Sessions meet in a repository of their own: make one with \`git init --bare PATH\` or on your git server, and name it: \`${command('sync ADDRESS')}\`.`,
  )
}

/** Heads that are looked at. */
const MAX_HEADS = 20

/**
 * Whether the remote has commits of the notebook's checkout of Nightshift, as a fork of it has.
 * @param git in the notebook's folder
 */
export async function sharesHistory(
  share: ShareRepository,
  git: UserGit,
  env: NodeJS.ProcessEnv,
  patience: Patience,
): Promise<boolean> {
  // In a shallow clone these are the oldest commits that it has.
  const said = await git(['rev-list', '--max-parents=0', 'HEAD'])
  const roots = said.ok ? said.stdout.split('\n').filter(line => line !== '') : []
  if (roots.length === 0) return false
  const listed = await share.userGit(['ls-remote', '--heads', '--', remoteName])
  if (!listed.ok) throw syncFailure('list the branches of', share.address, listed.stderr)
  const heads = listed.stdout
    .split('\n')
    .flatMap(line => /^[0-9a-f]+\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? [])
    .filter(name => !name.startsWith(branchPrefix))
    .slice(0, MAX_HEADS)
  if (heads.length === 0) return false
  // Of its own, because a fetch without trees leaves marks in a repository's settings.
  const place = await mkdtemp(join(share.folder, 'look-'))
  try {
    await share.git.raw('init', '--bare', '--quiet', place)
    const look = userGitIn(place, env, patience)
    const refs = heads.map(name => `refs/heads/${name}:refs/heads/${name}`)
    const options = ['--progress', '--no-tags', '--filter=tree:0', '--no-auto-maintenance', '--no-write-fetch-head']
    const settings: [string, string][] = [[`remote.${remoteName}.url`, share.url]]
    const fetched = await look(['fetch', ...options, '--', remoteName, ...refs], settings)
    if (!fetched.ok) throw syncFailure('read the commits of', share.address, fetched.stderr)
    const commits = new Set((await look(['rev-list', '--all'])).stdout.split('\n'))
    return roots.some(root => commits.has(root))
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** What git says of a repository that it may not see. */
const hidden =
  /terminal prompts disabled|could not read (?:username|password)|authentication failed|HTTP (?:401|403|404)|error: (?:401|403|404)|repository .*not found/i

/**
 * Whether everyone can read the repository at an address: git is asked by https, without the user's settings, keys and
 * passwords. Where it is not told, it counts as readable.
 */
export async function isReadableByAll(url: string, quietMs: number): Promise<boolean> {
  const host = hostOf(url)
  const path = /^[\w+.-]+:\/\//.test(url) ? new URL(url).pathname : url.replace(/^[^:]*:\/?/, '/')
  const open = /^https?:/i.test(url) ? url.replace(/^(https?:\/\/)[^/@\s]*@/i, '$1') : `https://${host}${path}`
  const kept = [
    'PATH',
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
    'HTTPS_PROXY',
    'NO_PROXY',
    'SSL_CERT_FILE',
  ]
  const result = await execa('git', ['-c', 'credential.helper=', 'ls-remote', '--heads', '--', open], {
    cwd: '/',
    env: {
      ...Object.fromEntries(kept.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : []))),
      // No .netrc either.
      HOME: devNull,
      GIT_CONFIG_GLOBAL: devNull,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: 'false',
      GIT_ALLOW_PROTOCOL: 'http:https',
      LC_ALL: 'C',
    },
    extendEnv: false,
    stdin: 'ignore',
    timeout: quietMs,
    reject: false,
  })
  return !result.failed || !hidden.test(String(result.stderr))
}

/** For a public address that shares commits with Nightshift and that everyone can read. */
export const isNightshift = (address: string): Failure =>
  new Failure(
    `${address} is Nightshift's own repository, or a public fork of it.`,
    'Sessions do not belong there: make a repository of its own for them, and name that.',
  )

/** @throws {Failure} when everyone may reach the address and nobody allowed it */
export function checkAllowed(address: string, isPublic: boolean, isAllowed: boolean): void {
  if (!isPublic || isAllowed) return
  throw new Failure(
    `${address} is on a host that everyone on the internet can reach.`,
    `Sessions hold your code, prose and results: see to it that the repository is private, or that they may be read by all. Then allow it, once: \`${command('sync --public')}\` with the same address.`,
  )
}
