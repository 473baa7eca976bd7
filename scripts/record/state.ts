/** A session's state, computed from its events. The running loop, resumption and all records use it. */

import { beginStretch, devicesByRecords, endStretch } from './activeTime.ts'
import type { Handle, Lost } from './engine.ts'
import { type Candidate, candidatesOf, type JournalEvent } from './journal.ts'
import { countInOutages, endOutages, recordFailure } from './outages.ts'
import { valuesWithin } from './overBudget.ts'
import { addNode, type PlaceRecord } from './places.ts'
import type { Experiment, Final, Metric, OwnExperiment, OwnSession, Run, Session } from './schema.ts'
import { addTraces } from './traces.ts'

export type RunStarted = Extract<JournalEvent, { event: 'run-started' }>
type RunLost = Extract<JournalEvent, { event: 'run-lost' }>

/** A run in progress; the rest is of runs on an engine. */
export interface RunInProgress extends RunStarted {
  /** What finds it there, and when the engine took it; absent before. */
  submitted?: { at: string; handle: Handle }
  /** Where and since when it executes; absent while it waits. */
  placed?: { at: string; node: string; waitedSeconds: number }
  /** Earlier attempts, and this one where it was lost and the next has not begun. */
  lost?: Lost[]
  /** Seconds that earlier attempts waited. */
  waitedBefore?: number
}

export interface State {
  session: OwnSession
  /** Judged experiments in the order of their verdicts. */
  experiments: OwnExperiment[]
  /** Candidates without a verdict, by number, in order. */
  pending: Map<number, Candidate>
  /** Finished runs of experiments without a verdict, by experiment number. */
  open: Map<number, Run[]>
  /** Runs of adopted branches, by the number of the experiment in whose folder their files are. */
  adoptRuns: Map<number, Run[]>
  /** The places of the session's engine, by index, with the time of their present state; empty of `local`. */
  places: Map<number, PlaceRecord & { at: string }>
  /** Runs in progress, by `runKey`. */
  running: Map<string, RunInProgress>
  /** Crashes and timeouts in a row. */
  failures: number
  /** Time of the last event. */
  seenAt: string
  /** Stop rules given on resumption; they replace those of the contract. */
  stopRules: Record<string, unknown>
  /** The request of `session pause` or `session stop` in effect; null without one. */
  requested: { kind: 'pause' | 'stop'; at: string } | null
  /** When the session last went on after a pause or an interruption; null if it never did. */
  continuedAt: string | null
}

/** The state after the first event. */
export const initialState = (session: OwnSession): State => ({
  session: { ...session, active: session.active ?? [firstStretch(session)] },
  experiments: [],
  pending: new Map(),
  open: new Map(),
  adoptRuns: new Map(),
  running: new Map(),
  places: new Map(),
  failures: 0,
  seenAt: session.startedAt,
  stopRules: {},
  requested: null,
  continuedAt: null,
})

const firstStretch = (session: OwnSession) => ({
  from: session.startedAt,
  to: null,
  devices: devicesByRecords(session),
})

/** Applies one event in place. */
export function apply(state: State, event: JournalEvent): void {
  change(state, event)
  state.seenAt = event.at
}

