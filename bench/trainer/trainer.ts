/**
 * `pnpm bench trainer`: the trainer's speed compared with a plain model of the same shape, the overhead of a run, the
 * demo preset's result with default and tuned constants, whether a changed learning rate is detectable, and what scoring
 * by the evaluator costs.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { mean, median } from 'simple-statistics'
import { z } from 'zod'
import { withConstant } from '../../scripts/analysis/source/constants.ts'
import { Failure } from '../../scripts/lib/errors.ts'
import { parseJson } from '../../scripts/lib/files/read.ts'
import { notebook } from '../../scripts/lib/paths.ts'
import { openTerminal } from '../../scripts/lib/terminal/terminal.ts'
import { sanitizeText } from '../../scripts/lib/text.ts'
import { ensureTrainer } from '../../scripts/lib/trainer.ts'
import { runEnvironment } from '../../scripts/ratchet/train/environment.ts'
import { lastBlock, numbersOf } from '../../scripts/ratchet/train/measure/summary.ts'
import { pooledVariance } from '../../scripts/stats/noise.ts'

/** Best constants found on two cores for the CPU preset, as after a few demo sessions. */
const TUNED = { LR_SCALE: '1.0', TOTAL_BATCH_SIZE: '2**11', FINAL_LR_FRAC: '0.1' }

const DEMO = { budget: 6, seeds: [1, 2, 3, 4, 5] }

/** @param args.seed first seed of the runs */
export async function benchTrainer({ seed = 1, json = false }: { seed?: number; json?: boolean }): Promise<void> {
  await ensureTrainer(openTerminal(process.stderr))
  const trained = await openTrainerCopy()
  try {
    await trained({}, 1, seed) // warm up: data and caches
    const results = { speed: await speed(), ...(await quality(trained, seed)), evaluation: await evaluation() }
    process.stdout.write(json ? `${JSON.stringify(results)}\n` : text(results))
  } finally {
    await trained.close()
  }
}

const sideSchema = z.object({
  tokens: z.number(),
  seconds: z.number(),
  /** CPU seconds, less sensitive to other load; of the host only, not a GPU. */
  cpu: z.number(),
  parameters: z.number(),
})
type Side = z.infer<typeof sideSchema>

/** Tokens per second; medians over runs in ABBA order, so that a machine that slows down favours neither. */
async function speed() {
  const sides: Record<'ours' | 'plain', Side[]> = { ours: [], plain: [] }
  for (const side of ['ours', 'plain', 'plain', 'ours', 'ours', 'plain'] as const) {
    const script = join(notebook, 'bench/trainer/plain.py')
    const { stdout } = await python([script, side, '8'], {})
    sides[side].push(parseJson(`What ${script} printed`, stdout, sideSchema))
  }
  const rate = (side: Side[], by: 'seconds' | 'cpu') => median(side.map(run => run.tokens / run[by]))
  return {
    ours: rate(sides.ours, 'seconds'),
    plain: rate(sides.plain, 'seconds'),
    byTime: rate(sides.ours, 'seconds') / rate(sides.plain, 'seconds'),
    byCpu: rate(sides.ours, 'cpu') / rate(sides.plain, 'cpu'),
    parameters: { ours: sides.ours[0]?.parameters ?? null, plain: sides.plain[0]?.parameters ?? null },
  }
}

const evaluatedSchema = z.object({ seconds: z.number(), processor: z.number() })
const evaluationsSchema = z.object({
  rows: z.number(),
  own: z.array(evaluatedSchema),
  evaluator: z.array(evaluatedSchema.extend({ evaluator_processor: z.number() })),
})

/** Wall and processor time of evaluations by the evaluator, relative to those in the run's own process; medians of pairs. */
async function evaluation() {
  const script = join(notebook, 'bench/trainer/evaluating.py')
  const { stdout } = await python([script], {})
  const { rows, own, evaluator } = parseJson(`What ${script} printed`, stdout, evaluationsSchema)
  const pairs = evaluator.map((other, i) => ({ other, self: own[i] ?? { seconds: Number.NaN, processor: Number.NaN } }))
  return {
    rows,
    own: median(own.map(side => side.seconds)),
    byTime: median(pairs.map(({ other, self }) => other.seconds / self.seconds)),
    byCpu: median(pairs.map(({ other, self }) => (other.processor + other.evaluator_processor) / self.processor)),
  }
}

interface Result {
  bpb: number
  /** Wall time of the process minus training, in seconds. */
  overhead: number
  steps: number
  /** As the preset or the constant has it. */
  lrScale: number
}

type Train = (constants: Record<string, string>, budget: number, seed: number) => Promise<Result>

