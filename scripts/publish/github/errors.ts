/** What GitHub refuses, as one Failure each. */
import { Failure } from '../../lib/errors.ts'

/** GitHub refused a request, or did not answer it. */
export class GitHubFailure extends Failure {
  /** Of the HTTP answer; null: none came. */
  readonly status: number | null

  constructor(message: string, advice: string, status: number | null) {
    super(message, advice)
    this.status = status
  }
}

/**
 * The answer to a write is missing: the connection broke, or a gateway answered in GitHub's place. The write may have taken
 * effect, so it must be looked for before it is sent again.
 */
export class LostAnswer extends GitHubFailure {}

/** What an answer says of why a request was refused. */
export interface Refusal {
  /** null: no answer came. */
  status: number | null
  /** Of a GraphQL error, e.g. "FORBIDDEN". */
  type: string | null
  /** Sanitised, without the token. */
  message: string
  headers: Headers
}

export type Headers = Record<string, string | number | undefined>

/** @param what what was asked for, after "GitHub refused to", e.g. "create the discussion" */
export function failureOf(what: string, host: string, refusal: Refusal): GitHubFailure {
  const [message, advice] = wordsOf(what, host, refusal)
  return new GitHubFailure(message, advice, refusal.status)
}

/** A page for people came where GitHub's API was expected. */
export const notAnApi = (host: string): GitHubFailure =>
  new GitHubFailure(
    `${host} did not answer as the API of a GitHub does.`,
    'Check --api, and whether a login page of the network or a proxy stands before it.',
    null,
  )

function wordsOf(what: string, host: string, refusal: Refusal): [message: string, advice: string] {
  const { status, type, message, headers } = refusal
  if (status === null)
    return [
      `No answer came from ${host}: ${message}.`,
      'Check the network. Behind a proxy set HTTPS_PROXY and NODE_USE_ENV_PROXY=1.',
    ]
  if (status === 401)
    return [
      `${host} does not accept the token.`,
      'It may have expired or been revoked: make another, or log in again with `gh auth login`.',
    ]
  const sso = /url=(https:\/\/[\w./?=&%~+-]+)/.exec(String(headers['x-github-sso'] ?? ''))?.[1]
  if (sso !== undefined)
    return [
      `${host} refused to ${what}: the organisation demands single sign-on for the token.`,
      `Authorise the token there: ${sso}`,
    ]
  if (type === 'INSUFFICIENT_SCOPES' || /required scopes/i.test(message))
    return [
      `${host} refused to ${what}: the token lacks a scope.`,
      `Add it with \`gh auth refresh --scopes repo\`, or make a token with it. ${host} says: ${message}`,
    ]
  if (type === 'FORBIDDEN' || status === 403)
    return [
      `${host} refused to ${what}: no permission.`,
      `Use a token that may write there: a fine-grained one needs Discussions (or Contents and Pull requests) read and write for this repository, a workflow the same under \`permissions:\`. ${host} says: ${message}`,
    ]
  if (status >= 500)
    return [
      `${host} failed to ${what}: it answered ${status}.`,
      'Run it again later: what was already sent is found again and not sent twice.',
    ]
  if (status === 404)
    return [`${host} cannot ${what}: there is no such thing, or the token may not see it.`, `${host} says: ${message}`]
  return [`${host} refused to ${what}.`, `${host} says: ${message}`]
}
