/** The token for GitHub's API. It is neither printed nor stored. */
import { execa } from 'execa'
import { Failure } from '../../lib/errors.ts'
import { defaultApi, hostOf } from './api.ts'

/** Of those that are set the first counts. In workflows of an enterprise's server, too, GITHUB_TOKEN is its token. */
const variables = {
  cloud: ['GITHUB_TOKEN', 'GH_TOKEN'],
  enterprise: ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'],
}

/**
 * From the environment, else from `gh auth token`.
 * @throws {Failure} when there is none, or it cannot be one
 */
export async function findToken(api: string, env: NodeJS.ProcessEnv): Promise<string> {
  const names = api === defaultApi ? variables.cloud : [...variables.enterprise, ...variables.cloud]
  for (const name of names) {
    const value = (env[name] ?? '').trim()
    if (value !== '') return checked(value, name)
  }
  const host = hostOf(api)
  const token = await tokenOfGh(host, env)
  if (token !== null) return checked(token, '`gh auth token`')
  throw new Failure(
    `There is no token for ${host}.`,
    `Set ${names[0]}, or log in with \`gh auth login --hostname ${host}\`. A classic token needs the scope repo (public_repo for a public repository), a fine-grained one the permission that the destination needs: Discussions, or Contents and Pull requests, read and write.`,
  )
}

/** null where gh is not installed or not logged in there. */
async function tokenOfGh(host: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const options = { env, extendEnv: false, reject: false, stdin: 'ignore', timeout: 10_000 } as const
  const { stdout, exitCode } = await execa('gh', ['auth', 'token', '--hostname', host], options)
  const token = stdout?.trim() ?? ''
  return exitCode === 0 && token !== '' ? token : null
}

/** A header holds no line feeds and no other than ASCII characters; the error must not show the value. */
function checked(token: string, from: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new Failure(`${from} holds no token: it has spaces or other characters that no token has.`, 'Set it again.')
}
