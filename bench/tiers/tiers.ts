/**
 * `pnpm bench tiers`: one tier against two for the same GPU time. Two tiers screen each candidate with a part of the budget, and
 * run those that win there in full; only the full run decides. Effects are drawn from laws; what a short run says of a full one
 * is set by how the true effects of both correlate and by the noise of a short run.
 */
import { mean } from 'simple-statistics'
import { decide } from '../../scripts/ratchet/decide.ts'
import { createRandom, type Random } from '../../scripts/stats/random.ts'
import { type LawName, laws } from '../judge/laws.ts'
import { printTable } from '../table.ts'

/** GPU time of a session in full runs. */
const LENGTH = 100
/** Of the budget of a full run. */
const SCREEN = 0.2
/** Start and evaluation of any run, in budgets of a full run: 30 s of 300 s. */
const AROUND = 0.1
/** Run lengths, start and evaluation included, in those of a full run. */
const SHORT = (SCREEN + AROUND) / (1 + AROUND)
const LAWS: LawName[] = ['mar8-like', 'small gains', 'half null']
/** Correlation of a change's true effect in short runs with that in full ones. */
const CORRELATIONS = [1, 0.9, 0.8, 0.7, 0.5, 0.3]
/** Standard deviation of a short run over that of a full one, each in the spread of true effects at its length. */
const NOISES = [1, 2]
/** A candidate is run in full where it is better in the screen by more than so many σ of a short run. */
const MARGINS = [-1, 0, 1]

interface Screen {
  correlation: number
  noise: number
  margin: number
}

interface Row {
  law: LawName
  /** null: one tier. */
  screen: Screen | null
  /** True gain, in σ of a full run, with its standard error. */
  gain: number
  error: number
  /** Candidates that an agent had to propose. */
  proposed: number
}

export function benchTiers({
  sessions = 400,
  seed = 1,
  json = false,
}: {
  sessions?: number
  seed?: number
  json?: boolean
}): void {
  const rows = tierRows(sessions, seed)
  if (json) process.stdout.write(`${JSON.stringify({ seed, length: LENGTH, screen: SCREEN, rows })}\n`)
  else process.stdout.write(text(rows))
}

export function tierRows(sessions: number, seed: number): Row[] {
  const settings = CORRELATIONS.flatMap(correlation =>
    NOISES.flatMap(noise => MARGINS.map(margin => ({ correlation, noise, margin }))),
  )
  return LAWS.flatMap(law => [null, ...settings].map(screen => rowOf(law, screen, sessions, seed)))
}

function rowOf(law: LawName, screen: Screen | null, sessions: number, seed: number): Row {
  const spread = spreadOf(law)
  // Each setting starts from the seed, so that all see like candidates.
  const random = createRandom(seed)
  const all = Array.from({ length: sessions }, () => session(law, screen, spread, random))
  const gains = all.map(({ gain }) => gain)
  const gain = mean(gains)
  const squares = gains.reduce((sum, each) => sum + (each - gain) ** 2, 0)
  const error = Math.sqrt(squares / Math.max(1, sessions - 1) / sessions)
  return { law, screen, gain, error, proposed: mean(all.map(({ proposed }) => proposed)) }
}

/** @returns the true gain of the head over the baseline, and how many candidates were made */
function session(law: LawName, screen: Screen | null, spread: number, random: Random) {
  let [left, proposed, gain] = [LENGTH - 1, 0, 0]
  let head = random.normal()
  let best = head
  // The head's own short run, which candidates are compared with there; one more for each new head.
  let short = screen ? screen.noise * random.normal() : 0
  if (screen) left -= SHORT
  for (;;) {
    const effect = laws[law](random)
    proposed++
    if (screen !== null) {
      if (left < SHORT) return { gain, proposed }
      left -= SHORT
      const { correlation, noise, margin } = screen
      const other = spread * Math.sqrt(1 - correlation ** 2) * random.normal()
      const measured = correlation * effect + other + noise * random.normal()
      if (measured - short <= margin * noise) continue
    }
    if (left < 1) return { gain, proposed }
    left -= 1
    const value = -(gain + effect) + random.normal()
    if (!isKept(value, head, best)) continue
    gain += effect
    head = value
    best = Math.min(best, value)
    if (screen !== null) {
      left -= SHORT
      short = screen.noise * random.normal()
    }
  }
}

const isKept = (value: number, head: number, best: number): boolean =>
  decide({
    goal: 'minimize',
    candidate: [value],
    head,
    best,
    sigma: 1,
    linesAdded: 1,
    linesRemoved: 1,
    policy: { lineCost: 0.1, repeat: 'never' },
  }).verdict === 'keep'

/** Robust standard deviation of a law's effects: few large ones are not the usual. */
function spreadOf(law: LawName): number {
  const random = createRandom(7)
  const effects = Array.from({ length: 4000 }, () => laws[law](random)).sort((a, b) => a - b)
  return ((effects[3360] ?? 0) - (effects[640] ?? 0)) / 2
}

/** Of each law and noise: the gain of one tier, and by correlation that of two over it, with the best margin. */
function text(rows: Row[]): string {
  const lines = LAWS.flatMap(law => {
    const one = rows.find(row => row.law === law && row.screen === null)
    return NOISES.map(noise => {
      const cells = CORRELATIONS.map(correlation => {
        const [best] = rows
          .filter(row => row.law === law && row.screen?.correlation === correlation && row.screen.noise === noise)
          .sort((a, b) => b.gain - a.gain)
        const ratio = (best?.gain ?? 0) / (one?.gain ?? 1)
        return `${ratio.toFixed(2)} (${best?.screen?.margin} σ, ${Math.round(best?.proposed ?? 0)})`
      })
      return [law, `${noise}`, `${one?.gain.toFixed(1)} ± ${one?.error.toFixed(1)}`, ...cells]
    })
  })
  const head = ['law', 'noise', 'one tier, σ', ...CORRELATIONS.map(correlation => `correlation ${correlation}`)]
  return (
    `GPU time of ${LENGTH} full runs; a short run has ${100 * SCREEN}% of the budget, and with start and evaluation takes ${Math.round(100 * SHORT)}% of the time. Gain of two tiers over that of one, with the best margin and the candidates that were proposed (one tier: ${LENGTH - 1}).\n\n` +
    `${printTable(head, lines)}\n`
  )
}
