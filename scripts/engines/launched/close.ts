/** Ends the jobs of a session. */
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../../lib/errors.ts'
import { isKeyOf, prefixOf } from './keys.ts'
import type { Launcher } from './launcher.ts'

/** Seconds that jobs have to end. One that has not begun may end only when its turn comes. */
const patience = { running: 90, waiting: 10 }

/** Cancels all jobs of a session, waits until none runs, and removes them. @throws {Failure} when some do not end */
export async function closeJobs(launcher: Launcher, id: string): Promise<void> {
  const began = performance.now()
  const asked = new Set<string>()
  for (;;) {
    const seconds = (performance.now() - began) / 1000
    const listed = [...(await patient(() => launcher.list(prefixOf(id)), seconds))].filter(([key]) => isKeyOf(id, key))
    const live = listed.filter(([, { state }]) => state.state === 'waiting' || state.state === 'running')
    for (const [key, { job }] of live) {
      if (!asked.has(key)) await patient(() => launcher.cancel(job, key), seconds)
      asked.add(key)
    }
    for (const [key, { job }] of listed.filter(entry => !live.includes(entry)))
      await patient(() => launcher.remove(job, key), seconds)
    const running = live.filter(([, { state }]) => state.state === 'running')
    if (live.length === 0 || (running.length === 0 && seconds > patience.waiting)) return
    if (seconds > patience.running)
      throw new Failure(
        `Jobs of the session do not end: ${running.map(([, { job }]) => job).join(', ')}.`,
        `They are cancelled. ${launcher.name} says what they wait for.`,
      )
    await wait(500)
  }
}

/** A service that does not answer for a moment does not leave jobs behind. */
async function patient<T>(ask: () => Promise<T>, seconds: number): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Failure) || tries >= 5 || seconds > patience.running) throw error
    }
    await wait(1000)
  }
}
