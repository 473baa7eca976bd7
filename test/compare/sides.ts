/** Minimal sides for tests of comparisons. */
import { describedMove, type Moved } from '../../scripts/analysis/search/describedStep.ts'
import type { Side, Tried } from '../../scripts/compare/schema.ts'

export function side(label: string, more: Partial<Side> = {}): Side {
  return {
    id: `2026-11-20-${label}-nov20`,
    tag: 'nov20',
    target: 'train.py',
    budget: 300,
    agent: 'tuner',
    machine: { label, name: label.toUpperCase(), gpu: label.toUpperCase(), gpus: 1 },
    metric: { name: 'val_bpb', goal: 'minimize', unit: null },
    data: { name: 'text', fingerprint: '9f3c' },
    given: null,
    throughput: null,
    onEngine: false,
    measuredBy: 'evaluation',
    startedAt: '2026-11-20T22:00:00Z',
    running: false,
    collected: false,
    inherited: null,
    origin: null,
    experiments: 10,
    kept: 2,
    baseline: 1,
    best: 0.98,
    sigma: { value: 0.001, assumed: false },
    frontier: [],
    bestSingleRun: 0.02,
    confirmed: null,
    hours: 8,
    deviceHours: { value: 8, basis: 'runs' },
    agentUsd: null,
    gpuUsdPerHour: null,
    tried: [],
    settings: { all: true, values: [] },
    prose: [],
    replication: null,
    ...more,
  }
}

/** A try with its own diff, equal to no other by default. */
export function tried(experiment: number, description: string, more: Partial<Tried> = {}): Tried {
  const { gain = -0.001, half = 0.002 } = more
  const known = { df: 1e6, runs: 1, headRuns: 1, among: 1, kept: false }
  return {
    effect: gain === null || half === null ? null : { ...known, gain, sigma: half / 1.96 / Math.SQRT2 },
    experiment,
    description,
    status: 'discard',
    gain: -0.001,
    half: 0.002,
    by: 'session',
    change: null,
    tree: null,
    knob: describedMove(description),
    replicates: null,
    outcome: null,
    ...more,
  }
}

export const moved = (name: string, from: string, to: string, line = `${name} = □\0${0}`): Moved => ({
  line,
  name,
  from,
  to,
  way: Number(to) > Number(from) ? 'up' : 'down',
})
