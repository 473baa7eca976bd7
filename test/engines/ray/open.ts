/** The engine `ray` on a cluster of the test's own, with a tiny base. */
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { Engine, Handle, Polled } from '../../../scripts/engines/engine.ts'
import type { Opening } from '../../../scripts/engines/open.ts'
import { openRay } from '../../../scripts/engines/ray/engine.ts'
import { fileEntry, tarEnd } from '../../../scripts/engines/remote/tar.ts'
import { type RaySpec, type Resources, storedEngine } from '../../../scripts/program/engine.ts'

export interface TestOptions {
  id?: string
  /** `.nightshift/<id>`. */
  work: string
  slots?: number
  spec: Partial<RaySpec>
  resources?: Resources
  purpose?: Opening['purpose']
}

export const newId = (): string => `s-${randomUUID().slice(0, 8)}`

export async function openTest({
  id = newId(),
  work,
  slots = 1,
  spec,
  resources = null,
  purpose = 'run',
}: TestOptions) {
  await mkdir(work, { recursive: true })
  return openRay(
    { ...(storedEngine.parse({ use: 'ray' }) as RaySpec), ...spec },
    {
      ...{ id, work, folder: work, resources, slots, purpose },
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
    },
  )
}

/** Waits until something holds, by looks at the engine. */
export async function until<T>(engine: Engine, what: string, holds: () => Promise<T | null> | T | null): Promise<T> {
  const latest = Date.now() + 60_000
  for (;;) {
    const found = await holds()
    if (found !== null) return found
    if (Date.now() > latest)
      throw new Error(`Not so after a minute: ${what}; ${JSON.stringify(engine.places.map(({ state }) => state))}`)
    await engine.changed()
  }
}

export const untilReady = (engine: Engine): Promise<string> =>
  until(engine, 'place 0 is ready', () => {
    const { state } = engine.places[0] ?? {}
    if (state?.kind === 'failed') throw new Error(state.reason)
    return state?.kind === 'ready' ? state.node : null
  })

export const untilState = <State extends Polled['state']>(engine: Engine, handle: Handle, state: State) =>
  until(engine, `${handle.key} is ${state}`, async () => {
    const polled = await engine.poll(handle)
    if (polled.state === state) return polled as Extract<Polled, { state: State }>
    if (polled.state === 'lost' || polled.state === 'ended') throw new Error(JSON.stringify(polled))
    return null
  })
