/** A replication of the example session of exampleRecords.ts, by its schemas: its records as `pnpm replicate` writes them. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digest } from '../../scripts/analysis/digest.ts'
import type { Digest } from '../../scripts/analysis/schema.ts'
import { files } from '../../scripts/record/files/paths.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'
import { writeReport } from '../../scripts/report/write.ts'
import {
  at,
  buildExperiment,
  buildRun,
  buildSession,
  exampleSession,
  type Given,
  patch,
  sha,
} from './exampleRecords.ts'

const base = 500

/** Confirm run of a replication's experiment on seed `1000 + i`. */
const pairRun = (number: number, i: number, metric: number | null, holdout: number | null = null) =>
  buildRun(metric, {
    k: i,
    purpose: 'confirm',
    seed: 1000 + i,
    commit: sha(base + number),
    holdout,
    startedAt: at(1000 + 100 * i + number),
  })

/** Its runs against the baseline's, one value a seed. */
export function replicated(number: number, of: number[], values: (number | null)[], over: Given = {}): Experiment {
  const known = values.filter(value => value !== null)
  const mean = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
  return buildExperiment(number, {
    metric: mean,
    agent: { use: null, model: null, seconds: 0, tokens: null, costUsd: null },
    commit: sha(base + number),
    tree: sha(base + 100 + number),
    parent: { number: 0, commit: sha(base) },
    replicates: { experiments: of },
    runs: values.map((value, i) => pairRun(number, i + 1, value)),
    looks:
      known.length === 0
        ? []
        : [{ purpose: 'confirm', head: number, commit: sha(base + number), pairs: known.length, why: null, call: 1 }],
    ...over,
  })
}

export interface Built {
  session: Session
  experiments: Experiment[]
  patches: Map<number, string>
}

/** The original's three kept changes: 1 and 4 apply here, 8 does not; together they are confirmed, 4 by itself is not. */
export function replicationSession(over: Partial<Session> = {}, experiments?: Experiment[]): Built {
  const first = buildExperiment(0, { status: 'keep', metric: 3.1, commit: sha(base), tree: sha(base + 100) })
  const baseline = {
    ...first,
    runs: [
      buildRun(3.1, { purpose: 'baseline', commit: sha(base), startedAt: at(1001) }),
      ...[3.101, 3.097, 3.102].map((value, i) => ({ ...pairRun(0, i + 1, value), k: i + 2 })),
    ],
  }
  return {
    session: buildSession({
      id: '2026-11-24-rtx4090-wxyz-replicate-nov20',
      tag: 'replicate-nov20',
      agent: { use: 'replicate', model: null },
      budget: 3,
      machine: { ...buildSession().machine, label: 'rtx4090-wxyz', gpu: 'NVIDIA GeForce RTX 4090', gpus: 1 },
      branch: 'autoresearch/replicate-nov20',
      baseCommit: sha(base),
      startedAt: at(400_000),
      endedAt: at(401_000),
      stop: { kind: 'replicated', detail: 'Each change has its runs' },
      replication: {
        session: '2026-11-20-cpu-abcd-nov20',
        machine: 'NVIDIA H200',
        budget: 6,
        experiments: [1, 4],
        isFinal: false,
        confirmed: { gain: 0.134, interval: [0.128, 0.14], baseline: 2.42 },
        head: sha(base),
        set: [{ knob: 'DEPTH', file: 'trainer/train.py', from: '2', to: '4' }],
      },
      ...over,
    }),
    experiments: experiments ?? [
      baseline,
      replicated(1, [1, 4], [2.97, 2.972, 2.968], {
        status: 'keep',
        description: '2 changes of 2026-11-20-cpu-abcd-nov20 together',
        reason: 'Confirmed here.',
      }),
      replicated(2, [1], [2.971, 2.974, 2.975], {
        description: 'LEARNING_RATE 3e-3 → 1.2e-2',
        reason: 'Confirmed here.',
      }),
      replicated(3, [4], [3.1, 3.098, 3.103], { description: 'WARMDOWN 0.1 → 0.4', reason: 'Not confirmed here.' }),
      replicated(4, [8], [], {
        status: 'conflict',
        commit: null,
        tree: null,
        description: 'remove the unused schedule',
        reason: 'Does not apply to the files here: trainer/train.py.',
      }),
    ],
    patches: new Map([
      [1, patch('RATE = 3e-3\n-WARMDOWN = 0.1', 'RATE = 1.2e-2\n+WARMDOWN = 0.4')],
      [2, patch('LEARNING_RATE = 3e-3  # of the matrices', 'LEARNING_RATE = 1.2e-2  # of the matrices')],
      [3, patch('WARMDOWN = 0.1', 'WARMDOWN = 0.4')],
    ]),
  }
}

/** Digests of original and replication, each in view of the other. */
export function replicatedDigests(built: Built = replicationSession()): { original: Digest; replication: Digest } {
  const own = exampleSession()
  const context = (others: Digest[]) => ({ source: new Map<string, string>(), others })
  const alone = digest(own.session, own.experiments, own.patches)
  const replication = digest(built.session, built.experiments, built.patches, context([alone]))
  return { replication, original: digest(own.session, own.experiments, own.patches, context([replication])) }
}

/** Writes the example session and its replication to a folder of sessions, with their reports. */
export async function writeReplicationNotebook(root: string): Promise<{ original: string; replication: string }> {
  const [original, replication] = [exampleSession(), replicationSession()]
  // The report of each is written in view of the sessions that are there.
  await writeRecords(root, original)
  await writeRecords(root, replication)
  await writeRecords(root, original)
  return { original: original.session.id, replication: replication.session.id }
}

async function writeRecords(root: string, { session, experiments, patches }: Built): Promise<void> {
  const folder = join(root, session.id)
  await mkdir(folder, { recursive: true })
  await writeFile(files.session(folder), JSON.stringify(session, null, 2))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  for (const [number, text] of patches) {
    await mkdir(join(folder, 'runs', String(number).padStart(4, '0')), { recursive: true })
    await writeFile(files.patch(folder, number), text)
  }
  await writeReport(folder)
}
