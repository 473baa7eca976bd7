/** The prompt input of a session with twenty experiments on the trainer's constants and structure. */
import { z } from 'zod'
import type { PromptInput } from '../../../scripts/agents/prompt/input.ts'
import { summarizeSession } from '../../../scripts/agents/prompt/otherSessions.ts'
import { frontmatterSchema } from '../../../scripts/program/contract.ts'
import {
  type CurvePoint,
  type Experiment,
  ownExperimentSchema,
  ownSessionSchema,
  type Status,
} from '../../../scripts/record/schema.ts'
import { initialState } from '../../../scripts/record/state.ts'
import { buildExperiment, buildRun, buildSession, patch, sha } from '../../helpers/exampleRecords.ts'

/** Status, gain, description, hypothesis, and the line before and after. */
type Row = [Status, number | null, string, string | null, string | null, string | null]

const rows: Row[] = [
  ['keep', 0.0119, 'BATCH 16 → 8', 'Twice the steps outweigh noisier gradients: +0.008.', 'BATCH = 16', 'BATCH = 8'],
  [
    'keep',
    0.0043,
    'DEPTH 2 → 3',
    'Too shallow for the budget: +0.004 at a third fewer steps.',
    'DEPTH = 2',
    'DEPTH = 3',
  ],
  ['discard', -0.0071, 'DEPTH 3 → 6', 'Deeper still pays.', 'DEPTH = 3', 'DEPTH = 6'],
  ['discard', -0.0018, 'BATCH 8 → 4', 'The same again.', 'BATCH = 8', 'BATCH = 4'],
  ['keep', 0.0008, 'WARMDOWN 0.1 → 0.3', 'A longer descent ends lower.', 'WARMDOWN = 0.1', 'WARMDOWN = 0.3'],
  ['keep', 0.0011, 'WARMDOWN 0.3 → 0.5', 'It was still gaining.', 'WARMDOWN = 0.3', 'WARMDOWN = 0.5'],
  ['crash', null, 'WIDTH 128 → 1024', 'Width is cheap on this GPU.', 'WIDTH = 128', 'WIDTH = 1024'],
  ['discard', -0.0003, 'BETA2 0.95 → 0.98', 'Smoother second moments.', 'BETA2 = 0.95', 'BETA2 = 0.98'],
  ['discard', -0.0029, 'GELU instead of ReLU²', 'Smoother units.', 'x = F.relu(x).square()', 'x = F.gelu(x)'],
  ['keep', 0.0021, 'LEARNING_RATE 4e-3 → 8e-3', null, 'LEARNING_RATE = 4e-3', 'LEARNING_RATE = 8e-3'],
  ['discard', -0.0046, 'LEARNING_RATE 8e-3 → 1.6e-2', null, 'LEARNING_RATE = 8e-3', 'LEARNING_RATE = 1.6e-2'],
  ['refused', null, 'look up the validation loss', null, null, null],
  ['timeout', null, 'CONTEXT 256 → 4096', 'Longer context.', 'CONTEXT = 256', 'CONTEXT = 4096'],
  ['crash', null, 'rotary on half of each head', 'Cheaper.', null, 'q = rotate(q[..., : d // 2])'],
  ['keep', -0.0001, 'remove the unused bias of the head', 'It does nothing.', 'bias = True', null],
  [
    'discard',
    -0.0006,
    'tie embedding and head',
    'Fewer parameters to learn.',
    'head = nn.Linear(w, v)',
    'head = embed.T',
  ],
  ['discard', -0.0009, 'WEIGHT_DECAY 0.1 → 0.2', null, 'WEIGHT_DECAY = 0.1', 'WEIGHT_DECAY = 0.2'],
  [
    'discard',
    -0.0002,
    'norm of queries and keys',
    'Steadier attention at a high rate.',
    null,
    'q, k = norm(q), norm(k)',
  ],
  ['discard', 0.0014, 'a second head that predicts two tokens ahead', 'A denser signal.', null, 'two = self.two(x)'],
  ['discard', -0.0013, 'WARMUP 0.02 → 0.05', null, 'WARMUP = 0.02', 'WARMUP = 0.05'],
]

