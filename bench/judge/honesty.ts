/** Checks the calibration of P(real) and the coverage of intervals, on sessions with known true effects. */
import { probabilitiesReal } from '../../scripts/stats/chance.ts'
import { confirmedHoldout, confirmGain } from '../../scripts/stats/confirm.ts'
import type { Random } from '../../scripts/stats/random.ts'
import type { SimulatedSession } from './session.ts'

export const CONFIRM_SEEDS = 2
/** Most degrees of freedom that earlier sessions contribute (stats/noise.ts). */
const EARLIER_DF = 12

/** Keeps of the less-than sessions, binned by P(real); each bin starts at `from`. */
export interface CalibrationRow {
  sigma: number
  /** Which sessions, and which σ P(real) was computed with: the true one, or the estimate from three seeds. */
  sessions: 'true σ' | 'σ of 3 seeds' | 'barren, true σ'
  bins: { from: number; keeps: number; predicted: number; real: number }[]
}

export interface CoverageRow {
  sigma: number
  noise: string
  /** Share of 95% intervals that contain the true gain, and their mean half width. */
  covered: number
  halfWidth: number
}

/** P(real) of these sessions' keeps against the truth, in five bins. */
export function calibrationBins(
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

/** Simulates confirm with two seeds for these sessions' heads. The noise estimates use none of the confirm runs. */
export function intervalCoverage(sessions: SimulatedSession[], sigma: number, random: Random): CoverageRow[] {
  const runs = (truth: number) => Array.from({ length: CONFIRM_SEEDS }, () => truth + sigma * random.normal())
  const earlier = () => {
    const squares = Array.from({ length: EARLIER_DF }, () => random.normal() ** 2)
    return sigma ** 2 * squares.reduce((sum, square) => sum + square, 0)
  }
  const noises = {
    'σ of 3 seeds': ({ sigmaHat }: SimulatedSession) => ({ sigma: sigmaHat, df: 2 }),
    'and earlier sessions': ({ sigmaHat }: SimulatedSession) => ({
      sigma: Math.sqrt((2 * sigmaHat ** 2 + earlier()) / (2 + EARLIER_DF)),
      df: 2 + EARLIER_DF,
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
