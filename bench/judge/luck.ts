/** What selection alone would claim: its estimate against sessions in which nothing has an effect. */

import { bestSingleRunOf } from '../../scripts/analysis/result/outcome.ts'
import { nullGainOf } from '../../scripts/analysis/result/selection.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { meanOf, type Requirement, shareOf } from './requirement.ts'
import { defaults, simulateSession } from './session.ts'

const SESSIONS = 2500
const lengths = [8, 30, 124]

export function benchLuck(scale: number, random: Random): Requirement[] {
  return lengths.flatMap(length => rowsOf(length, Math.ceil(SESSIONS * scale), random))
}

function rowsOf(length: number, sessions: number, random: Random): Requirement[] {
  const draw = () => ({ effect: 0, linesAdded: 1, linesRemoved: 1 })
  const found = Array.from({ length: sessions }, () => {
    const { experiments, noise } = simulateSession(random, { ...defaults, draw, experiments: length })
    const exact = nullGainOf(experiments, { sigma: defaults.sigma, interval: null })?.gain ?? 0
    const interval = nullGainOf(experiments, noise)?.interval ?? null
    // Of runs whose true value is 0, whichever came first.
    const best = -Math.min(...experiments.map(e => e.runs[0]?.metric ?? 0))
    const claim = bestSingleRunOf(experiments, 'minimize')?.gain ?? 0
    return { exact, best, claim, covered: interval !== null && interval[0] <= exact && exact <= interval[1] }
  })
  const about = (measured: string) => ({
    topic: 'luck',
    measured: `${measured}, all null, ${length} experiments`,
    asked: null,
  })
  return [
    meanOf(
      about('luck by the true σ'),
      found.map(({ exact }) => exact),
    ),
    meanOf(
      about('best of the single runs'),
      found.map(({ best }) => best),
    ),
    meanOf(
      about('claim of the head over the baseline'),
      found.map(({ claim }) => claim),
    ),
    shareOf(
      { ...about('interval of luck covers it'), asked: { at: 'least', limit: 0.93 } },
      found.filter(({ covered }) => covered).length,
      sessions,
    ),
  ]
}
