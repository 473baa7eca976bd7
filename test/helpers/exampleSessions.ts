/** Example sessions for the site's tests: deterministic, valid by the schemas, and with typical defects. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hash as textHash } from '../../scripts/program/read.ts'
import { files } from '../../scripts/record/files/paths.ts'
import { keepProse } from '../../scripts/record/files/prose.ts'
import {
  type OwnExperiment,
  type OwnSession,
  ownExperimentSchema,
  ownSessionSchema,
} from '../../scripts/record/schema.ts'
import { writeReport } from '../../scripts/report/write.ts'

export interface SessionOptions {
  id: string
  experiments: number
  metric?: OwnSession['metric']
  /** Metric of the baseline, and the size of a good change. */
  baseline?: number
  step?: number
  sigma?: number | null
  startedAt?: string
  /** Omits the end, the digest and the report. */
  running?: boolean
  /** Makes every candidate worse. */
  hopeless?: boolean
  /** Result of confirm; null: confirm has not run. */
  confirmed?: 'better' | 'inconclusive' | 'worse' | null
  /** Descriptions by experiment number; the others are generated. */
  descriptions?: Record<number, string>
  /** Versions of program.md's prose, stored with the session; each is used for an equal part of it. */
  prose?: string[]
  /** Cost of each experiment's proposal. */
  costUsd?: number
}

export const hostile: Record<number, string> = {
  2: '<script>window.pwned = 1</script>',
  3: '\u001b[31mred\u001b[0m "><img src=x onerror="window.pwned=1"> \u202eturned round',
  5: "</svg><svg onload='window.pwned=1'>",
  6: '{{constructor}} `rm -rf` &lt;b&gt; &amp;',
}

/** Ids of the example sessions, by their special property. */
export const sessions = {
  demo: '2026-11-16-cpu-abcd-nov16',
  long: '2026-11-17-h100-kqzt-nov17',
  accuracy: '2026-11-18-cpu-abcd-nov18',
  nothing: '2026-11-19-cpu-abcd-nov19',
  last: '2026-11-20-h100-kqzt-nov20',
  running: '2026-11-21-h100-kqzt-nov21',
  broken: '2026-11-15-torn',
}

/** Writes all example sessions to a folder. */
export async function writeNotebook(root: string): Promise<void> {
  const accuracy = { name: 'accuracy', goal: 'maximize', unit: null, holdout: 'holdout_accuracy' } as const
  const at = (day: number) => `2026-11-${day}T22:03:10Z`
  await writeSession(root, {
    id: sessions.demo,
    experiments: 9,
    baseline: 2.42,
    step: 0.06,
    sigma: 0.004,
    startedAt: at(16),
  })
  await writeSession(root, { id: sessions.long, experiments: 126, startedAt: at(17), descriptions: hostile })
  await writeSession(root, {
    id: sessions.accuracy,
    experiments: 14,
    metric: accuracy,
    baseline: 0.912,
    step: 0.006,
    sigma: 0.001,
    startedAt: at(18),
    confirmed: 'inconclusive',
  })
  await writeSession(root, {
    id: sessions.nothing,
    experiments: 5,
    hopeless: true,
    sigma: 0,
    startedAt: at(19),
    confirmed: null,
  })
  await writeSession(root, { id: sessions.last, experiments: 40, startedAt: at(20), descriptions: hostile })
  await writeSession(root, { id: sessions.running, experiments: 3, running: true, startedAt: at(21), confirmed: null })
  await mkdir(join(root, sessions.broken), { recursive: true })
  await writeFile(files.session(join(root, sessions.broken)), '{"schema": 1, "id": "torn')
}

