/** Posts a message to a webhook. What is said of an answer never holds the address, most of which is a secret. */
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { redact } from '../../lib/secrets/redact.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { type Body, bodyOf } from './forms.ts'
import type { Message } from './message.ts'
import { percentDecoded, type Webhook } from './receiver.ts'

export interface Answer {
  ok: boolean
  /** A clause, e.g. "answered 200" or "gave no answer within 10 seconds". It is recorded, and records are shared. */
  what: string
  /** What a command wrote of its failure, for its user's terminal alone: errors of HTTP clients hold the address. */
  output?: string
}

/** Milliseconds. */
export interface Timing {
  /** For one request with its answer. */
  timeout: number
  /** Before the second try, where the answer does not say how long. */
  pause: number
  /** The longest wait that an answer may ask for. */
  longest: number
}

export const usualTiming: Timing = { timeout: 10_000, pause: 2_000, longest: 30_000 }

/** What one request came to; `again`: milliseconds after which it may be tried again, null where that would not help. */
interface Attempt extends Answer {
  again: number | null
}

/** Sends it at most twice: again after a 429, a 5xx and a connection that failed, never after a silence. */
export async function post(webhook: Webhook, message: Message, timing = usualTiming): Promise<Answer> {
  const body = bodyOf(webhook.form, message)
  const first = await attempt(webhook, body, timing)
  if (first.ok || first.again === null) return first
  if (first.again > timing.longest)
    return { ok: false, what: `${first.what}, and asks to wait ${plural(Math.ceil(first.again / 1000), 'second')}` }
  await wait(first.again)
  const second = await attempt(webhook, body, timing)
  return second.ok ? second : { ok: false, what: `${second.what}, on a second try too` }
}

async function attempt(webhook: Webhook, body: Body, timing: Timing): Promise<Attempt> {
  const signal = AbortSignal.timeout(timing.timeout)
  try {
    return await answerTo(webhook, webhook.url, body, signal, timing, MAX_REDIRECTS)
  } catch (error) {
    if (signal.aborted)
      return { ok: false, what: `gave no answer within ${plural(timing.timeout / 1000, 'second')}`, again: null }
    return { ok: false, what: networkProblem(error), again: timing.pause }
  }
}

const MAX_REDIRECTS = 3

async function answerTo(
  webhook: Webhook,
  url: URL,
  { headers, body }: Body,
  signal: AbortSignal,
  timing: Timing,
  redirects: number,
): Promise<Attempt> {
  const { authorization } = webhook
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'user-agent': 'nightshift', ...headers, ...(authorization === null ? {} : { authorization }) },
    body,
    redirect: 'manual',
    signal,
  })
  const { status } = response
  if (status >= 300 && status < 400) {
    await response.body?.cancel()
    const to = redirectOf(url, response)
    if (to.url === null || redirects === 0) return { ok: false, what: to.url === null ? to.why : tooMany, again: null }
    return answerTo(webhook, to.url, { headers, body }, signal, timing, redirects - 1)
  }
  if (response.ok) {
    await response.body?.cancel()
    return { ok: true, what: `answered ${status}`, again: null }
  }
  const said = sayingOf(await beginningOf(response), webhook)
  const isBusy = status === 429 || status >= 500
  return {
    ok: false,
    what: `answered ${status}${said === '' ? '' : ` (“${said}”)`}`,
    again: isBusy ? (askedWait(response.headers.get('retry-after')) ?? timing.pause) : null,
  }
}

const tooMany = 'redirects again and again'

/** Only to the same host, and only where the message is to be sent again as it is: the address is a secret of that host. */
function redirectOf(from: URL, { status, headers }: Response): { url: URL; why: '' } | { url: null; why: string } {
  const location = headers.get('location') ?? ''
  const to = URL.canParse(location, from) ? new URL(location, from) : null
  if (to === null) return { url: null, why: `answered ${status}, a redirect to no address` }
  const isSafer = from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname
  if (to.origin !== from.origin && !isSafer)
    return {
      url: null,
      why: `redirects to ${sanitizeText(to.host || to.protocol, 100)}, which is not followed: the address is a secret`,
    }
  if (status !== 307 && status !== 308)
    return {
      url: null,
      why: `answered ${status}, a redirect to another path of it: the address is not that of a webhook`,
    }
  return { url: to, why: '' }
}

const nodeError = z.object({ cause: z.object({ code: z.string() }) })

/** Errors of fetch may hold the address, so only their code is read. */
function networkProblem(error: unknown): string {
  const code = nodeError.safeParse(error).data?.cause.code ?? ''
  if (code === 'ECONNREFUSED') return 'refused the connection'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'was not found: no such host, or no network'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'broke off the connection'
  return `could not be reached${code === '' ? '' : ` (${sanitizeText(code, 40)})`}`
}

/** Milliseconds; seconds or a date in the header. null: none given. */
function askedWait(header: string | null): number | null {
  if (header === null) return null
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now())
}

/** Bytes of an answer that are read. */
const MAX_ANSWER = 1000

async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    size += chunk.length
    // Leaving the loop cancels the rest.
    if (size >= MAX_ANSWER) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString('utf8')
}

/** What a service says of a refusal, without the parts of the address that it may repeat. */
function sayingOf(text: string, { url: { pathname, search }, authorization }: Webhook): string {
  const credentials = authorization?.split(' ')[1] ?? ''
  const decoded = Buffer.from(credentials, 'base64').toString()
  const password = decoded.slice(decoded.indexOf(':') + 1)
  const parts = [pathname, search, ...pathname.split('/'), ...search.split(/[?&=]/), credentials, decoded, password]
    .flatMap(part => [part, percentDecoded(part)])
    .filter(part => part.length > 5)
    .sort((a, b) => b.length - a.length)
  const hidden = parts.reduce((text, part) => text.replaceAll(part, '[address]'), text)
  return /^\s*</.test(hidden) ? 'a page' : sanitizeText(redact(hidden), 120)
}
