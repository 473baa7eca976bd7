/** Why a client gave no answer, from its own words; one place, for all of them speak of the same services. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import { AgentDown, type DownKind } from '../agent.ts'

/** In this order: "429 … overloaded" is a rate limit, "unexpected status 401 … connection" a refused key. */
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

/** @param status of HTTP where the client says it; null: it is looked for in the words */
export function kindOf(message: string, status: number | null): DownKind {
  const text = status === null ? message : `status ${status}`
  const kind = patterns.find(([, sign]) => sign.test(text))?.[0]
  return kind ?? (status === null ? 'unknown' : kindOf(message, null))
}

const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds from "Please try again in 37s", "retry after 2 minutes"; null when it is not said. */
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

/** What the service or the client said, as the reason why the agent is down. */
export function serviceFailure(
  use: string,
  message: string,
  status: number | null = null,
  retryAfter: number | null = null,
): AgentDown {
  const shown = sanitizeText(message, 300) || 'it gave no reason'
  if (isUnknownModel(message) || status === 404)
    return new AgentDown('unknown', null, `${use}: ${shown}`, 'Name another model: agent.model, or --model.')
  const kind = kindOf(message, status)
  const advice = {
    'rate-limit': 'It is asked again later; a plan with more, or another model, has more.',
    auth: 'Look at its key or its login.',
    overload: 'It is asked again later.',
    network: 'Look at the network and at proxies.',
  }
  return new AgentDown(
    kind,
    retryAfter ?? retryAfterOf(message),
    `${use}: ${shown}`,
    (advice as Partial<Record<DownKind, string>>)[kind] ?? 'Its transcript may say more.',
  )
}

/** Output that is not known for what it is: its first lines are shown, nothing is guessed. */
export function unreadableOutput(use: string, lines: string[]): AgentDown {
  const first = lines.slice(0, 3).map(line => sanitizeText(line, 200))
  return new AgentDown(
    'unreadable',
    null,
    `${use} said what this version of Nightshift cannot read: ${first.join(' / ') || 'nothing'}`,
    'Use the version of it that docs/agents.md names.',
  )
}