/** Writes one session and returns its records. */
export async function writeSession(
  root: string,
  options: SessionOptions,
): Promise<{ session: OwnSession; experiments: OwnExperiment[] }> {
  const folder = join(root, options.id)
  const { session, experiments } = simulate(options)
  await mkdir(folder, { recursive: true })
  await writeFile(files.session(folder), JSON.stringify(session, null, 2))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  await writeFile(files.results(folder), results(session, experiments))
  for (const e of experiments) await writeRuns(folder, e)
  for (const text of options.prose ?? []) await keepProse(folder, text, textHash(text))
  if (!options.running) await writeReport(folder)
  return { session, experiments }
}

const names = ['LEARNING_RATE', 'WARMUP', 'WEIGHT_DECAY', 'DEPTH', 'BATCH_SIZE', 'BETA2', 'CLIP', 'HEADS']

/** Simulates a session: a candidate that is better is kept. */
export function simulate(options: SessionOptions): { session: OwnSession; experiments: OwnExperiment[] } {
  const { baseline = 0.9979, step = 0.006, sigma = 0.0005, hopeless = false } = options
  const session = sessionOf(options)
  const sign = session.metric.goal === 'minimize' ? 1 : -1
  const random = generator(options.id.length + options.experiments)
  const experiments: OwnExperiment[] = []
  let best = { number: 0, value: baseline }
  for (let number = 0; number < options.experiments; number++) {
    const failed = number > 0 && random() < 0.06
    const luck = (random() + random() + random() - 1.5) * 2 * (sigma ?? 0)
    const effect = random() < 0.3 && !hopeless ? -step * random() * (6 / (6 + number)) : step * random() * 0.5
    const far = number > 2 && random() < 0.03 ? 30 * step : 0
    const value =
      number === 0
        ? baseline
        : best.value + sign * (Math.abs(luck) * (hopeless ? 1 : 0) + (hopeless ? 0 : luck) + effect + far)
    const kept = number === 0 || (!failed && sign * (best.value - value) > 0)
    experiments.push(record(session, options, number, failed ? null : value, kept, best, sigma))
    if (kept) best = { number, value }
  }
  confirm(session, experiments, options, random)
  return { session, experiments }
}

/** Three unused seeds of the baseline and of the head, on val and on the holdout. */
function confirm(
  session: OwnSession,
  experiments: OwnExperiment[],
  options: SessionOptions,
  random: () => number,
): void {
  const { confirmed = 'better', running = false, sigma = 0.0005 } = options
  const head = experiments.findLast(e => e.status === 'keep' && e.number > 0)
  const [first] = experiments
  if (confirmed === null || running || !head || !first) return
  const gain = (head.metric ?? 0) - (first.metric ?? 0)
  const share = { better: 0.96, inconclusive: 0.02, worse: -0.5 }[confirmed]
  for (const [e, value] of [
    [first, first.metric ?? 0],
    [head, (first.metric ?? 0) + share * gain],
  ] as const) {
    for (let seed = 0; seed < 3; seed++) {
      const metric = value + (random() - 0.5) * 2 * (sigma ?? 0)
      // The noise of the holdout is not that of val.
      const own = (seed - 1) * (sigma ?? 0) * (e === head ? 1 : -1)
      const holdout = metric + 0.01 - (e === head ? 0.02 * gain : 0) + own
      const k = e.runs.length + 1
      const run = runOf(e.number, metric, session, e.endedAt)
      e.runs.push({
        ...run,
        k,
        purpose: 'confirm',
        seed: 9000 + seed,
        holdout,
        startedAt: session.endedAt ?? e.endedAt,
      })
    }
  }
}