/** The session after `count` experiments. */
export function realisticSession(count = rows.length): PromptInput {
  const experiments = stack(rows.slice(0, count))
  const noise = { sigma: 0.0005, interval: [0.0003, 0.0011] as [number, number], df: 4, runs: 5, earlier: [] }
  const session = buildSession({
    id: '2026-11-20-h100-kqzt-nov20',
    budget: 300,
    noise,
    endedAt: null,
    stop: null,
    machine: {
      label: 'h100-kqzt',
      gpu: 'NVIDIA H100 80GB HBM3',
      gpus: 1,
      driver: '570.86',
      cpu: 'Example CPU',
      cores: 26,
      memoryMb: 225_280,
      os: 'Linux 6.1',
      python: '3.11.2',
      torch: '2.13.0',
    },
  })
  const contract = frontmatterSchema.parse({
    edit: 'trainer/train.py',
    run: 'python train.py',
    target: 'trainer',
    limits: { peak_vram_mb: 70_000 },
    metric: { name: 'val_bpb', unit: 'bits/byte', holdout: 'holdout_bpb' },
  })
  const patches = new Map(
    rows.map(([, , , , before, after], i) => [i + 1, before || after ? patch(before, after) : '']),
  )
  return {
    prose: '# A better small language model in five minutes\n\nMake the number smaller.\n\n- Simple wins.',
    contract,
    state: {
      ...initialState(ownSessionSchema.parse(session)),
      experiments: z.array(ownExperimentSchema).parse(experiments),
    },
    patches,
    curves: new Map([
      [15, curve(2.4)],
      [20, curve(2.43)],
    ]),
    rejected: [{ at: '2026-11-20T23:00:00Z', experiment: 16, why: 'the export needs a head of its own' }],
    otherSessions: [otherSession()],
    bold: false,
    slots: 1,
    others: 0,
    feedback: [],
  }
}

/** Each experiment on the head before it; the baseline is 0.998. */
function stack(rows: Row[]): Experiment[] {
  const summary = (metric: number) => ({
    val_bpb: metric,
    training_seconds: 300.1,
    total_seconds: 325.9,
    peak_vram_mb: 45_060.2,
    mfu_percent: 39.8,
    total_tokens_M: 499.6,
    num_steps: 953,
    num_params_M: 50.3,
  })
  const seeds = [0.9979, 0.9985, 0.9976].map((metric, i) =>
    buildRun(metric, { k: i + 1, purpose: i === 0 ? 'baseline' : 'seed', seed: i + 1, summary: summary(metric) }),
  )
  const experiments = [buildExperiment(0, { status: 'keep', metric: 0.998, runs: seeds })]
  let [best, number] = [0.998, 0]
  for (const [i, [status, gain, description, hypothesis]] of rows.entries()) {
    const metric = gain === null ? null : Number((best - gain).toFixed(6))
    const why = reasons[description]
    const run = buildRun(
      metric,
      metric === null ? { why: why ?? '' } : { commit: sha(i + 1), summary: summary(metric) },
    )
    experiments.push(
      buildExperiment(i + 1, {
        status,
        description,
        hypothesis,
        metric,
        ...(gain === null || why ? {} : { gain }),
        parent: { number, commit: sha(number) },
        reason: why ?? 'By the numbers.',
        runs: [run],
        ...(description.startsWith('remove') ? { linesAdded: 0, linesRemoved: 1 } : {}),
        ...(description.startsWith('norm') ? { linesAdded: 2, linesRemoved: 0 } : {}),
      }),
    )
    if (status === 'keep' && metric !== null) [best, number] = [metric, i + 1]
  }
  return experiments
}

/** Reasons other than the decision's numbers, by description. */
const reasons: Record<string, string> = {
  'WIDTH 128 → 1024': 'Crash: exit code 1: torch.OutOfMemoryError: CUDA out of memory.',
  'look up the validation loss': 'Refused: it changes trainer/prepare.py, which is not in edit (trainer/train.py).',
  'a second head that predicts two tokens ahead': 'Discarded: peak_vram_mb 78210 is over the limit of 70000.',
  'CONTEXT 256 → 4096': 'Timeout: killed after 600 s.',
  'rotary on half of each head': "Crash: exit code 1: NameError: name 'd' is not defined.",
}

/** 100 points over 300 s; the loss falls towards `floor`. */
const curve = (floor: number): CurvePoint[] =>
  Array.from({ length: 100 }, (_, i) => ({ step: i * 10, seconds: 3 * (i + 1), loss: floor + 6 / (i + 1) }))

function otherSession() {
  const { machine } = buildSession()
  const a100 = { ...machine, label: 'a100-wxyz', gpu: 'NVIDIA A100-SXM4-80GB', gpus: 1 }
  const session = buildSession({ id: '2026-11-18-a100-wxyz-nov18', budget: 600, machine: a100 })
  const experiments = stack(rows.slice(0, 6))
  const patches = new Map(rows.map(([, , , , before, after], i) => [i + 1, patch(before, after)]))
  const rejection = { at: '2026-11-19T08:00:00Z', experiment: 2, why: 'deeper models are too slow to serve' }
  return summarizeSession(session, experiments, patches, [rejection], null)
}
