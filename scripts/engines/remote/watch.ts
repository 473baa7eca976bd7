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
/** Milliseconds between two questions of `isDue`. */
const step = 100

/**
 * @param look finds; called by one at a time
 * @param describe two findings with the same text are the same
 * @param intervalMs between looks
 * @param isDue whether something calls for a look before that, as far as is known
 */
export function createWatch<T>(
  look: () => Promise<T>,
  describe: (found: T) => string,
  intervalMs: (found: T) => number,
  isDue: () => Promise<boolean> = async () => false,
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
  const again = async () => {
    await underWay?.catch(() => {})
    return start()
  }
  /** @returns whether something calls for a look before its time */
  const isDueWithin = async (ms: number): Promise<boolean> => {
    const until = performance.now() + ms
    for (;;) {
      const rest = Math.max(20, until - performance.now())
      await wait(Math.min(step, rest), undefined, { signal: closed.signal }).catch(() => {})
      if (closed.signal.aborted || performance.now() >= until) return false
      if (await isDue()) return true
    }
  }
  const rejectAll = (error: unknown) => {
    for (const waiter of waiters) waiter.reject(error)
    waiters.clear()
  }
  const lookWhileAwaited = async () => {
    if (isLooking) return
    isLooking = true
    for (let isEarly = false; waiters.size > 0; ) {
      await (isEarly ? again() : latest()).catch(rejectAll)
      const rest = last === null ? 0 : last.at + intervalMs(last.found) - performance.now()
      isEarly = waiters.size > 0 && (await isDueWithin(rest))
      resolveWhere(({ until }) => closed.signal.aborted || performance.now() >= until)
    }
    isLooking = false
  }
  return {
    latest,
    again,
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
