/** Waits for the states of an engine, and the smallest session that can be opened on one. */
import type { Engine, Handle, Polled } from '../../scripts/engines/engine.ts'
import type { Opening } from '../../scripts/engines/open.ts'
import { fileEntry, tarEnd } from '../../scripts/engines/remote/tar.ts'

/** What an engine is opened with: a base of one file, no evaluator. */
export const tinySession = {
  target: '',
  links: {},
  files: {
    base: async function* () {
      yield fileEntry('train.sh', 'echo base\n')
      yield tarEnd()
    },
    evaluation: null,
  },
  tell: () => {},
} satisfies Partial<Opening>

/** @param seconds after which a wait fails */
export function waits(seconds: number) {
  /** Waits until something holds, by looks at the engine. */
  async function until<T>(engine: Engine, what: string, holds: () => Promise<T | null> | T | null): Promise<T> {
    const latest = Date.now() + 1000 * seconds
    for (;;) {
      const found = await holds()
      if (found !== null) return found
      if (Date.now() > latest)
        throw new Error(
          `Not so after ${seconds} s: ${what}; ${JSON.stringify(engine.places.map(({ state }) => state))}`,
        )
      await engine.changed()
    }
  }

  const untilReady = (engine: Engine, place = 0): Promise<string> =>
    until(engine, `place ${place} is ready`, () => {
      const { state } = engine.places[place] ?? {}
      if (state?.kind === 'failed') throw new Error(state.reason)
      return state?.kind === 'ready' ? state.node : null
    })

  const untilState = <State extends Polled['state']>(engine: Engine, handle: Handle, state: State) =>
    until(engine, `${handle.key} is ${state}`, async () => {
      const polled = await engine.poll(handle)
      if (polled.state === state) return polled as Extract<Polled, { state: State }>
      if (polled.state === 'lost' || polled.state === 'ended') throw new Error(JSON.stringify(polled))
      return null
    })

  return { until, untilReady, untilState }
}
