/** What a session's events add up to: the same in the running loop, after an interruption, and for every record. */
import type { JournalEvent } from './journal.ts'
import type { Experiment, Run, Session } from './schema.ts'

export interface State {
  session: Session
  /** Judged experiments in the order of their numbers. */
  experiments: Experiment[]
  /** Finished runs of an experiment that is not judged yet, by its number. */
  open: Map<number, Run[]>
}

/** State after the first event. */
export const begin = (session: Session): State => ({ session, experiments: [], open: new Map() })

/** Applies one event in place. */
export function apply(state: State, event: JournalEvent): void {
  switch (event.event) {
    case 'run-finished': {
      const judged = find(state, event.experiment)
      if (judged) judged.runs.push(event.run)
      else state.open.set(event.experiment, [...(state.open.get(event.experiment) ?? []), event.run])
      return
    }
    case 'judged': {
      const number = event.experiment.number
      state.experiments.push({ ...event.experiment, runs: state.open.get(number) ?? [] })
      state.open.delete(number)
      return
    }
    case 'noise':
      state.session.noise = event.noise
      return
    case 'environment':
      state.session.data = event.data
      state.session.machine.python = event.python
      state.session.machine.torch = event.torch
      return
    case 'stopped':
      state.session.stop = { kind: event.kind, detail: event.detail }
      state.session.endedAt = event.at
      return
    // A run or candidate under way changes nothing until it is finished; who proposed is in each experiment.
    case 'started':
    case 'run-started':
    case 'candidate':
    case 'agent':
  }
}

/** The experiment with this number, if it has been judged. */
export const find = (state: State, number: number): Experiment | undefined =>
  state.experiments.findLast(experiment => experiment.number === number)

/** The last kept experiment: the tip of the branch. The baseline counts as kept. */
export const tip = (state: State): Experiment | undefined =>
  state.experiments.findLast(experiment => experiment.status === 'keep')

/** Finished values of a tree's runs of the night; confirm runs stand apart, on seeds of their own. */
export const nightValues = (experiment: Experiment): number[] =>
  experiment.runs.flatMap(run => (run.purpose !== 'confirm' && run.metric !== null ? [run.metric] : []))

/** What the best is worth: the mean of its runs of the night. */
export function bestValue(experiment: Experiment): number {
  const values = nightValues(experiment)
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
