/** Rebuilds all pages when needed. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Builds, Built } from './build.ts'
import { type Records, shortHash, type Versions } from './records.ts'

export interface RebuildOptions {
  records: Pick<Records, 'versions' | 'session'>
  builds: Pick<Builds, 'next'>
  reportError: (error: unknown) => void
  signal: AbortSignal
  /** Polling interval in milliseconds; records are checked every five intervals. */
  pace: number
}

/** Rebuilds all pages, one build at a time, when a finished session changed and nothing changes any more. */
export async function rebuildOnChange(
  options: RebuildOptions,
  first: Built,
  replace: (built: Built) => void,
): Promise<void> {
  const { records, builds, reportError, signal, pace } = options
  let [built, before] = [first.versions, first.versions]
  while (!signal.aborted) {
    await pause(5 * pace, signal)
    try {
      const versions = await records.versions()
      const isQuiet = shortHash([...versions].flat()) === shortHash([...before].flat())
      before = versions
      if (!isQuiet || !(await isBehind(built, versions, records))) continue
      // A failed build is retried only after a change.
      built = versions
      replace(await builds.next(versions, true))
    } catch (error) {
      if (!signal.aborted) reportError(error)
    }
  }
}

/** Whether a build is outdated. Changes of running sessions do not count: their pages are rendered on request. */
async function isBehind(built: Versions, versions: Versions, records: RebuildOptions['records']): Promise<boolean> {
  for (const id of built.keys()) if (!versions.has(id)) return true
  for (const [id, version] of versions)
    if (built.get(id) !== version && !(await records.session(id))?.running) return true
  return false
}

/** Waits; ends early when `signal` aborts. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  wait(milliseconds, undefined, { signal }).catch(() => {})
