/** How much memory this process takes before it collects what it no longer uses. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * V8 lets a heap grow to several times of what is in use where the machine has room: at 10,000 experiments half a
 * gigabyte more, for a twentieth of the time. No limit is set, so a notebook of any size can be built.
 */
export const growSlowly = (): void => setFlagsFromString('--heap-growing-percent=60')

/** At once, before another program needs the room. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}
