/** `pnpm bench tuner`: the built-in tuner against random search, on simulated targets and the real trainer. */
import { median } from 'simple-statistics'
import { createRandom } from '../../scripts/stats/random.ts'
import { randomSearch, type Search, searchSession, tunerSearch } from './searches.ts'
import { type Target, targets, valuesOf } from './targets.ts'
import { openTraining, type Training } from './training.ts'
import { benchWaves } from './waves.ts'

/** Settings for the real trainer; a run takes a few seconds on two idle cores. */
const TRAINING = { experiments: 8, sessions: 3, steps: 10 }

/** The largest wave is half of a session. */
const WAVES = { experiments: 64 }

export interface TunerRow {
  target: string
  experiments: number
  sessions: number
  /** True value of the start and of the final sources, to minimise; for simulated targets above the optimum, in σ. */
  start: number
  searches: { name: string; median: number; interval: [number, number] }[]
}

/** Searches, then prints tables or one JSON object. The simulated part is reproducible by seed. */
export async function benchTuner({
  sessions = 25,
  experiments = 40,
  seed = 1,
  json = false,
}: {
  sessions?: number
  experiments?: number
  seed?: number
  json?: boolean
}): Promise<void> {
  const synthetic = await benchSynthetic(sessions, experiments, seed)
  const waves = benchWaves({ sessions, experiments: WAVES.experiments, seed })
  if (!json) {
    process.stdout.write(text(synthetic, 'Loss over the optimum, in σ of a run'))
    for (const { target, size, assume, median } of waves)
      process.stdout.write(
        `${target}, ${WAVES.experiments} experiments in waves of ${size}, pending count as ${assume}: ${median.toPrecision(3)}\n`,
      )
  }
  const training = await openTraining(TRAINING.steps)
  try {
    const trained = await benchTraining(training, seed)
    process.stdout.write(
      json
        ? `${JSON.stringify({ seed, synthetic, waves, trained })}\n`
        : text([trained], `trainer/train.py, ${TRAINING.steps} steps a run: val_bpb of fresh seeds`),
    )
  } finally {
    await training.close()
  }
}

/** Sessions on simulated targets; all searches get the same noise. */
export async function benchSynthetic(sessions: number, experiments: number, seed: number): Promise<TunerRow[]> {
  const rows: TunerRow[] = []
  for (const target of targets) {
    const searches: TunerRow['searches'] = []
    for (const [name, make] of Object.entries(searchMethods(target.source, 1))) {
      const losses: number[] = []
      for (let session = 0; session < sessions; session++)
        losses.push(await simulate(target, make(seed + session), experiments, seed + session))
      searches.push({ name, ...summary(losses) })
    }
    const start = truth(target, target.source)
    rows.push({ target: target.name, experiments, sessions, start, searches })
  }
  return rows
}

/** @returns the true loss of the final source, in σ */
async function simulate(target: Target, search: Search, experiments: number, seed: number): Promise<number> {
  const random = createRandom(seed)
  const measure = (source: string) => {
    const noise = random.normal()
    const loss = target.loss(valuesOf(source))
    return loss === null ? null : loss + noise
  }
  return truth(target, await searchSession(target.source, measure, search, { experiments, sigma: 1 }))
}

const truth = (target: Target, source: string): number => target.loss(valuesOf(source)) ?? Number.NaN

const searchMethods = (start: string, sigma: number): Record<string, (seed: number) => Search> => ({
  tuner: () => tunerSearch(sigma),
  'random, one': seed => randomSearch(start, createRandom(1000 + seed), 'one'),
  'random, many': seed => randomSearch(start, createRandom(1000 + seed), 'many'),
})

/** Each session has its own seeds, the same for all searches. */
async function benchTraining({ source, run, sigma, mean }: Training, seed: number): Promise<TunerRow> {
  const all = Object.entries(searchMethods(source, sigma)).filter(([name]) => name !== 'random, many')
  const scores = new Map(all.map(([name]) => [name, [] as number[]]))
  for (let session = 0; session < TRAINING.sessions; session++)
    for (const [name, make] of all) {
      let number = 0
      const measure = (text: string) => run(text, 100 * (seed + session) + number++)
      const best = await searchSession(source, measure, make(seed + session), {
        experiments: TRAINING.experiments,
        sigma,
      })
      // Measured again on a fresh seed: the value it was kept for is biased by selection.
      const again = (await run(best, 9000 + session)) ?? Number.NaN
      scores.get(name)?.push(again)
      process.stderr.write(`session ${session + 1}, ${name}: ${again.toFixed(4)}\n`)
    }
  const searches = all.map(([name]) => ({ name, ...summary(scores.get(name) ?? []) }))
  return { target: 'training', experiments: TRAINING.experiments, sessions: TRAINING.sessions, start: mean, searches }
}

/**
 * Median with its 95% interval by order statistics (sign test); with five or fewer sessions the interval is the range.
 */
function summary(values: number[]): { median: number; interval: [number, number] } {
  const sorted = values.toSorted((a, b) => a - b)
  const n = sorted.length
  let [below, chance, k] = [0.5 ** n, 0.5 ** n, 0]
  while (below + chance * ((n - k) / (k + 1)) <= 0.025) {
    chance *= (n - k) / (k + 1)
    below += chance
    k++
  }
  return { median: median(sorted), interval: [sorted[k] ?? Number.NaN, sorted[n - 1 - k] ?? Number.NaN] }
}

function text(rows: TunerRow[], title: string): string {
  const digits = (value: number) => value.toPrecision(4)
  const head = ['target', 'experiments', 'sessions', 'start', ...(rows[0]?.searches.map(({ name }) => name) ?? [])]
  const lines = rows.map(row => [
    row.target,
    String(row.experiments),
    String(row.sessions),
    digits(row.start),
    ...row.searches.map(({ median, interval }) => `${digits(median)} (${interval.map(digits).join(' to ')})`),
  ])
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map(line => line[i]?.length ?? 0)))
  const table = [head, ...lines].map(line =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${title}: median (95% interval)\n\n${table.join('\n')}\n\n`
}
