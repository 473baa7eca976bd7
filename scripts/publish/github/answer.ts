/** Reads what came of a request to GitHub: a result, a refusal, a rate limit, or nothing of GitHub's. Pure. */
import { z } from 'zod'
import type { Headers } from './errors.ts'

export interface Answer {
  /** null: no answer came. */
  status: number | null
  headers: Headers
  /** The body: parsed JSON, or text. */
  data: unknown
  /** Why no answer came; empty where one did. */
  problem: string
}

const text = z.string().optional()

/** REST may give a text, or name a field and what is wrong with it. */
const errorSchema = z.union([
  z.string().transform(message => ({ type: undefined, message })),
  z
    .object({ type: text, message: text, field: text, code: text })
    .transform(({ type, message, field = '', code = '' }) => ({ type, message: message ?? `${field} ${code}`.trim() })),
])

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z.array(errorSchema).optional(),
  /** Of REST, and of GraphQL where a request did not come as far as its fields. */
  message: z.string().optional(),
})

const read = ({ data }: Answer) => answerSchema.safeParse(data).data ?? null

/** What GitHub says of a refusal; or the network of a missing answer. */
export function messageOf(answer: Answer): string {
  const { errors = [], message } = read(answer) ?? {}
  return errors.map(error => error.message).join(' ') || message || answer.problem || `status ${answer.status}`
}

/** The type of the first GraphQL error, e.g. "FORBIDDEN". */
export const typeOf = (answer: Answer): string | null => read(answer)?.errors?.[0]?.type ?? null

/** Data of a GraphQL answer; what was not found is null in it. */
export const graphqlData = (answer: Answer): unknown => read(answer)?.data

/**
 * `limited`: refused for a rate limit, without effect. `failed`: no answer of GitHub's program came, and a write may have
 * taken effect. `refused`: sending it again changes nothing.
 */
export function kindOf(answer: Answer, isGraphql: boolean): 'fine' | 'limited' | 'failed' | 'refused' {
  const { status, headers } = answer
  const { errors = [] } = read(answer) ?? {}
  if (isLimit(answer)) return 'limited'
  if (status === null || status >= 500 || isBroken(answer, isGraphql)) return 'failed'
  // GitHub's words where a query took too long; a mutation may have been done by then.
  if (errors.some(({ type, message }) => type === undefined && /^Something went wrong/.test(message))) return 'failed'
  if (status >= 400 || (isGraphql && graphqlData(answer) === undefined)) return 'refused'
  return errors.every(({ type }) => type === 'NOT_FOUND') ? 'fine' : 'refused'

  function isLimit(answer: Answer): boolean {
    if (status === 429 || errors.some(({ type }) => type === 'RATE_LIMITED' || type === 'RATE_LIMIT')) return true
    const isRefusal = status === 403 || (status === 200 && errors.length > 0)
    if (!isRefusal) return false
    if (/secondary rate limit|abuse detection|rate limit exceeded/i.test(messageOf(answer))) return true
    return status === 403 && (headers['retry-after'] !== undefined || String(headers['x-ratelimit-remaining']) === '0')
  }
}

/** A body that ended early: Octokit then gives what it has as text. */
function isBroken({ status, data }: Answer, isGraphql: boolean): boolean {
  if (status === null || status >= 400) return false
  return isGraphql ? typeof data !== 'object' || data === null : data === '' && status !== 204 && status !== 205
}
