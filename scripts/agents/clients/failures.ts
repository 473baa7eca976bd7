/** Classifies failures of clients and services by their messages. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import { AgentDown, type DownKind } from '../agent.ts'

/** The first match counts: "429 … overloaded" is a rate limit, "unexpected status 401 … connection" a refused key. */
const patterns: [DownKind, RegExp][] = [
  ['rate-limit', /rate.?limit|too many requests|quota|usage limit|resource.{0,20}exhausted|\b429\b/i],
  [
    'auth',
    /api.?key|unauthori[sz]ed|authenticat|not logged in|log ?in\b|sign ?in\b|credential|token.{0,20}(expired|invalid|revoked)|credit balance|billing|payment|forbidden|\b40[123]\b/i,
  ],
  [
    'overload',
    /overload|high demand|at capacity|unavailable|internal.{0,10}error|server.?error|bad gateway|\b5\d\d\b/i,
  ],
  [
    'network',
    /network|connect|disconnect|socket|stream.{0,20}(closed|ended|cut)|fetch failed|sending request|econn|enotfound|eai_again|dns|timed? ?out|hang ?up|\btls\b|certificate/i,
  ],
]

/** @param status HTTP status; null: the client does not report one, and the message is searched for it */
export function kindOf(message: string, status: number | null): DownKind {
  const text = status === null ? message : `status ${status}`
  const kind = patterns.find(([, sign]) => sign.test(text))?.[0]
  return kind ?? (status === null ? 'unknown' : kindOf(message, null))
}

const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds from e.g. "Please try again in 37s" or "retry after 2 minutes"; null: none found. */
export function retryAfterOf(message: string): number | null {
  const found =
    /(?:retry|try again)[ -](?:after|in):? (?:about )?(\d+(?:\.\d+)?) ?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)?\b/i.exec(
      message,
    )
  if (!found) return null
  const name = (found[2] ?? 's').toLowerCase()
  const unit = name.startsWith('ms') || name.startsWith('milli') ? 'ms' : name.charAt(0)
  return Number(found[1]) * (units[unit] ?? 1)
}

export const isUnknownModel = (message: string): boolean =>
  /model.{0,80}(not.{0,3}exist|not found|unknown|not supported|invalid)|(unknown|invalid|no such) model|model_not_found/i.test(
    message,
  )

/** The failure for a message of the service or the client. @param retryAfter seconds; null: taken from the message */
export function serviceFailure(
  use: string,
  message: string,
  status: number | null = null,
  retryAfter: number | null = null,
): AgentDown {
  const shown = sanitizeText(message, 300) || 'no reason given'
  if (isUnknownModel(message) || status === 404)
    return new AgentDown('unknown', null, `${use}: ${shown}`, 'Choose another model: agent.model, or --model.')
  const kind = kindOf(message, status)
  const advice: Partial<Record<DownKind, string>> = {
    'rate-limit': 'It will be retried. A higher plan or another model may have a higher limit.',
    auth: 'Check its API key or its login.',
    overload: 'It will be retried.',
    network: 'Check the network and the proxy settings.',
  }
  return new AgentDown(
    kind,
    retryAfter ?? retryAfterOf(message),
    `${use}: ${shown}`,
    advice[kind] ?? 'See its transcript.',
  )
}

/** The failure for output of an unknown format; shows its first lines. */
export function unreadableOutput(use: string, lines: string[]): AgentDown {
  const first = lines.slice(0, 3).map(line => sanitizeText(line, 200))
  return new AgentDown(
    'unreadable',
    null,
    `${use} printed output that Nightshift cannot read: ${first.join(' / ') || 'nothing'}`,
    `Install the version of ${use} that docs/agents.md names.`,
  )
}
