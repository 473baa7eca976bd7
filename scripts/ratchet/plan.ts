/** What the night will hold, and when it ends. Pure: time comes in. */
import { duration } from '../lib/format.ts'
import { nextClockTime } from '../lib/time.ts'
import type { Contract } from '../program/contract.ts'
import type { State } from '../record/state.ts'

export interface Plan {
  /** When everything, confirm and report included, should be done; null without a time limit. */
  end: Date | null
  /** Seconds of a run, start-up and evaluation included. */
  runSeconds: number
  /** Runs of baseline and tip that confirm makes. */
  confirmRuns: number
  /** Experiments the night is expected to hold; null when nothing bounds it. */
  experiments: number | null
}

/** Report, records and the like, seconds. */
const closing = 30

/** `runSeconds` null before the first run: start-up and evaluation are then guessed at 8% and three seconds. */
export function makePlan(contract: Contract, start: Date, runSeconds: number | null, pairs: number): Plan {
  const seconds = runSeconds ?? contract.budget * 1.08 + 3
  const confirmRuns = 2 * pairs
  const ends = [
    contract.until === null ? null : nextClockTime(contract.until, start),
    contract.hours === null ? null : new Date(start.getTime() + contract.hours * 3600e3),
  ].flatMap(end => (end ? [end.getTime()] : []))
  const end = ends.length > 0 ? new Date(Math.min(...ends)) : null
  const inTime = end
    ? Math.floor(((end.getTime() - start.getTime()) / 1000 - closing) / seconds) - contract.seeds - confirmRuns
    : null
  const bounds = [inTime, contract.experiments].flatMap(bound => (bound === null ? [] : [Math.max(0, bound)]))
  return { end, runSeconds: seconds, confirmRuns, experiments: bounds.length > 0 ? Math.min(...bounds) : null }
}

/** "about 88 runs; 9 of them, 49 minutes, go to σ and confirm" */
export function planText({ end, experiments, runSeconds, confirmRuns }: Plan, seeds: number): string {
  const apart = seeds + confirmRuns
  const total = apart * runSeconds
  const spent = total < 120 ? duration(total) : `${Math.round(total / 60)} minutes`
  const runs = experiments === null ? 'runs until Ctrl-C' : `about ${experiments + apart} runs`
  const by = end ? ` until ${end.toTimeString().slice(0, 5)}` : ''
  return `${runs}${by}; ${apart} of them, ${spent}, go to σ and confirm`
}

export interface Stop {
  kind: 'until' | 'hours' | 'experiments' | 'patience' | 'interrupted' | 'exhausted' | 'baseline'
  detail: string
}

/** The first stop rule that holds; null while none does. */
export function stopReason(contract: Contract, { experiments }: State, plan: Plan, now: Date): Stop | null {
  const done = Math.max(0, experiments.length - 1)
  if (contract.experiments !== null && done >= contract.experiments)
    return { kind: 'experiments', detail: `${contract.experiments} experiments were made` }
  const since =
    done -
    Math.max(
      0,
      experiments.findLastIndex(e => e.status === 'keep'),
    )
  if (contract.patience !== null && since >= contract.patience)
    return { kind: 'patience', detail: `${since} experiments without a keep` }
  const needed = (1 + plan.confirmRuns) * plan.runSeconds + closing
  if (plan.end !== null && now.getTime() + needed * 1000 > plan.end.getTime()) {
    const kind = contract.until !== null ? 'until' : 'hours'
    return {
      kind,
      detail: `${plan.end.toTimeString().slice(0, 5)} leaves no time for another experiment before confirm`,
    }
  }
  return null
}
