/**
 * When requests to GitHub are sent, by its rules for clients: one after another, writes at least a second apart, and after a
 * limit not before the time that the answer names. What GitHub refused for a limit had no effect, and is sent again.
 */
import { Failure } from '../../lib/errors.ts'
import { serial } from '../../lib/serial.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import type { Clock } from './clock.ts'
import type { Headers } from './errors.ts'

/** Milliseconds from the end of a write to the start of the next. */
const BETWEEN_WRITES = 1000
/** Waits for a limit that names no time begin with this, in ms, and double. */
const FIRST_WAIT = 60_000
/** Waits after an answer that failed on the way, in ms. */
const RETRY_WAITS = [1000, 5000]
/** How often a request is sent that is refused for a limit. */
const MAX_REFUSALS = 5
/** Longer waits than this, in ms, are an error: GitHub's own limits last an hour at most. */
const LONGEST_WAIT = 2 * 3_600_000
/** Longer waits than this, in ms, are told. */
const SHORT_WAIT = 60_000

/** What came of sending a request once. */
export type Sent<T> =
  /** GitHub answered, with a result or a refusal that sending again would not change. */
  | { kind: 'answered'; headers: Headers; value: T }
  /** Refused for a rate limit. */
  | { kind: 'limited'; headers: Headers }
  /** No answer of GitHub itself: the network, a gateway, a timeout. */
  | { kind: 'failed'; headers: Headers; error: Error }

export interface Timing {
  isWrite: boolean
  /** Limits are counted apart for each. */
  resource: 'graphql' | 'rest'
}

export type Pacer = <T>(timing: Timing, send: () => Promise<Sent<T>>) => Promise<T>

/**
 * @returns a function that sends at the right time, and again where that is safe: a read three times, a write only when it
 * was refused for a limit. It throws the error of a request that failed.
 */
export function createPacer(clock: Clock, terminal: Pick<Terminal, 'live' | 'step'>, host: string): Pacer {
  const inOrder = serial()
  /** Times before which nothing is sent, in ms since the epoch. */
  const notBefore = { graphql: 0, rest: 0, write: 0 }

  async function wait(until: number): Promise<void> {
    const left = until - clock.now()
    if (left <= 0) return
    if (left > LONGEST_WAIT)
      throw new Failure(
        `${host} takes no further requests until ${dayAndTime(until)}.`,
        'Run it again then: what was already sent is found again.',
      )
    if (left > SHORT_WAIT)
      terminal.step('waiting', `until ${clockTime(until)}, when ${host} takes requests again (rate limit)`)
    else if (left > BETWEEN_WRITES) terminal.live(`waiting   ${Math.ceil(left / 1000)} s, as ${host} asks`)
    await clock.wait(left)
  }

  return ({ isWrite, resource }, send) =>
    inOrder(async () => {
      let [refusals, failures] = [0, 0]
      for (;;) {
        await wait(Math.max(notBefore[resource], isWrite ? notBefore.write : 0))
        const sent = await send()
        if (isWrite) notBefore.write = clock.now() + BETWEEN_WRITES
        const named = namedTime(sent.headers, clock.now())
        if (named !== null) notBefore[resource] = named
        if (sent.kind === 'answered') return sent.value
        if (sent.kind === 'limited') {
          refusals += 1
          if (refusals === MAX_REFUSALS)
            throw new Failure(
              `${host} refused the same request ${MAX_REFUSALS} times for its rate limit.`,
              'Run it again in an hour: what was already sent is found again.',
            )
          if (named === null) notBefore[resource] = clock.now() + FIRST_WAIT * 2 ** (refusals - 1)
          continue
        }
        const pause = RETRY_WAITS[failures++]
        if (isWrite || pause === undefined) throw sent.error
        await clock.wait(pause)
      }
    })
}

/** When GitHub says that the next request may be sent; null where it names no time. Its clock may differ from ours. */
function namedTime(headers: Headers, now: number): number | null {
  const after = Number(headers['retry-after'])
  if (headers['retry-after'] !== undefined && Number.isFinite(after)) return now + after * 1000
  const reset = Number(headers['x-ratelimit-reset'])
  if (String(headers['x-ratelimit-remaining']) !== '0' || !Number.isFinite(reset)) return null
  const theirs = Date.parse(String(headers.date))
  // The header counts in whole seconds.
  return now + Math.max(0, reset * 1000 - (Number.isNaN(theirs) ? now : theirs)) + 1000
}

/** "14:05", in local time. */
const clockTime = (at: number): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayAndTime = (at: number): string =>
  new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
