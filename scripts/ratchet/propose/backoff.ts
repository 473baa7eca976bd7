/** How long an agent that gave no answer is left alone. Pure. */

/** Seconds. The tests, which name milliseconds, have less time. */
const MIN_BACKOFF_S = Number(process.env.NIGHTSHIFT_PAUSE_MS ?? 30_000) / 1000
export const MAX_BACKOFF_S = 20 * MIN_BACKOFF_S

/**
 * Seconds until it is asked again: twice as long after each failure in a row, at least what the service asked for, and
 * spread, so that the sessions that share a key do not come back at one moment; 30 s to 10 min.
 * @param tries failures in a row, from 1
 * @param retryAfter seconds, as the service said; null when it did not
 * @param random uniform in [0, 1)
 */
export function backoffSeconds(tries: number, retryAfter: number | null, random: number): number {
  const backoff = MIN_BACKOFF_S * 2 ** Math.min(tries - 1, 20) * (0.75 + random / 2)
  const asked = (retryAfter ?? 0) * (1 + random / 10)
  return Math.min(MAX_BACKOFF_S, Math.max(MIN_BACKOFF_S, backoff, asked))
}
