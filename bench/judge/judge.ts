/** `pnpm bench judge`: what the decision, the chances and the confirmed gain are worth, where the truth is known. */
import type { Policy } from '../../scripts/ratchet/decide.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { type CalibrationRow, type CoverageRow, calibrate, confirmSeeds, cover } from './honesty.ts'
import { afterOpening, barren, changesOfLedger, type Draw, ledgerClaim, ledgerLength } from './ledger.ts'
import { benchLooks, type LooksRow } from './looks.ts'
import { type Night, simulateNight } from './session.ts'

/** σ of the ledger's own trainer, and of one four times as noisy. */
const sigmas = [0.0005, 0.002]
const rules: { name: string; policy: Policy | null }[] = [
  { name: 'less-than', policy: null },
  { name: 'with line cost', policy: { lineCost: 0.1, repeat: 'never' } },
  { name: 'with repeats', policy: { lineCost: 0.1, repeat: 'marginal' } },
]
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

export interface JudgeBench {
  nights: number
  seed: number
  rules: RuleRow[]
  calibration: CalibrationRow[]
  coverage: CoverageRow[]
  looks: LooksRow[]
}

/** Simulates, then prints tables, or one JSON object. The same seed prints the same. */
export async function judge(args: { nights?: number; seed?: number; json?: boolean }): Promise<void> {
  const result = benchJudge(args.nights ?? 1000, args.seed ?? 1)
  process.stdout.write(args.json ? `${JSON.stringify(result, null, 2)}\n` : text(result))
}

/** Chances are fitted to one night in 25, since a fit takes a hundred times as long as a night. */
export function benchJudge(nights: number, seed: number): JudgeBench {
  const draw = changesOfLedger()
  const result: JudgeBench = { nights, seed, rules: [], calibration: [], coverage: [], looks: [] }
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
  result.looks = benchLooks(2 * nights, createRandom(seed))
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

function text({ nights, seed, rules, calibration, coverage, looks }: JudgeBench): string {
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
    `Confirmed gain at the first look, ${confirmSeeds} seeds each: intervals that hold the true gain\n`,
    table(
      ['σ', 'noise known from', 'covered', 'mean half width'],
      coverage.map(row => [String(row.sigma), row.noise, share(row.covered), row.halfWidth.toFixed(5)]),
    ),
    `Confirm over all its looks, ${2 * nights} times a number: what it decides, and the pairs that it runs\n`,
    table(
      ['noise known from', 'confirm', 'no gain: decided', 'pairs', '1σ: better', 'pairs', '2σ: better', 'pairs'],
      looks.map(row => [
        row.noise,
        row.design,
        `${(row.error * 100).toFixed(1)}%`,
        row.errorPairs.toFixed(1),
        ...[0, 1].flatMap(i => [share(row.power[i] ?? 0), (row.pairs[i] ?? 0).toFixed(1)]),
      ]),
    ),
  ].join('\n')
}

function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map(row => row[i]?.length ?? 0)))
  return all.map(row => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd() + '\n').join('')
}
