/** Whether chances and intervals mean what they say, on sessions whose truth is known. */
import { probabilitiesReal } from '../../scripts/stats/chance.ts'
import { confirmedHoldout, confirmGain } from '../../scripts/stats/confirm.ts'
import type { Random } from '../../scripts/stats/random.ts'
import type { SimulatedSession } from './session.ts'

export const confirmSeeds = 2
/** Degrees of freedom that earlier sessions lend at most (stats/noise.ts). */
const earlierDf = 12

/** Keeps of the less-than sessions whose chance fell between `from` and the next bin. */
export interface CalibrationRow {
  sigma: number
  /** Which sessions, and whether the chances were given the true σ or the one that three seeds showed. */
  sessions: 'true σ' | 'σ of 3 seeds' | 'barren, true σ'
  bins: { from: number; keeps: number; predicted: number; real: number }[]
}

export interface CoverageRow {
  sigma: number
  noise: string
  /** Share of 95% intervals that hold the true gain, and their mean half width. */
  covered: number
  halfWidth: number
}

/** Chances of the keeps of these sessions against the truth, by fifths. */
export function calibrate(
  sessions: SimulatedSession[],
  sigmaOf: (session: SimulatedSession) => number,
): CalibrationRow['bins'] {
  const bins = [0, 0.2, 0.4, 0.6, 0.8].map(from => ({ from, keeps: 0, predicted: 0, real: 0 }))
  for (const session of sessions)
    for (const [i, chance] of probabilitiesReal(session.judged, sigmaOf(session)).entries()) {
      const judged = session.judged[i]
      const bin = bins[Math.min(4, Math.floor((chance ?? 0) * 5))]
      if (!judged?.kept || !bin || chance === null) continue
      bin.keeps++
      bin.predicted += chance
      bin.real += judged.effect > 0 ? 1 : 0
    }
  return bins.map(bin => ({ ...bin, predicted: bin.predicted / bin.keeps, real: bin.real / bin.keeps }))
}

/** Confirm with two seeds each, for the heads of these sessions; the noise estimates of `noises` hold none of them. */
export function cover(sessions: SimulatedSession[], sigma: number, random: Random): CoverageRow[] {
  const runs = (truth: number) => Array.from({ length: confirmSeeds }, () => truth + sigma * random.normal())
  const earlier = () => {
    const squares = Array.from({ length: earlierDf }, () => random.normal() ** 2)
    return sigma ** 2 * squares.reduce((sum, square) => sum + square, 0)
  }
  const noises = {
    'σ of 3 seeds': ({ sigmaHat }: SimulatedSession) => ({ sigma: sigmaHat, df: 2 }),
    'and earlier sessions': ({ sigmaHat }: SimulatedSession) => ({
      sigma: Math.sqrt((2 * sigmaHat ** 2 + earlier()) / (2 + earlierDf)),
      df: 2 + earlierDf,
    }),
    'holdout, none': () => null,
  }
  return Object.entries(noises).map(([noise, noiseOf]) => {
    const confirmed = sessions.map(session => {
      const pair = { baseline: runs(0), head: runs(-session.gain) }
      const known = noiseOf(session)
      const found = known ? confirmGain(pair, 'minimize', known) : confirmedHoldout(pair, 'minimize')
      const [low, high] = found?.interval ?? [Number.NaN, Number.NaN]
      return { covered: low <= session.gain && session.gain <= high, half: (high - low) / 2 }
    })
    const halfWidth = confirmed.reduce((sum, { half }) => sum + half, 0) / sessions.length
    return { sigma, noise, covered: confirmed.filter(({ covered }) => covered).length / sessions.length, halfWidth }
  })
}
