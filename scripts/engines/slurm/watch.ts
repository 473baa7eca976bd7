/** Looks at something again and again, for all who ask at once. */
import { setTimeout as wait } from 'node:timers/promises'

export interface Watch<T> {
  /** What was found last; looks again where that is older than the interval. */
  latest(): Promise<T>
  /** Looks now, after a look that is under way. */
  again(): Promise<T>
  /** Resolves when something else is found than the last time, or after some seconds. */
  changed(): Promise<void>
  /** Ends a wait that is under way. */
  close(): void
}

/** Seconds after which `changed` resolves anyway. */
const longest = 5

/**
 * @param look finds; called by one at a time
 * @param describe two findings with the same text are the same
 * @param intervalMs between looks
 */
export function createWatch<T>(
  look: () => Promise<T>,
  describe: (found: T) => string,
  intervalMs: (found: T) => number,
): Watch<T> {
  let last: { found: T; at: number } | null = null
  let known = ''
  let underWay: Promise<T> | null = null
  const closed = new AbortController()
  const start = () => {
    underWay ??= look()
      .then(found => {
        last = { found, at: performance.now() }
        return found
      })
      .finally(() => {
        underWay = null
      })
    return underWay
  }
  const latest = async () =>
    last !== null && underWay === null && performance.now() - last.at < intervalMs(last.found) ? last.found : start()
  return {
    latest,
    async again() {
      await underWay?.catch(() => {})
      return start()
    },
    async changed() {
      const until = performance.now() + 1000 * longest
      while (!closed.signal.aborted && performance.now() < until) {
        const text = describe(await latest())
        if (text !== known) {
          known = text
          return
        }
        const rest = last === null ? 0 : last.at + intervalMs(last.found) - performance.now()
        await wait(Math.max(20, rest), undefined, { signal: closed.signal }).catch(() => {})
      }
    },
    close: () => closed.abort(),
  }
}
