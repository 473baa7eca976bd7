import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createRandom } from '../../../scripts/stats/random.ts'
import { nightshift } from '../../helpers/throwaway.ts'
import { args, checkWhole, finish, target } from './faults.ts'

/** How many instants; `pnpm bench faults` asks for more. */
const count = Number(process.env.NIGHTSHIFT_INSTANTS ?? 20)
/** About as long as the night takes here; a later kill finds it finished, which is an instant like any other. */
const nightMs = 3500

const random = createRandom(20261121)
const instants = Array.from({ length: count }, () => Math.round(random.uniform() * nightMs))

test.concurrent.for(instants)(
  'killed from outside after %i ms, a resumed night is whole',
  { timeout: 60_000 },
  async (ms, { onTestFinished }) => {
    const root = await target({}, onTestFinished)
    const session = nightshift(root, 'session', args)
    await Promise.race([wait(ms), session])
    session.kill('SIGKILL')
    const { signal, exitCode, stderr } = await session
    expect(signal === 'SIGKILL' || exitCode === 0, stderr).toBe(true)
    await finish(root)
    await checkWhole(root)
  },
)