function record(
  session: OwnSession,
  options: SessionOptions,
  number: number,
  value: number | null,
  kept: boolean,
  best: { number: number; value: number },
  sigma: number | null,
): OwnExperiment {
  const name = names[number % names.length] ?? 'X'
  const startedAt = new Date(Date.parse(session.startedAt) + number * 330_000).toISOString()
  const failure = (['crash', 'timeout', 'refused', 'crash'] as const)[number % 4] ?? 'crash'
  const status = kept ? 'keep' : value === null ? failure : 'discard'
  const trained = status !== 'refused'
  const gain = value === null ? null : (best.value - value) * (session.metric.goal === 'minimize' ? 1 : -1)
  return ownExperimentSchema.parse({
    number,
    status,
    description:
      options.descriptions?.[number] ??
      (number === 0
        ? 'baseline'
        : `${name} ${number} to ${number * 2} (${status === 'keep' ? 'a good idea' : 'try it'})`),
    hypothesis: number === 0 ? null : `A larger ${name} lets the model <b>learn</b> more in the same time.`,
    reason: number === 0 ? 'It is where the session starts.' : reasonOf(status),
    agent: {
      use: number === 0 ? null : 'tuner',
      model: null,
      seconds: number === 0 ? 0 : 12,
      tokens: null,
      costUsd: number === 0 ? null : (options.costUsd ?? null),
    },
    proseHash: proseHash(options.prose, number / options.experiments),
    madeFrom: null,
    parent: number === 0 ? null : { number: best.number, commit: hash(best.number) },
    commit: trained ? hash(number) : null,
    tree: trained ? hash(number + 1000) : null,
    linesAdded: number === 0 ? 0 : 1,
    linesRemoved: number === 0 ? 0 : 1,
    metric: value,
    memoryMb: value === null ? null : 45_060,
    decision:
      value === null || gain === null || number === 0
        ? null
        : {
            verdict: status === 'keep' ? 'keep' : 'discard',
            reason: reasonOf(status),
            candidate: value,
            head: best.value,
            gain,
            needed: 0,
            sigma,
            linesAdded: 1,
            linesRemoved: 1,
          },
    startedAt,
    endedAt: new Date(Date.parse(startedAt) + 320_000).toISOString(),
    runs: trained ? [runOf(number, value, session, startedAt)] : [],
  })
}

/** Hash of the prose version for this part of the session; of a text that is not stored when no version is given. */
function proseHash(prose: string[] = [], part = 0): string {
  const text = prose[Math.floor(part * prose.length)]
  return text === undefined ? 'f'.repeat(64) : textHash(text)
}

const reasonOf = (status: string): string =>
  ({
    keep: 'It is better than the best.',
    discard: 'It is not better than the best.',
    crash: 'exit code 1: RuntimeError: CUDA out of memory',
    timeout: 'It ran past 600 s.',
    refused: 'It changed trainer/prepare.py, which is not in edit.',
  })[status] ?? ''

function runOf(
  number: number,
  value: number | null,
  session: OwnSession,
  startedAt: string,
): OwnExperiment['runs'][number] {
  const ok = value !== null
  return {
    k: 1,
    purpose: number === 0 ? 'baseline' : 'candidate',
    seed: 1337,
    commit: hash(number),
    startedAt,
    seconds: 308.4,
    outcome: ok ? 'ok' : 'crash',
    why: ok ? null : 'exit code 1',
    metric: value,
    holdout: null,
    summary: ok ? { [session.metric.name]: value, training_seconds: 300.1, peak_vram_mb: 45_060 } : {},
  }
}

