/** `pnpm bench judge`: what the decision, the chances and the confirmed gain are worth, where the truth is known. */
import type { Policy } from '../ratchet/decide.ts'
import { chances } from '../stats/chance.ts'
import { confirmedHoldout, confirmGain } from '../stats/confirm.ts'
import { createRandom, type Random } from '../stats/random.ts'
import { afterOpening, barren, changesOfLedger, type Draw, ledgerClaim, ledgerLength } from './ledger.ts'
import { type Night, simulateNight } from './night.ts'

/** σ of the ledger's own trainer, and of one four times as noisy. */
const sigmas = [0.0005, 0.002]
const rules: { name: string; policy: Policy | null }[] = [
  { name: 'less-than', policy: null },
  { name: 'with line cost', policy: { lineCost: 0.1, repeat: 'never' } },
  { name: 'with repeats', policy: { lineCost: 0.1, repeat: 'marginal' } },
]
const confirmSeeds = 2
/** Degrees of freedom that earlier nights lend at most (stats/noise.ts). */
const earlierDf = 12

export interface RuleRow {
  /** Whether the night begins as the ledger did, with plain gains to be had, or after that: untuned, tuned. */
  start: string
  sigma: number
  rule: string
  /** Means over the nights, in units of the metric. */
  gain: number
  claimed: number
  keeps: number
  /** Share of keeps whose true gain is not above zero though they made the file no shorter. */
  useless: number
  experiments: number
  runs: number
}

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

export interface JudgeBench {
  nights: number
  seed: number
  rules: RuleRow[]
  calibration: CalibrationRow[]
  coverage: CoverageRow[]
}

/** Simulates, then prints tables, or one JSON object. The same seed prints the same. */
export async function judge(args: { nights?: number; seed?: number; json?: boolean }): Promise<void> {
  const result = benchJudge(args.nights ?? 1000, args.seed ?? 1)
  process.stdout.write(args.json ? `${JSON.stringify(result, null, 2)}\n` : text(result))
}

/** Chances are fitted to one night in 25, since a fit takes a hundred times as long as a night. */
export function benchJudge(nights: number, seed: number): JudgeBench {
  const draw = changesOfLedger()
  const result: JudgeBench = { nights, seed, rules: [], calibration: [], coverage: [] }
  for (const sigma of sigmas) {
    for (const [start, from] of Object.entries({ untuned: draw, tuned: afterOpening(draw) }))
      for (const { name, policy } of rules)
        result.rules.push(ruleRow({ start, sigma, rule: name }, simulate(from, sigma, policy, nights, seed)))
    const plain = simulate(draw, sigma, null, nights, seed)
    const some = plain.slice(0, Math.ceil(nights / 25))
    const bare = simulate(barren(draw), sigma, null, some.length, seed)
    result.calibration.push({ sigma, nights: 'true σ', bins: calibrate(some, () => sigma) })
    result.calibration.push({ sigma, nights: 'σ of 3 seeds', bins: calibrate(some, night => night.sigmaHat) })
    result.calibration.push({ sigma, nights: 'barren, true σ', bins: calibrate(bare, () => sigma) })
    result.coverage.push(...cover(plain, sigma, createRandom(seed)))
  }
  return result
}

function simulate(draw: Draw, sigma: number, policy: Policy | null, nights: number, seed: number): Night[] {
  const random = createRandom(seed)
  return Array.from({ length: nights }, () => simulateNight(random, draw, { sigma, policy, runs: ledgerLength }))
}

function ruleRow(of: Pick<RuleRow, 'start' | 'sigma' | 'rule'>, nights: Night[]): RuleRow {
  const per = (count: (night: Night) => number) => nights.reduce((sum, night) => sum + count(night), 0) / nights.length
  const kept = (night: Night) => night.judged.filter(judged => judged.kept)
  const keeps = per(night => kept(night).length)
  return {
    ...of,
    gain: per(night => night.gain),
    claimed: per(night => night.claimed),
    keeps,
    useless: per(night => kept(night).filter(one => one.effect <= 0 && one.netLines >= 0).length) / keeps,
    experiments: per(night => night.judged.length),
    runs: ledgerLength,
  }
}

function calibrate(nights: Night[], sigmaOf: (night: Night) => number): CalibrationRow['bins'] {
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

/** Two seeds each, for the tips of these nights; the noise estimates of `noises` hold none of them. */
function cover(nights: Night[], sigma: number, random: Random): CoverageRow[] {
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

function text({ nights, seed, rules, calibration, coverage }: JudgeBench): string {
  const share = (value: number) => (Number.isNaN(value) ? '–' : `${Math.round(value * 100)}%`)
  return [
    `${nights} nights of ${ledgerLength} runs, seed ${seed}; effects of karpathy's mar8 night, which claimed ` +
      `${ledgerClaim.gain.toFixed(4)} with ${ledgerClaim.keeps} keeps.\n`,
    table(
      ['start', 'σ', 'rule', 'true gain', 'claimed', 'claimed/true', 'keeps', 'useless', 'experiments', 'runs'],
      rules.map(row => [
        row.start,
        String(row.sigma),
        row.rule,
        row.gain.toFixed(4),
        row.claimed.toFixed(4),
        row.gain > 0 ? (row.claimed / row.gain).toFixed(2) : '–',
        row.keeps.toFixed(1),
        share(row.useless),
        row.experiments.toFixed(0),
        String(row.runs),
      ]),
    ),
    'Chance that a less-than keep is real: predicted / true (keeps)\n',
    table(
      ['σ', 'nights', '0–20%', '20–40%', '40–60%', '60–80%', '80–100%'],
      calibration.map(row => [
        String(row.sigma),
        row.nights,
        ...row.bins.map(bin => (bin.keeps === 0 ? '–' : `${share(bin.predicted)} / ${share(bin.real)} (${bin.keeps})`)),
      ]),
    ),
    `Confirmed gain, ${confirmSeeds} seeds each: 95% intervals that hold the true gain\n`,
    table(
      ['σ', 'noise known from', 'covered', 'mean half width'],
      coverage.map(row => [String(row.sigma), row.noise, share(row.covered), row.halfWidth.toFixed(5)]),
    ),
  ].join('\n')
}

function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map(row => row[i]?.length ?? 0)))
  return all.map(row => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd() + '\n').join('')
}
