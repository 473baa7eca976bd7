/** Writes the records of a long simulated session, with patches and the edited file. */
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { files } from '../../scripts/record/files/paths.ts'
import { resultsHeader, resultsLine } from '../../scripts/record/files/results.ts'
import type { Experiment, Run, Session } from '../../scripts/record/schema.ts'
import { createRandom } from '../../scripts/stats/random.ts'
import { changesOfLedger, LEDGER_SIGMA } from '../judge/ledger.ts'
import { defaults, simulateSession } from '../judge/session.ts'

const names = [
  'MATRIX_LR',
  'EMBEDDING_LR',
  'WARMDOWN_RATIO',
  'WEIGHT_DECAY',
  'INIT_SCALE',
  'SOFTCAP',
  'DROPOUT',
  'BETA2',
]
const file = 'trainer/train.py'
const metric = { name: 'val_bpb', goal: 'minimize', unit: 'bits/byte', holdout: null } as const
const hash = (n: number): string => n.toString(16).padStart(8, 'c').repeat(5)

/** ISO 8601 time at some seconds into the session. */
type Clock = (seconds: number) => string

/**
 * @param folder folder of the session @param length number of experiments, the baseline included @param begin ISO 8601
 */
export async function writeSession(
  folder: string,
  length: number,
  seed: number,
  begin = '2026-11-20T22:00:00Z',
): Promise<void> {
  const at = (seconds: number) => new Date(Date.parse(begin) + seconds * 1000).toISOString()
  const draw = changesOfLedger()
  const simulated = simulateSession(createRandom(seed), {
    ...defaults,
    draw: (random, i) => draw(random, i - 1),
    sigma: LEDGER_SIGMA,
    experiments: length - 1,
  })
  const judged = simulated.experiments
    .slice(1)
    .map(({ decision, status }) => ({ gain: decision?.gain ?? 0, kept: status === 'keep' }))
  const { experiments, patches, source } = records(judged, at)
  await mkdir(folder, { recursive: true })
  await writeFile(files.session(folder), JSON.stringify(sessionOf(basename(folder), length, at)))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  await writeFile(files.results(folder), resultsHeader(metric.name) + experiments.map(resultsLine).join(''))
  await mkdir(dirname(join(files.source(folder), file)), { recursive: true })
  await writeFile(join(files.source(folder), file), source)
  for (const [number, patch] of patches) {
    await mkdir(dirname(files.patch(folder, number)), { recursive: true })
    await writeFile(files.patch(folder, number), patch)
  }
}

/** Each change scales one constant by 0.9 or 1.15, in a file of 600 lines. */
function records(
  judged: { gain: number; kept: boolean }[],
  at: Clock,
): { experiments: Experiment[]; patches: Map<number, string>; source: string } {
  const values = new Map(names.map(name => [name, 1]))
  const text = () => [...names.map(name => `${name} = ${values.get(name)}  # tuned`), ...filler].join('\n')
  const source = `${text()}\n`
  const patches = new Map<number, string>()
  const experiments = [experiment(0, null, 0.9979, 0, at)]
  let best = experiments[0] as Experiment
  judged.forEach(({ gain, kept }, i) => {
    const name = names[i % names.length] as string
    const line = names.indexOf(name)
    const from = values.get(name) ?? 1
    const to = Number((from * (i % 3 === 0 ? 0.9 : 1.15) + i * 1e-6).toPrecision(6))
    const lines = text().split('\n')
    const context = lines.slice(line + 1, line + 4)
    const head = `--- a/${file}\n+++ b/${file}\n@@ -${line + 1},4 +${line + 1},4 @@\n`
    patches.set(i + 1, `${head}-${lines[line]}\n+${name} = ${to}  # tuned\n${context.map(c => ` ${c}\n`).join('')}`)
    const value = Number(((best.metric ?? 0) - gain).toFixed(6))
    const made = experiment(i + 1, { best, gain, kept }, value, 10 + (i + 1) * 330, at)
    experiments.push({ ...made, description: `${name.toLowerCase().replace('_', ' ')} ${from} to ${to}` })
    if (!kept) return
    values.set(name, to)
    best = made
  })
  return { experiments, patches, source }
}

const filler = Array.from({ length: 592 }, (_, i) => `    layer_${i} = module_${i}(hidden, width)  # ${i}`)

function experiment(
  number: number,
  change: { best: Experiment; gain: number; kept: boolean } | null,
  value: number,
  seconds: number,
  at: Clock,
): Experiment {
  const status = change === null || change.kept ? 'keep' : 'discard'
  const reason = `${value} against ${change?.best.metric ?? 'nothing'}.`
  const parent = change && { number: change.best.number, commit: hash(change.best.number) }
  const decision = change && {
    verdict: change.kept ? ('keep' as const) : ('discard' as const),
    reason,
    candidate: value,
    head: change.best.metric ?? 0,
    gain: change.gain,
    needed: 0,
    sigma: LEDGER_SIGMA,
    linesAdded: 1,
    linesRemoved: 1,
  }
  return {
    number,
    status,
    reason,
    parent,
    decision,
    description: 'baseline',
    hypothesis: null,
    madeFrom: null,
    agent: { use: change && 'claude', model: null, seconds: 20, tokens: 9000, costUsd: 0.05 },
    bold: false,
    fixes: 0,
    proseHash: hash(0),
    commit: hash(number),
    tree: hash(number + 1e6),
    linesAdded: change ? 1 : 0,
    linesRemoved: change ? 1 : 0,
    metric: value,
    memoryMb: 45_060,
    startedAt: at(seconds),
    endedAt: at(seconds + 325),
    runs: change ? [run(1, value, at(seconds))] : [run(1, value, at(0)), run(2, value + LEDGER_SIGMA, at(330))],
  }
}

const run = (k: number, value: number, startedAt: string): Run => ({
  k,
  purpose: k === 1 ? 'candidate' : 'seed',
  seed: k,
  commit: hash(0),
  startedAt,
  seconds: 325,
  outcome: 'ok',
  why: null,
  metric: value,
  holdout: null,
  summary: { [metric.name]: value, training_seconds: 300.1, num_steps: 953, peak_vram_mb: 45_060, num_params_M: 50.3 },
})

const sessionOf = (id: string, length: number, at: Clock): Session => ({
  schema: 2,
  id,
  tag: 'bench',
  program: 'program.md',
  contractHash: hash(1),
  proseHash: hash(2),
  contract: { edit: [file], run: 'python train.py', target: 'trainer', seeds: 3 },
  metric,
  budget: 300,
  agent: { use: 'claude', model: null },
  clients: [],
  outages: [],
  machine: {
    label: 'bench',
    gpu: 'NVIDIA H100 80GB HBM3',
    gpus: 1,
    driver: null,
    cpu: null,
    cores: null,
    memoryMb: null,
    os: null,
    python: null,
    torch: null,
  },
  branch: 'autoresearch/bench',
  baseCommit: hash(0),
  data: null,
  seedUse: { use: 'fixed', files: [file] },
  measurement: { evaluation: null, command: null },
  noise: null,
  startedAt: at(0),
  endedAt: at(length * 330 + 400),
  stop: { kind: 'experiments', detail: `${length - 1} experiments done` },
})
