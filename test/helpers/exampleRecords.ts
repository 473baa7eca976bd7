/** Example records for the report's tests: valid by the schemas, with numbers that are easy to check. */
import { digest } from '../../scripts/analysis/digest.ts'
import {
  type Decision,
  type Experiment,
  experimentSchema,
  type Run,
  runSchema,
  type Session,
  sessionSchema,
} from '../../scripts/record/schema.ts'
import type { ReportInput } from '../../scripts/report/sections/parts.ts'

/** The input of a report: records with their facts. */
export const reportInputOf = (
  session: Session,
  experiments: Experiment[],
  patches = new Map<number, string>(),
  source = new Map<string, string>(),
): ReportInput => ({
  digest: digest(session, experiments, patches, { source, others: [] }),
  session,
  experiments,
  patches,
  source,
})

const start = Date.parse('2026-11-20T22:00:00Z')
/** Time as ISO 8601, in seconds after 22:00. */
export const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString()

/** A fake commit hash of 40 digits that shows the number. */
export const sha = (n: number): string => n.toString(16).padStart(8, 'c').repeat(5)

export const maximise = { name: 'accuracy', goal: 'maximize', unit: null, holdout: null } as const

export function buildSession(over: Partial<Session> = {}): Session {
  return sessionSchema.parse({
    schema: 2,
    id: '2026-11-20-cpu-abcd-nov20',
    tag: 'nov20',
    program: 'program.md',
    contractHash: 'a'.repeat(64),
    proseHash: 'f'.repeat(64),
    contract: { edit: ['trainer/train.py'], run: 'python train.py', target: 'trainer', seeds: 3 },
    metric: { name: 'val_bpb', goal: 'minimize', unit: 'bits/byte', holdout: 'holdout_bpb' },
    budget: 6,
    machine: {
      label: 'cpu-abcd',
      gpu: null,
      gpus: 0,
      driver: null,
      cpu: 'Example CPU',
      cores: 2,
      memoryMb: 65_536,
      os: 'Linux 6.1',
      python: '3.11.2',
      torch: '2.13.0',
    },
    agent: { use: 'tuner', model: null },
    clients: [],
    outages: [],
    branch: 'autoresearch/nov20',
    baseCommit: sha(0),
    data: { name: 'stdlib', fingerprint: '9f3c5d' },
    seedUse: { use: 'read', files: ['trainer/train.py'] },
    measurement: { evaluation: 'trainer/evaluation.py', command: null },
    sandboxes: [
      {
        from: at(0),
        mechanism: 'bubblewrap',
        holds: { signals: true, processes: true, network: true, temporary: true },
        network: 'local',
        why: null,
      },
    ],
    noise: null,
    startedAt: at(0),
    endedAt: at(200),
    stop: { kind: 'experiments', detail: '8 experiments done' },
    ...over,
  } satisfies Session)
}

/** A run of 8 s, with 6 s of training and 60 steps; a crash when `metric` is null. */
export function buildRun(metric: number | null, over: Partial<Run> = {}): Run {
  const ok = metric !== null
  return runSchema.parse({
    k: 1,
    purpose: 'candidate',
    seed: 1,
    commit: sha(0),
    startedAt: at(0),
    seconds: 8,
    metric,
    holdout: null,
    outcome: ok ? 'ok' : 'crash',
    why: ok ? null : 'exit code 1: ValueError: no',
    summary: ok ? { training_seconds: 6, num_steps: 60 } : {},
    ...over,
  } satisfies Run)
}

export interface Given extends Partial<Experiment> {
  /** Gain over the head, positive is better; sets the decision. */
  gain?: number
}

/** An experiment of the tuner: one changed line, 1 s for the proposal, one run, 10 s after the previous experiment. */
export function buildExperiment(number: number, { gain, ...over }: Given): Experiment {
  const { metric = null, status = 'discard' } = over
  return experimentSchema.parse({
    number,
    status,
    description: number === 0 ? 'baseline' : `change ${number}`,
    hypothesis: null,
    reason: number === 0 ? 'The baseline.' : `It was ${status}.`,
    agent: {
      use: number === 0 ? null : 'tuner',
      model: null,
      seconds: number === 0 ? 0 : 1,
      tokens: null,
      costUsd: null,
    },
    bold: false,
    fixes: 0,
    proseHash: 'f'.repeat(64),
    madeFrom: null,
    parent: number === 0 ? null : { number: 0, commit: sha(0) },
    commit: sha(number),
    tree: sha(1000 + number),
    linesAdded: number === 0 ? 0 : 1,
    linesRemoved: number === 0 ? 0 : 1,
    metric,
    memoryMb: null,
    decision: metric === null || gain === undefined ? null : decision(metric, gain, status),
    startedAt: at(10 * number),
    endedAt: at(10 * number + 9),
    runs: [buildRun(metric, { purpose: number === 0 ? 'baseline' : 'candidate', startedAt: at(10 * number + 1) })],
    ...over,
  } satisfies Experiment)
}

