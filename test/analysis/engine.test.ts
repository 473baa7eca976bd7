import { expect, test } from 'vitest'
import { engineFacts, engineSentences, engineWarnings, runPlaceText } from '../../scripts/analysis/engine.ts'
import { sandboxFacts, sandboxShort } from '../../scripts/analysis/sandbox.ts'
import type { NodeRecord } from '../../scripts/record/places.ts'
import type { Experiment, Run, Session } from '../../scripts/record/schema.ts'

const open = {
  mechanism: null,
  holds: { signals: false, processes: false, network: false, temporary: false },
  network: 'local' as const,
  why: 'no user namespaces',
}
const closed = {
  mechanism: 'bubblewrap' as const,
  holds: { signals: true, processes: true, network: true, temporary: true },
  network: 'local' as const,
  why: null,
}
const node = (name: string, gpus: string[], sandbox: NodeRecord['sandbox'] = closed): NodeRecord => ({
  node: name,
  at: '2026-11-28T22:00:00Z',
  gpus,
  driver: null,
  cpu: 'EPYC',
  cores: 64,
  memoryMb: 1,
  os: 'Linux',
  python: '3.12.3',
  torch: null,
  sandbox,
})

const session = (nodes: NodeRecord[]): Pick<Session, 'engine' | 'nodes' | 'sandboxes' | 'source'> => ({
  engine: {
    use: 'slurm',
    description: 'Slurm, partition a100, 2 held jobs with 1 GPU each',
    resources: { gpus: 1, cpus: 16, memory: '64G' },
    shared: true,
    places: 2,
  },
  nodes,
})

const run = (node: string, more: Partial<Run> = {}): Run =>
  ({
    k: 1,
    purpose: 'candidate',
    commit: 'c',
    outcome: 'ok',
    startedAt: '2026-11-28T22:00:00Z',
    node,
    summary: {},
    ...more,
  }) as Run

const experiment = (number: number, parent: number | null, runs: Run[], status = 'discard'): Experiment =>
  ({
    number,
    parent: parent === null ? null : { number: parent },
    commit: 'c',
    status,
    decision: {},
    runs,
  }) as Experiment

const [a100, h100] = ['NVIDIA A100-SXM4-80GB', 'NVIDIA H100 80GB HBM3']
const lost = (cause: string, node: string | null = null) => ({ attempt: 1, cause, detail: 'x', node })

test('says the engine, what a slot has, the nodes with their GPUs and what runs waited', () => {
  const facts = engineFacts(session([node('n1', [a100, a100]), node('n2', [])]), [
    experiment(0, null, [run('n1', { waitedSeconds: 2 }), run('n1', { waitedSeconds: 4 })]),
    experiment(1, 0, [run('n2', { waitedSeconds: 600 })]),
  ])
  expect(facts && engineSentences(facts)).toEqual([
    'Runs executed on Slurm, partition a100, 2 held jobs with 1 GPU each.',
    '2 nodes were used: n1 (2 × A100, 2 runs) and n2 (no GPU, 1 run).',
    'A run waited 4 s for its start in the median and 10 min 00 s at most; that is not part of its training.',
  ])
  const ssh = facts && { ...facts, use: 'ssh', description: 'ssh, 2 hosts with 2 places to train' }
  expect(ssh && engineSentences(ssh)[1]).toBe('Each of the 2 slots has 1 GPU, 16 CPUs and 64G of memory.')
  expect(engineFacts({}, [])).toBeNull()
})

test('warns of verdicts between runs of unlike GPUs, and counts the keeps among them', () => {
  const all = [
    experiment(0, null, [run('n1')], 'keep'),
    experiment(1, 0, [run('n1')]),
    experiment(2, 0, [run('n2')], 'keep'),
    // Its head has run on both.
    experiment(3, 2, [run('n1'), run('n2')]),
    // Confirm runs are not what the verdict compared.
    experiment(4, 0, [run('n2'), run('n1', { purpose: 'confirm' })]),
    experiment(5, 0, [run('unheard')]),
  ]
  const facts = engineFacts(session([node('n1', [a100]), node('n2', [h100])]), all)
  expect(facts?.unlike).toEqual({ experiments: [2, 4], kept: 1 })
  expect(facts && engineWarnings(facts)).toEqual([
    {
      key: 'Hardware',
      experiments: [2, 4],
      sentence:
        'Runs executed on unlike hardware: 4 runs on A100 and 3 runs on H100. A faster GPU trains for more steps in the same time. 2 verdicts, 1 keep among them, compared a candidate with a head that had run on other hardware only: such a difference may be one of the hardware.',
    },
  ])
  const alike = engineFacts(session([node('n1', [a100]), node('n2', [a100])]), all)
  expect(alike && engineWarnings(alike)).toEqual([])
})

test('warns of runs made again, by cause, and of runs that have no result', () => {
  const found = (outcome: Run['outcome']) =>
    engineFacts(session([]), [
      experiment(1, 0, [run('n1', { lost: [lost('node failed'), lost('preempted')] })]),
      experiment(2, 0, [run('n1', { outcome, lost: [lost('preempted'), lost('preempted'), lost('unheard of')] })]),
    ])
  const [ended, never] = [found('ok'), found('crash')]
  expect(ended && engineWarnings(ended)).toEqual([
    {
      key: 'Lost runs',
      experiments: [1, 2],
      sentence:
        '2 runs lost 5 attempts: 3 because the scheduler preempted the job, 1 because the node failed, or left the cluster and 1 because of “unheard of”. Each was made again with the same seed, at most 3 times in all, and has a result.',
    },
  ])
  expect(never && engineWarnings(never)[0]?.sentence).toContain('; 1 of 2 have no result in the end.')
})

test('the sandbox of a run is that of its node; nodes without one are named', () => {
  const nodes = [node('n1', []), node('n2', [], open)]
  const all = [experiment(0, null, [run('n1'), run('n1'), run('n2')]), experiment(1, 0, [run('unheard')])]
  const facts = sandboxFacts(session(nodes), all)
  expect(facts && sandboxShort(facts)).toBe('bubblewrap; 1 of 4 runs in none; of 1 of 4 runs not recorded')
  const engine = engineFacts(session(nodes), all)
  expect(engine && engineWarnings(engine)).toEqual([
    {
      key: 'Sandbox',
      experiments: [],
      sentence: 'Without a sandbox, with all rights of the user there, runs executed on n2 (1 run).',
    },
  ])
})

test('a run says where it executed, what it waited and what was lost; locally nothing', () => {
  const text = runPlaceText(run('n1', { waitedSeconds: 180, lost: [lost('preempted', 'n2'), lost('node failed')] }))
  expect(text).toBe('on n1; waited 3 min 00 s; 2 attempts lost (preempted on n2, node failed)')
  expect(runPlaceText({ k: 1 } as Run)).toBe('')
})