function change(state: State, event: JournalEvent): void {
  switch (event.event) {
    case 'run-started':
      startRun(state, event)
      return
    case 'run-submitted':
      changeRun(state, event, { submitted: { at: event.at, handle: event.handle } })
      return
    case 'run-placed':
      changeRun(state, event, {
        placed: { at: event.at, node: event.node, waitedSeconds: event.waitedSeconds },
      })
      return
    case 'run-lost':
      loseRun(state, event)
      return
    case 'run-finished':
      recordRun(state, event.experiment, event.run)
      return
    case 'candidate':
    case 'sweep':
      for (const candidate of candidatesOf(event)) {
        // The members of a sweep are one proposal.
        const isProposal = (candidate.sweep?.first ?? candidate.number) === candidate.number
        if (isProposal && !state.pending.has(candidate.number)) countInOutages(state.session.outages, candidate)
        state.pending.set(candidate.number, candidate)
      }
      return
    case 'judged': {
      const number = event.experiment.number
      if (number > 0 && !state.pending.has(number)) countInOutages(state.session.outages, event.experiment)
      state.experiments.push({ ...event.experiment, runs: state.open.get(number) ?? [] })
      state.open.delete(number)
      state.pending.delete(number)
      forgetLost(state, run => run.experiment === number)
      return
    }
    case 'look': {
      const experiment = findExperiment(state, event.experiment)
      if (experiment) experiment.looks = [...(experiment.looks ?? []), event.look]
      return
    }
    case 'final':
      state.session.final = event.final
      return
    case 'gpus':
      state.session.gpus = [...(state.session.gpus ?? []), ...event.gpus]
      return
    case 'sandbox':
      state.session.sandboxes = [...(state.session.sandboxes ?? []), { from: event.at, ...event.sandbox }]
      return
    case 'place': {
      const { event: _, facts, at, ...place } = event
      const before = state.places.get(place.place)
      // Waiting counts from its beginning, whatever the scheduler says of it meanwhile.
      const since = before !== undefined && isSamePlace(before, place) ? before.at : at
      state.places.set(place.place, { ...place, at: since })
      if (facts !== undefined) addNode(state.session, { at, ...facts })
      return
    }
    case 'node-left-out': {
      const { event: _, ...node } = event
      state.session.slowNodes = [...(state.session.slowNodes ?? []), node]
      return
    }
    case 'agents-checked':
      state.session.clients = event.clients
      return
    case 'agent-failed':
      recordFailure(state.session.outages, event)
      return
    case 'agent-recovered':
      endOutages(state.session.outages, event.at, event.agentIndex)
      return
    case 'noise':
      state.session.noise = event.noise
      return
    case 'environment':
      state.session.data = event.data
      state.session.machine.python = event.python
      state.session.machine.torch = event.torch
      return
    case 'paused':
      state.requested = { kind: 'pause', at: event.at }
      return
    case 'continued':
      if (state.requested?.kind === 'pause') state.requested = null
      state.continuedAt = event.at
      return
    case 'stopping':
      state.requested = { kind: 'stop', at: event.at }
      return
    case 'stopped':
      state.requested = null
      // Whatever it had under way was ended.
      if (event.kind === 'cancelled') state.running.clear()
      // A resumption makes again what a candidate has lost, and plans repeats anew.
      forgetLost(state, run => !state.pending.has(run.experiment))
      state.session.stop = { kind: event.kind, detail: event.detail }
      state.session.endedAt = event.at
      endStretch(state.session, event.at)
      endOutages(state.session.outages, event.at)
      return
    case 'resumed':
      // A killed harness leaves outages open; they end with its last event.
      endOutages(state.session.outages, state.seenAt)
      endStretch(state.session, state.seenAt)
      beginStretch(state.session, event.at, event.devices)
      state.session.stop = null
      state.session.endedAt = null
      state.requested = null
      // The engine says anew what it has.
      state.places.clear()
      state.continuedAt = event.at
      Object.assign(state.stopRules, event.stopRules)
      return
    case 'traces':
      state.session.traces ??= []
      addTraces(state.session.traces, event.traces)
      return
    // None of them changes the state.
    case 'started':
    case 'ref-restored':
    case 'agent-exhausted':
  }
}

const isSamePlace = (a: PlaceRecord, b: PlaceRecord): boolean =>
  a.state === b.state && a.node === b.node && a.job === b.job
/** An attempt after a lost one keeps what is known of the earlier ones. */
function startRun(state: State, event: RunStarted): void {
  const key = runKey(event.experiment, event.k)
  const { lost, waitedBefore } = state.running.get(key) ?? {}
  state.running.set(key, { ...event, ...(lost && { lost, waitedBefore: waitedBefore ?? 0 }) })
}

/** Of an attempt; does nothing where that is no longer the one in progress. */
function changeRun(
  state: State,
  { experiment, k, attempt }: { experiment: number; k: number; attempt: number },
  change: Partial<RunInProgress>,
): void {
  const key = runKey(experiment, k)
  const run = state.running.get(key)
  if (run && (run.attempt ?? 1) === attempt) state.running.set(key, { ...run, ...change })
}

function loseRun(state: State, { experiment, k, attempt, cause, detail, node, at }: RunLost): void {
  const run = state.running.get(runKey(experiment, k))
  changeRun(
    state,
    { experiment, k, attempt },
    {
      lost: [...(run?.lost ?? []), { attempt, cause, detail, node }],
      waitedBefore: (run?.waitedBefore ?? 0) + (run ? waitedSeconds(run, at) : 0),
    },
  )
}

/** Whether its last attempt was lost and no further one has begun. */
export const isLeftBehind = ({ lost, attempt = 1 }: RunInProgress): boolean => lost?.at(-1)?.attempt === attempt

/** Forgets lost runs that will not be made again. */
function forgetLost({ running }: State, isOver: (run: RunInProgress) => boolean): void {
  for (const [key, run] of running) if (isLeftBehind(run) && isOver(run)) running.delete(key)
}