function sessionOf({
  id,
  metric,
  sigma = 0.0005,
  startedAt = '2026-11-20T22:03:10Z',
  experiments,
  running,
  prose,
}: SessionOptions): OwnSession {
  const end = new Date(Date.parse(startedAt) + experiments * 330_000 + 600_000).toISOString()
  const gpu = id.includes('h100')
  return ownSessionSchema.parse({
    schema: 2,
    id,
    tag: id.split('-').at(-1) ?? id,
    program: 'program.md',
    contractHash: 'a'.repeat(64),
    proseHash: proseHash(prose),
    contract: { edit: ['trainer/train.py'], run: 'python train.py', seeds: 3 },
    metric: metric ?? { name: 'val_bpb', goal: 'minimize', unit: 'bits/byte', holdout: 'holdout_bpb' },
    budget: 300,
    machine: {
      label: gpu ? 'h100-kqzt' : 'cpu-abcd',
      gpu: gpu ? 'NVIDIA H100 80GB HBM3' : null,
      gpus: gpu ? 1 : 0,
      driver: gpu ? '570.86' : null,
      cpu: 'Example CPU',
      cores: 2,
      memoryMb: 64_000,
      os: 'Linux 6.1',
      python: '3.11.2',
      torch: '2.13.0',
    },
    agent: { use: 'tuner', model: null },
    branch: `autoresearch/${id}`,
    baseCommit: hash(0),
    data: { name: 'stdlib', fingerprint: '9f3c' },
    seedUse: { use: 'read', files: ['train.py'] },
    measurement: { evaluation: 'evaluation.py', command: null },
    sandboxes: [
      {
        from: startedAt,
        mechanism: 'bubblewrap',
        holds: { signals: true, processes: true, network: true, temporary: true },
        network: 'local',
        why: null,
      },
    ],
    noise:
      sigma === null
        ? null
        : { sigma, interval: sigma === 0 ? null : [sigma * 0.6, sigma * 2.1], df: 4, runs: 3, earlier: [] },
    startedAt,
    endedAt: running ? null : end,
    stop: running ? null : { kind: 'experiments', detail: `${experiments - 1} experiments were asked for.` },
  })
}

async function writeRuns(folder: string, e: OwnExperiment): Promise<void> {
  await mkdir(join(folder, 'runs', String(e.number).padStart(4, '0')), { recursive: true })
  if (e.number > 0) await writeFile(files.patch(folder, e.number), patch(e.number))
  for (const run of e.runs) {
    await mkdir(files.run(folder, e.number, run.k), { recursive: true })
    await writeFile(files.log(folder, e.number, run.k), log(e))
    const floor = 2.7 + (e.status === 'keep' ? 0 : 0.05) - e.number * 0.001
    const curve = Array.from(
      { length: 60 },
      (_, i) => `${i * 16},${i * 5},${(floor + 9.5 / (i * 16 + 8) ** 0.42).toFixed(5)}`,
    )
    await writeFile(files.curve(folder, e.number, run.k), `${curve.join('\n')}\n`)
  }
}

/** Changes a knob and another line; every eighth change is of the knob only, so that there is a curve. */
const patch = (n: number): string => {
  const name = names[n % names.length]
  const more = `-    return model.fit(steps)
+    loss = "a </script> in a string"
+    return model.fit(steps, loss)
`
  return `diff --git a/trainer/train.py b/trainer/train.py
index 1111111..2222222 100644
--- a/trainer/train.py
+++ b/trainer/train.py
@@ -40,4 +40,5 @@ import torch
 # optimizer <img src=x onerror="window.pwned=1">
-${name} = ${n}  # ~${n} a step
+${name} = ${n * 2}  # ~${n * 2} a step
 def train(model, steps):
${n % names.length === 0 ? '     return model.fit(steps)\n' : more}`
}

const log = (e: OwnExperiment): string => `step 1\rstep 2\rstep 3 | loss 2.91\u001b[0m <script>window.pwned=1</script>
${e.metric === null ? 'Traceback (most recent call last):\nRuntimeError: CUDA out of memory' : `---\nval_bpb:          ${e.metric.toFixed(6)}\ntraining_seconds: 300.1`}
`

const results = (session: OwnSession, experiments: OwnExperiment[]): string =>
  [
    `commit\t${session.metric.name}\tmemory_gb\tstatus\tdescription`,
    ...experiments.map(
      e =>
        `${e.commit?.slice(0, 7)}\t${(e.metric ?? 0).toFixed(6)}\t44.0\t${e.status}\t${JSON.stringify(e.description)}`,
    ),
    '',
  ].join('\n')

/** A fake commit hash of 40 digits that shows the number. */
const hash = (n: number): string => n.toString(16).padStart(8, 'c').repeat(5)

function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
