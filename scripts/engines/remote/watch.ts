/** Looks at something again and again, for all who ask at once. */
import { setTimeout as wait } from 'node:timers/promises'

export interface Watch<T> {
  /** What was found last; looks again where that is older than the interval. */
  latest(): Promise<T>
  /** Looks now, after a look that is under way. */
  again(): Promise<T>
  /** Resolves for all who wait when a look finds something else than the one before, and after some seconds. */
  changed(): Promise<void>
  /** Ends a wait that is under way. */
  close(): void
}

interface Waiter extends PromiseWithResolvers<void> {
  /** When it has waited for long enough. */
  until: number
}

/** Milliseconds after which `changed` resolves anyway. */
const longest = 5000

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
  let isLooking = false
  const waiters = new Set<Waiter>()
  const closed = new AbortController()
  const resolveWhere = (isOver: (waiter: Waiter) => boolean) => {
    for (const waiter of waiters)
      if (isOver(waiter)) {
        waiters.delete(waiter)
        waiter.resolve()
      }
  }
  const start = () => {
    underWay ??= look()
      .then(found => {
        last = { found, at: performance.now() }
        const text = describe(found)
        if (text !== known) resolveWhere(() => true)
        known = text
        return found
      })
      .finally(() => {
        underWay = null
      })
    return underWay
  }
  const latest = async () =>
    last !== null && underWay === null && performance.now() - last.at < intervalMs(last.found) ? last.found : start()
  const rejectAll = (error: unknown) => {
    for (const waiter of waiters) waiter.reject(error)
    waiters.clear()
  }
  const lookWhileAwaited = async () => {
    if (isLooking) return
    isLooking = true
    while (waiters.size > 0) {
      await latest().catch(rejectAll)
      const rest = last === null ? 0 : last.at + intervalMs(last.found) - performance.now()
      if (waiters.size > 0) await wait(Math.max(20, rest), undefined, { signal: closed.signal }).catch(() => {})
      resolveWhere(({ until }) => closed.signal.aborted || performance.now() >= until)
    }
    isLooking = false
  }
  return {
    latest,
    async again() {
      await underWay?.catch(() => {})
      return start()
    },
    async changed() {
      if (closed.signal.aborted) return
      const waiter = { ...Promise.withResolvers<void>(), until: performance.now() + longest }
      waiters.add(waiter)
      void lookWhileAwaited()
      await waiter.promise
    },
    close: () => closed.abort(),
  }
}
