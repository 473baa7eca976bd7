/** Whether chances and intervals mean what they say, on nights whose truth is known. */
import { chances } from '../../scripts/stats/chance.ts'
import { confirmedHoldout, confirmGain } from '../../scripts/stats/confirm.ts'
import type { Random } from '../../scripts/stats/random.ts'
import type { Night } from './session.ts'

export const confirmSeeds = 2
/** Degrees of freedom that earlier nights lend at most (stats/noise.ts). */
const earlierDf = 12

/** Keeps of the less-than nights whose chance fell between `from` and the next bin. */
export interface CalibrationRow {
  sigma: number
  /** Which nights, and whether the chances were given the true σ or the one that three seeds showed. */
  nights: 'true σ' | 'σ of 3 seeds' | 'barren, true σ'
  bins: { from: number; keeps: number; predicted: number; real: number }[]
}

export interface CoverageRow {
  sigma: number
  noise: string
  /** Share of 95% intervals that hold the true gain, and their mean half width. */
  covered: number
  halfWidth: number
}

/** Chances of the keeps of these nights against the truth, by fifths. */
export function calibrate(nights: Night[], sigmaOf: (night: Night) => number): CalibrationRow['bins'] {
  const bins = [0, 0.2, 0.4, 0.6, 0.8].map(from => ({ from, keeps: 0, predicted: 0, real: 0 }))
  for (const night of nights)
    for (const [i, chance] of chances(night.judged, sigmaOf(night)).entries()) {
      const judged = night.judged[i]
      const bin = bins[Math.min(4, Math.floor((chance ?? 0) * 5))]
      if (!judged?.kept || !bin || chance === null) continue
      bin.keeps++
      bin.predicted += chance
      bin.real += judged.effect > 0 ? 1 : 0
    }
  return bins.map(bin => ({ ...bin, predicted: bin.predicted / bin.keeps, real: bin.real / bin.keeps }))
}

/** Confirm with two seeds each, for the tips of these nights; the noise estimates of `noises` hold none of them. */
export function cover(nights: Night[], sigma: number, random: Random): CoverageRow[] {
  const runs = (truth: number) => Array.from({ length: confirmSeeds }, () => truth + sigma * random.normal())
  const earlier = () => {
    const squares = Array.from({ length: earlierDf }, () => random.normal() ** 2)
    return sigma ** 2 * squares.reduce((sum, square) => sum + square, 0)
  }
  const noises = {
    'σ of 3 seeds': ({ sigmaHat }: Night) => ({ sigma: sigmaHat, df: 2 }),
    'and earlier nights': ({ sigmaHat }: Night) => ({
      sigma: Math.sqrt((2 * sigmaHat ** 2 + earlier()) / (2 + earlierDf)),
      df: 2 + earlierDf,
    }),
    'holdout, none': () => null,
  }
  return Object.entries(noises).map(([noise, noiseOf]) => {
    const confirmed = nights.map(night => {
      const pair = { baseline: runs(0), tip: runs(-night.gain) }
      const known = noiseOf(night)
      const found = known ? confirmGain(pair, 'minimize', known) : confirmedHoldout(pair, 'minimize')
      const [low, high] = found?.interval ?? [Number.NaN, Number.NaN]
      return { covered: low <= night.gain && night.gain <= high, half: (high - low) / 2 }
    })
    const halfWidth = confirmed.reduce((sum, { half }) => sum + half, 0) / nights.length
    return { sigma, noise, covered: confirmed.filter(({ covered }) => covered).length / nights.length, halfWidth }
  })
}
