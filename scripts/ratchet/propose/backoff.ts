/** The backoff of an agent that gave no answer. Pure. */

/** Tests shorten it by an environment variable, in ms. */
const MIN_BACKOFF_S = Number(process.env.NIGHTSHIFT_PAUSE_MS ?? 30_000) / 1000
export const MAX_BACKOFF_S = 20 * MIN_BACKOFF_S

/**
 * Exponential backoff in seconds, from 30 s to 10 min: doubles with each failure in a row and is at least what the
 * service asked for. The jitter keeps sessions that share a key from retrying at the same time.
 * @param tries failures in a row, from 1
 * @param retryAfter seconds that the service asked for, or null
 * @param random uniform in [0, 1)
 */
export function backoffSeconds(tries: number, retryAfter: number | null, random: number): number {
  const backoff = MIN_BACKOFF_S * 2 ** Math.min(tries - 1, 20) * (0.75 + random / 2)
  const asked = (retryAfter ?? 0) * (1 + random / 10)
  return Math.min(MAX_BACKOFF_S, Math.max(MIN_BACKOFF_S, backoff, asked))
}