async function quality(trained: Train, seed: number) {
  const untouched: Result[] = []
  const tuned: Result[] = []
  for (const i of [0, 1, 2]) {
    untouched.push(await trained({}, 10, seed + i))
    tuned.push(await trained(TUNED, 10, seed + i))
  }
  const raisedScale = String(Number((1.3 * (untouched[0]?.lrScale ?? Number.NaN)).toPrecision(3)))
  const same: Result[] = []
  const raised: Result[] = []
  for (const i of DEMO.seeds) {
    same.push(await trained({}, DEMO.budget, seed + i))
    raised.push(await trained({ LR_SCALE: raisedScale }, DEMO.budget, seed + i))
  }
  const all = [...untouched, ...tuned, ...same, ...raised]
  return {
    overhead: { median: median(all.map(run => run.overhead)), largest: Math.max(...all.map(run => run.overhead)) },
    tenSeconds: { untouched: untouched.map(run => run.bpb), best: tuned.map(run => run.bpb) },
    demo: { budget: DEMO.budget, start: same.map(run => run.bpb), steps: same.map(run => run.steps) },
    rate: compare(
      same.map(run => run.bpb),
      raised.map(run => run.bpb),
    ),
  }
}

/** Difference of means (b − a), its standard error, and the pooled σ of one run. */
export function compare(a: number[], b: number[]) {
  const sigma = Math.sqrt(pooledVariance([a, b]).variance)
  const error = sigma * Math.sqrt(1 / a.length + 1 / b.length)
  return { change: mean(b) - mean(a), error, sigma }
}

/** Trains copies of train.py with changed constants, as the harness would. */
async function openTrainerCopy(): Promise<Train & { close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-trainer-'))
  const source = await readFile(join(notebook, 'trainer/train.py'), 'utf8')
  const trained: Train = async (constants, budget, seed) => {
    let changed = source
    for (const [name, raw] of Object.entries(constants)) changed = withConstant(changed, name, raw)
    await writeFile(join(folder, 'train.py'), changed)
    const start = performance.now()
    const { stdout } = await python([join(folder, 'train.py')], {
      NIGHTSHIFT_BUDGET_S: String(budget),
      NIGHTSHIFT_SEED: String(seed),
      PYTHONPATH: join(notebook, 'trainer'),
    })
    const {
      val_bpb = Number.NaN,
      training_seconds = Number.NaN,
      num_steps = 0,
    } = numbersOf(lastBlock(stdout, 'val_bpb'))
    return {
      bpb: val_bpb,
      overhead: (performance.now() - start) / 1000 - training_seconds,
      steps: num_steps,
      lrScale: Number(/\bLR_SCALE = ([\d.e-]+)/.exec(stdout)?.[1]),
    }
  }
  return Object.assign(trained, { close: () => rm(folder, { recursive: true, force: true }) })
}

async function python(args: string[], variables: Record<string, string>) {
  const env = { ...runEnvironment({ env: [] }), ...variables }
  const result = await execa('python', args, { env, extendEnv: false, reject: false })
  if (result.failed)
    throw new Failure(
      `The trainer failed: ${sanitizeText(result.stderr.trim().split('\n').at(-1) || result.shortMessage || '')}`,
      'Run `python train.py` in trainer/ to see why.',
    )
  return result
}

type Results = {
  speed: Awaited<ReturnType<typeof speed>>
  evaluation: Awaited<ReturnType<typeof evaluation>>
} & Awaited<ReturnType<typeof quality>>

function text({ speed, overhead, tenSeconds, demo, rate, evaluation }: Results): string {
  const list = (values: number[]) => values.map(value => value.toFixed(3)).join(' ')
  const thousands = (value: number) => `${(value / 1000).toFixed(1)}k`
  const sure = Math.abs(rate.change) / rate.error
  return `tokens per second          ${thousands(speed.ours)}, a plain model ${thousands(speed.plain)}: ${speed.byTime.toFixed(2)} times (${speed.byCpu.toFixed(2)} by processor time)
overhead of a run          ${overhead.median.toFixed(1)} s, at most ${overhead.largest.toFixed(1)} s
val_bpb in 10 s            as it is ${list(tenSeconds.untouched)}; with ${tunedText} ${list(tenSeconds.best)}
val_bpb in ${demo.budget} s             ${list(demo.start)}, ${median(demo.steps)} steps
LR_SCALE 30% higher        ${rate.change.toFixed(3)} ± ${rate.error.toFixed(3)}: ${sure.toFixed(1)} standard errors over ${demo.start.length} seeds, σ ${rate.sigma.toFixed(4)}
evaluation of ${evaluation.rows} rows   ${evaluation.own.toFixed(1)} s in the run, by the evaluator ${evaluation.byTime.toFixed(2)} times (${evaluation.byCpu.toFixed(2)} by processor time; at most 1.5)
`
}

const tunedText = Object.entries(TUNED)
  .map(([name, raw]) => `${name} ${raw}`)
  .join(', ')
