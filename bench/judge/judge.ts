/**
 * `pnpm bench judge`: evaluates the decision rules, P(real) and the confirmed gain on simulated sessions with known
 * effects.
 */
import type { Policy } from '../../scripts/ratchet/decide.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { type CalibrationRow, CONFIRM_SEEDS, type CoverageRow, calibrationBins, intervalCoverage } from './honesty.ts'
import { afterOpening, barren, changesOfLedger, type Draw, LEDGER_CLAIM, LEDGER_LENGTH } from './ledger.ts'
import { benchLooks, type LooksRow } from './looks.ts'
import { type SimulatedSession, simulateSession } from './session.ts'

/** σ of the ledger's trainer, and of one four times as noisy. */
const SIGMAS = [0.0005, 0.002]
const rules: { name: string; policy: Policy | null }[] = [
  { name: 'less-than', policy: null },
  { name: 'with line cost', policy: { lineCost: 0.1, repeat: 'never' } },
  { name: 'with repeats', policy: { lineCost: 0.1, repeat: 'marginal' } },
]
export interface RuleRow {
  /** "untuned": starts with easy gains, as the ledger did; "tuned": starts after them. */
  start: string
  sigma: number
  rule: string
  /** Means over the sessions; gains in units of the metric. */
  gain: number
  claimed: number
  keeps: number
  /** Share of keeps with a true gain of zero or less that did not shorten the file. */
  useless: number
  experiments: number
  runs: number
}

export interface JudgeBench {
  sessions: number
  seed: number
  rules: RuleRow[]
  calibration: CalibrationRow[]
  coverage: CoverageRow[]
  looks: LooksRow[]
}

/** Simulates, then prints tables or one JSON object. The same seed gives the same output. */
export async function runJudgeBench(args: { sessions?: number; seed?: number; json?: boolean }): Promise<void> {
  const result = benchJudge(args.sessions ?? 1000, args.seed ?? 1)
  process.stdout.write(args.json ? `${JSON.stringify(result, null, 2)}\n` : text(result))
}

/** P(real) is fitted for one session in 25, since a fit takes a hundred times as long as a session. */
export function benchJudge(sessions: number, seed: number): JudgeBench {
  const draw = changesOfLedger()
  const result: JudgeBench = { sessions, seed, rules: [], calibration: [], coverage: [], looks: [] }
  for (const sigma of SIGMAS) {
    for (const [start, from] of Object.entries({ untuned: draw, tuned: afterOpening(draw) }))
      for (const { name, policy } of rules)
        result.rules.push(ruleRow({ start, sigma, rule: name }, simulate(from, sigma, policy, sessions, seed)))
    const plain = simulate(draw, sigma, null, sessions, seed)
    const some = plain.slice(0, Math.ceil(sessions / 25))
    const barrenSessions = simulate(barren(draw), sigma, null, some.length, seed)
    result.calibration.push({ sigma, sessions: 'true σ', bins: calibrationBins(some, () => sigma) })
    result.calibration.push({
      sigma,
      sessions: 'σ of 3 seeds',
      bins: calibrationBins(some, session => session.sigmaHat),
    })
    result.calibration.push({ sigma, sessions: 'barren, true σ', bins: calibrationBins(barrenSessions, () => sigma) })
    result.coverage.push(...intervalCoverage(plain, sigma, createRandom(seed)))
  }
  result.looks = benchLooks(2 * sessions, createRandom(seed))
  return result
}

function simulate(
  draw: Draw,
  sigma: number,
  policy: Policy | null,
  sessions: number,
  seed: number,
): SimulatedSession[] {
  const random = createRandom(seed)
  return Array.from({ length: sessions }, () => simulateSession(random, draw, { sigma, policy, runs: LEDGER_LENGTH }))
}

function ruleRow(of: Pick<RuleRow, 'start' | 'sigma' | 'rule'>, sessions: SimulatedSession[]): RuleRow {
  const per = (count: (session: SimulatedSession) => number) =>
    sessions.reduce((sum, session) => sum + count(session), 0) / sessions.length
  const kept = (session: SimulatedSession) => session.judged.filter(judged => judged.kept)
  const keeps = per(session => kept(session).length)
  return {
    ...of,
    gain: per(session => session.gain),
    claimed: per(session => session.claimed),
    keeps,
    useless: per(session => kept(session).filter(one => one.effect <= 0 && one.netLines >= 0).length) / keeps,
    experiments: per(session => session.judged.length),
    runs: LEDGER_LENGTH,
  }
}

function text({ sessions, seed, rules, calibration, coverage, looks }: JudgeBench): string {
  const share = (value: number) => (Number.isNaN(value) ? '–' : `${Math.round(value * 100)}%`)
  return [
    `${sessions} sessions of ${LEDGER_LENGTH} runs, seed ${seed}; effects of karpathy's mar8 session, which claimed ` +
      `${LEDGER_CLAIM.gain.toFixed(4)} with ${LEDGER_CLAIM.keeps} keeps.\n`,
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
      ['σ', 'sessions', '0–20%', '20–40%', '40–60%', '60–80%', '80–100%'],
      calibration.map(row => [
        String(row.sigma),
        row.sessions,
        ...row.bins.map(bin => (bin.keeps === 0 ? '–' : `${share(bin.predicted)} / ${share(bin.real)} (${bin.keeps})`)),
      ]),
    ),
    `Confirmed gain at the first look, ${CONFIRM_SEEDS} seeds each: intervals that hold the true gain\n`,
    table(
      ['σ', 'noise known from', 'covered', 'mean half width'],
      coverage.map(row => [String(row.sigma), row.noise, share(row.covered), row.halfWidth.toFixed(5)]),
    ),
    `Confirm over all its looks, ${2 * sessions} times a number: what it decides, and the pairs that it runs\n`,
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