function decision(candidate: number, gain: number, status: string): Decision {
  const verdict = status === 'keep' ? 'keep' : 'discard'
  return {
    verdict,
    reason: 'by the numbers',
    candidate,
    head: candidate + gain,
    gain,
    needed: 0,
    sigma: null,
    linesAdded: 1,
    linesRemoved: 1,
  }
}

/** Confirm run `k` of an experiment's commit on an unused seed; `seconds` after the start. */
export const confirmRun = (k: number, metric: number | null, holdout: number | null, seconds: number, of = 0): Run =>
  buildRun(metric, { k, purpose: 'confirm', seed: 1000 + k, commit: sha(of), holdout, startedAt: at(seconds) })

/**
 * Eight experiments: two gains of 0.12 and 0.02, a simplification that costs 0.0005, a clear discard and a close
 * one, a crash, a timeout and a refusal. The baseline's seeds give σ = 0.003 exactly; confirm finds 0.134 on two seeds.
 */
export function exampleSession(): { session: Session; experiments: Experiment[]; patches: Map<number, string> } {
  const seeds = [2.423, 2.417].map((value, i) =>
    buildRun(value, { k: i + 2, purpose: 'seed', seed: i + 2, startedAt: at(25 + 40 * i) }),
  )
  const confirm = (values: [number, number][], from: number, of = 0) =>
    values.map(([val, holdout], i) => confirmRun(i + 4, val, holdout, from + 20 * i, of))
  const first = buildExperiment(0, { status: 'keep', metric: 2.42 })
  const baseline = [
    [2.421, 2.521],
    [2.419, 2.519],
  ] satisfies [number, number][]
  const head = [
    [2.285, 2.401],
    [2.287, 2.399],
  ] satisfies [number, number][]
  const last = buildExperiment(8, {
    status: 'keep',
    metric: 2.2805,
    gain: -0.0005,
    description: 'remove the unused schedule',
    linesAdded: 0,
    linesRemoved: 6,
    parent: { number: 4, commit: sha(4) },
  })
  const failed = (number: number, status: 'crash' | 'timeout' | 'refused', reason: string) =>
    buildExperiment(number, { status, reason, ...(status === 'refused' ? { runs: [], commit: null, tree: null } : {}) })
  const rate = 'LEARNING_RATE 3e-3 → 1.2e-2'
  return {
    session: buildSession(),
    experiments: [
      { ...first, runs: [...first.runs, ...seeds, ...confirm(baseline, 110)] },
      buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.12, description: rate }),
      buildExperiment(2, { metric: 2.5, gain: -0.2, description: 'WIDTH 128 → 512' }),
      failed(3, 'crash', 'Crash: exit code 1: ValueError: WIDTH must be divisible by HEADS.'),
      buildExperiment(4, {
        status: 'keep',
        metric: 2.28,
        gain: 0.02,
        description: 'WARMDOWN 0.1 → 0.4',
        parent: { number: 1, commit: sha(1) },
      }),
      failed(5, 'timeout', 'Timeout: killed after 66 s.'),
      failed(6, 'refused', 'Refused: it changes trainer/prepare.py, which is not in edit.'),
      buildExperiment(7, { metric: 2.281, gain: -0.001, description: 'BETA2 0.95 → 0.99' }),
      { ...last, runs: [...last.runs, ...confirm(head, 120, 8)] },
    ],
    patches: new Map([
      [1, patch('LEARNING_RATE = 3e-3  # of the matrices', 'LEARNING_RATE = 1.2e-2  # of the matrices')],
      [2, patch('WIDTH = 128', 'WIDTH = 512')],
      [3, patch('    x = self.first(x)', '    x = self.second(x)')],
      [4, patch('WARMDOWN = 0.1', 'WARMDOWN = 0.4')],
      [5, patch(null, '    x = self.third(x)')],
      [6, patch('ROWS = read()', 'ROWS = read(all)', 'trainer/prepare.py')],
      [7, patch('BETA2 = 0.95', 'BETA2 = 0.99')],
      [8, patch('    rate = schedule(step)', null)],
    ]),
  }
}

/** A patch that replaces one line by another; null omits that side. */
export function patch(before: string | null, after: string | null, file = 'trainer/train.py'): string {
  const lines = [...(before === null ? [] : [`-${before}`]), ...(after === null ? [] : [`+${after}`])]
  return `diff --git a/${file} b/${file}
index 1111111..2222222 100644
--- a/${file}
+++ b/${file}
@@ -10,${before === null ? 2 : 3} +10,${after === null ? 2 : 3} @@ import torch
 # What may be tuned.
${lines.join('\n')}
 DEPTH = 2
`
}
