/** The gain on the holdout, and how much smaller it is than on val. */

import { confirmedHoldout, confirmGain } from '../../scripts/stats/confirm.ts'
import { type HoldoutGap, holdoutGap, type SplitRun } from '../../scripts/stats/holdoutGap.ts'
import { pooledVariance } from '../../scripts/stats/noise.ts'
import type { Random } from '../../scripts/stats/random.ts'
import { extraPairs } from '../../scripts/stats/sequential.ts'
import { type Check, type Requirement, shareOf } from './requirement.ts'

const topic = 'holdout'

export const holdoutCheck: Check = (scale, random) => {
  const cases = Math.ceil(4000 * scale)
  return [
    ...[0, 0.5, 0.7, 0.9].map(correlation => gapPower(correlation, cases, random)),
    ...[0, 0.7].flatMap(correlation => [1, 4].map(calls => coverage(correlation, calls, cases, random))),
    ...[2, 3].map(pairs => unlikeWidths(pairs, cases, random)),
  ]
}

/** How often a gain that is 2σ smaller on the holdout shows, in three pairs. */
export function gapPower(correlation: number, cases: number, random: Random): Requirement {
  let found = 0
  for (let i = 0; i < cases; i++) {
    const runs = { baseline: [] as SplitRun[], head: [] as SplitRun[] }
    for (let k = 0; k < 3; k++) addPair(runs, { gain: 3, gap: 2, correlation }, random)
    if (holdoutGap(runs.baseline, runs.head, 'minimize')?.verdict === 'smaller') found++
  }
  const measured = `a gap of 2σ shows in 3 pairs, noise of val and holdout correlated ${correlation}`
  return shareOf({ topic, measured, asked: null }, found, cases)
}

/** How often all intervals of the gap hold, where confirm stops by val and calls by hand go on until the gap shows. */
function coverage(correlation: number, calls: number, cases: number, random: Random): Requirement {
  let held = 0
  for (let i = 0; i < cases; i++) {
    const runs = { baseline: [] as SplitRun[], head: [] as SplitRun[] }
    const noise = noiseOfThree(random)
    const [looks, ends, gaps]: [number[], number[], (HoldoutGap | null)[]] = [[], [], []]
    for (let call = 0; call < calls && (gaps.at(-1)?.verdict ?? 'inconclusive') === 'inconclusive'; call++) {
      const before = runs.head.length
      for (let k = 0; k < 3; k++) addPair(runs, { gain: 1, gap: 0, correlation }, random)
      for (let extra = extraPairs(3, before); ; extra--) {
        const val = { baseline: runs.baseline.map(run => run.val), head: runs.head.map(run => run.val) }
        const { verdict } = confirmGain(val, 'minimize', noise, looks)
        looks.push(runs.head.length)
        if (verdict !== 'inconclusive' || extra === 0) break
        addPair(runs, { gain: 1, gap: 0, correlation }, random)
      }
      gaps.push(holdoutGap(runs.baseline, runs.head, 'minimize', ends))
      ends.push(runs.head.length)
    }
    if (gaps.every(gap => gap?.verdict === 'inconclusive')) held++
  }
  const calling = calls === 1 ? 'one call, 3 to 6 pairs' : 'three more calls until it shows'
  // The first call has the full 5%, and the levels of the later ones are made for a first one of 3.3%.
  const asked = calls === 1 ? ({ at: 'least', limit: 0.94 } as const) : null
  return shareOf(
    { topic, measured: `the gap's intervals cover, ${calling}, correlated ${correlation}`, asked },
    held,
    cases,
  )
}

/** How often the intervals of val and holdout differ sixfold though the noise is the same. */
function unlikeWidths(pairs: number, cases: number, random: Random): Requirement {
  let found = 0
  for (let i = 0; i < cases; i++) {
    const runs = { baseline: [] as SplitRun[], head: [] as SplitRun[] }
    const planned = normals(2, random)
    const noise = noiseOf([random.normal(), ...planned])
    for (let k = 0; k < pairs; k++) addPair(runs, { gain: 1, gap: 0, correlation: 0 }, random)
    const of = (split: keyof SplitRun) => ({
      baseline: runs.baseline.map(run => run[split]),
      head: runs.head.map(run => run[split]),
    })
    const val = confirmGain({ ...of('val'), planned }, 'minimize', noise)
    const holdout = confirmedHoldout(of('holdout'), 'minimize')
    const ratio = width(holdout?.interval ?? [0, 0]) / width(val.interval)
    if (ratio > 6 || ratio < 1 / 6) found++
  }
  const measured = `widths of val and holdout differ sixfold at equal noise, ${pairs} pairs`
  return shareOf({ topic, measured, asked: { at: 'most', limit: 0.06 } }, found, cases)
}

interface Truth {
  /** Gain of the head on val, and how much smaller it is on the holdout. */
  gain: number
  gap: number
  /** Of the noise of the two within a run. */
  correlation: number
}

function addPair(runs: { baseline: SplitRun[]; head: SplitRun[] }, { gain, gap, correlation }: Truth, random: Random) {
  const draw = (val: number, holdout: number): SplitRun => {
    const shared = random.normal()
    const own = Math.sqrt(1 - correlation ** 2) * random.normal()
    return { val: val + shared, holdout: holdout + correlation * shared + own }
  }
  runs.baseline.push(draw(0, 0))
  runs.head.push(draw(-gain, gap - gain))
}

const width = ([low, high]: [number, number]): number => high - low
const normals = (count: number, random: Random): number[] => Array.from({ length: count }, () => random.normal())
const noiseOfThree = (random: Random) => noiseOf(normals(3, random))

function noiseOf(values: number[]): { sigma: number; df: number } {
  const { variance, df } = pooledVariance([values])
  return { sigma: Math.sqrt(variance), df }
}
