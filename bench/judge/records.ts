/** The records of a simulated session's runs and experiments, before their verdicts. */
import type { Experiment, Run } from '../../scripts/record/schema.ts'

/** A proposed change: its true effect in the metric's unit, positive when better, and its line counts. */
export interface Change {
  effect: number
  linesAdded: number
  linesRemoved: number
}

const start = Date.UTC(2026, 0, 1)
const runSeconds = 300

/** ISO 8601. @param time in run lengths since the session's start */
export const timeAt = (time: number): string => new Date(start + Math.round(time * runSeconds * 1000)).toISOString()

/** A run with a metric. @param startedAt in run lengths since the session's start */
export function runOf(experiment: Experiment, purpose: Run['purpose'], value: number, startedAt: number): Run {
  const k = experiment.runs.length + 1
  // As in ratchet/confirm: both trees of a pair run on the same seed.
  const seed = purpose === 'confirm' ? 1001 + experiment.runs.filter(run => run.purpose === 'confirm').length : k
  return {
    k,
    purpose,
    seed,
    commit: experiment.commit ?? '',
    startedAt: timeAt(startedAt),
    seconds: runSeconds,
    outcome: 'ok',
    why: null,
    metric: value,
    holdout: null,
    summary: {},
  }
}

/** An experiment without runs. */
export function experimentOf(
  number: number,
  parent: Experiment | null,
  { linesAdded, linesRemoved }: Change,
): Experiment {
  // A rebased candidate has another commit than before.
  const commit = `${String(number).padStart(20, '0')}${String(parent?.number ?? 0).padStart(20, '0')}`
  return {
    number,
    status: 'aborted',
    description: `change ${number}`,
    hypothesis: null,
    reason: '',
    agent: { use: null, model: null, seconds: 0, tokens: null, costUsd: null },
    bold: false,
    fixes: 0,
    proseHash: '',
    parent: parent && { number: parent.number, commit: parent.commit },
    madeFrom: null,
    commit,
    tree: commit,
    linesAdded,
    linesRemoved,
    metric: null,
    memoryMb: null,
    decision: null,
    startedAt: timeAt(0),
    endedAt: timeAt(0),
    runs: [],
  }
}