/** Seconds that the attempt in progress waited for its start, until `now` where it still waits. */
export const waitedSeconds = ({ submitted, placed }: RunInProgress, now: string): number =>
  submitted === undefined
    ? 0
    : (placed?.waitedSeconds ?? Math.max(0, (Date.parse(now) - Date.parse(submitted.at)) / 1000))

function recordRun(state: State, experiment: number, run: Run): void {
  state.running.delete(runKey(experiment, run.k))
  if (run.purpose === 'adopt') {
    state.adoptRuns.set(experiment, [...(state.adoptRuns.get(experiment) ?? []), run])
    return
  }
  const judged = findExperiment(state, experiment)
  if (judged) judged.runs.push(run)
  else state.open.set(experiment, [...(state.open.get(experiment) ?? []), run])
  if (run.outcome === 'ok') state.failures = 0
  else if (run.outcome !== 'aborted') state.failures++
}

export const runKey = (experiment: number, k: number): string => `${experiment}/${k}`

/** The experiment with this number, if it has a verdict. */
export const findExperiment = (state: State, number: number): Experiment | undefined =>
  state.experiments.findLast(experiment => experiment.number === number)

/** The records that head and final are read from: a running session's, or those on disk. */
export interface Recorded {
  session: Pick<Session, 'final'>
  /** In the order of their verdicts. */
  experiments: Experiment[]
}

/** Head: the last kept experiment, which may be the baseline. Candidates are built on it; the branch ends there. */
export const headOf = ({ experiments }: Pick<Recorded, 'experiments'>): Experiment | undefined =>
  experiments.findLast(experiment => experiment.status === 'keep')

/**
 * Best: the kept experiment with the best value, the baseline included; of several, the last. One without a value is
 * never the best.
 * @param value by default the value of the verdict
 */
export function bestOf(
  experiments: Experiment[],
  goal: Metric['goal'],
  value: (experiment: Experiment) => number | null = ({ metric }) => metric,
): Experiment | undefined {
  const measured = experiments.flatMap(e => {
    const at = e.status === 'keep' ? value(e) : null
    return at === null ? [] : [{ e, loss: goal === 'minimize' ? at : -at }]
  })
  return measured.reduce<(typeof measured)[number] | undefined>(
    (best, each) => (best === undefined || each.loss <= best.loss ? each : best),
    undefined,
  )?.e
}

/** The best value after each verdict, the baseline's included whatever its status; null before the first value. */
export function bestSoFar(experiments: Experiment[], goal: Metric['goal']): (number | null)[] {
  let best: Experiment | undefined
  return experiments.map(e => {
    const counted: Experiment[] = e.number === 0 ? [{ ...e, status: 'keep' }] : [e]
    best = bestOf(best ? [best, ...counted] : counted, goal) ?? best
    return best?.metric ?? null
  })
}

/**
 * Final: what confirm runs and what a user takes from the session: the head, or the pruned head. The pruned head is the
 * head's experiment with another commit and tree, so that its confirm runs and looks are told from the head's by their
 * commit. Made anew at each call: its looks do not follow later events.
 */
export function finalOf(recorded: Recorded): Experiment | undefined {
  const head = headOf(recorded)
  const { final } = recorded.session
  return head && isPruned(final) && final.head === head.number
    ? { ...head, commit: final.commit, tree: final.tree }
    : head
}

/** Numbers of the kept changes that were taken out of the head; empty where the final is the head. */
export function removedFrom(recorded: Recorded): Set<number> {
  const { final } = recorded.session
  const isCurrent = isPruned(final) && final.head === headOf(recorded)?.number
  return new Set(isCurrent ? final.removed.map(({ experiment }) => experiment) : [])
}

/** Whether changes were taken out of the head. */
export const isPruned = (final: Final | undefined): final is Final => final !== undefined && final.removed.length > 0

/** The number of the next experiment. */
export const nextNumber = ({ experiments, pending }: State): number =>
  Math.max(-1, ...experiments.map(e => e.number), ...pending.keys()) + 1

/** Metrics of the experiment's finished runs, without confirm runs and ablations, which use other seeds. */
export const sessionMetrics = (experiment: Pick<Experiment, 'runs' | 'commit'>): number[] => {
  // A rebased candidate has runs of an earlier tree too; only those of its final commit count.
  const own = experiment.runs.filter(run => run.purpose !== 'confirm' && run.commit === experiment.commit)
  return valuesWithin(own)
}

/** Mean of `sessionMetrics`. */
export function meanMetric(experiment: Experiment): number {
  const values = sessionMetrics(experiment)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
