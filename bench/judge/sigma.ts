/** σ: whether its 95% interval holds the true σ. */
import { loopNoise, withConfirmRuns } from '../../scripts/analysis/noise/noise.ts'
import type { Noise } from '../../scripts/record/schema.ts'
import { headOf } from './confirm.ts'
import { earlierSession } from './earlier.ts'
import { laws } from './laws.ts'
import { type Check, meanOf, type Requirement, shareOf } from './requirement.ts'
import { addRuns, defaults, simulateSession } from './session.ts'

const topic = 'σ'

/** The head is run again every 24 runs. */
export const sigmaCheck: Check = (scale, random) => {
  const cases = Math.ceil(2500 * scale)
  const rows: Requirement[] = []
  for (const [law, experiments, slots] of [
    ['mar8-like', 30, 1],
    ['mar8-like', 100, 1],
    ['half null', 100, 1],
    ['half null', 100, 8],
  ] as const) {
    const found = { loop: 0, confirm: 0, half: 0, halfConfirm: 0, same: 0, twice: 0 }
    const sigmas: number[] = []
    for (let i = 0; i < cases; i++) {
      const draw = (r: typeof random) => ({ effect: laws[law](r), linesAdded: 1, linesRemoved: 1 })
      const session = simulateSession(random, { ...defaults, slots, experiments, draw })
      const [half, same, twice] = [0.5, 1, 2].map(ratio => [earlierSession(random, ratio)])
      sigmas.push(session.noise?.sigma ?? 0)
      if (holds(session.noise)) found.loop++
      if (holds(loopNoise(session.experiments, same))) found.same++
      if (holds(loopNoise(session.experiments, twice))) found.twice++
      const halfNoise = loopNoise(session.experiments, half)
      if (holds(halfNoise)) found.half++
      for (const number of new Set([0, headOf(session).number])) addRuns(session, number, 'confirm', 3)
      if (holds(withConfirmRuns(session.noise, session.experiments))) found.confirm++
      if (holds(withConfirmRuns(halfNoise, session.experiments))) found.halfConfirm++
    }
    const about = `${law}, ${experiments} experiments, ${slots === 1 ? '1 slot' : `${slots} slots`}`
    const covers = (what: string, hits: number, asked: Requirement['asked'] = { at: 'least', limit: 0.93 }) =>
      shareOf({ topic, measured: `95% interval covers, ${what}, ${about}`, asked }, hits, cases)
    rows.push(
      covers('loop', found.loop),
      covers('with confirm', found.confirm),
      covers('earlier sessions half as noisy', found.half),
      covers('earlier sessions half as noisy, with confirm', found.halfConfirm),
      covers('earlier sessions as noisy', found.same),
      covers('earlier sessions twice as noisy', found.twice, null),
      rootOf(
        meanOf(
          { topic, measured: `root mean square of σ's estimate, ${about}`, asked: null },
          sigmas.map(s => s ** 2),
        ),
      ),
    )
  }
  return rows
}

const holds = (noise: Noise | null): boolean => {
  const [low, high] = noise?.interval ?? [2, 0]
  return low <= 1 && 1 <= high
}

/** The root of a mean, with its error by the derivative. */
const rootOf = (row: Requirement): Requirement => ({
  ...row,
  value: Math.sqrt(row.value),
  error: row.error === null ? null : row.error / (2 * Math.sqrt(row.value)),
})
