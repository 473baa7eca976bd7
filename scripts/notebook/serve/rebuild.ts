/** When all pages are built again. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Builds, Built } from './build.ts'
import { type Records, shortHash, type Versions } from './records.ts'

export interface RebuildOptions {
  records: Pick<Records, 'versions' | 'session'>
  builds: Pick<Builds, 'next'>
  reportError: (error: unknown) => void
  signal: AbortSignal
  /** Milliseconds of which a look is five. */
  pace: number
}

/** All pages again, one build at a time, when a session that is over has changed and nothing changes any more. */
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
      // One that fails is not tried again before something has changed.
      built = versions
      replace(await builds.next(versions, true))
    } catch (error) {
      if (!signal.aborted) reportError(error)
    }
  }
}

/** A running session's own pages are drawn when they are asked for, and it has nothing to say yet on the others. */
async function isBehind(built: Versions, versions: Versions, records: RebuildOptions['records']): Promise<boolean> {
  for (const id of built.keys()) if (!versions.has(id)) return true
  for (const [id, version] of versions)
    if (built.get(id) !== version && !(await records.session(id))?.running) return true
  return false
}

/** Ends early when `signal` does. */
export const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  wait(milliseconds, undefined, { signal }).catch(() => {})
