/** What became of a run, by its files and by Slurm. */
import type { Polled } from '../engine.ts'
import type { RunState } from '../remote/verbs.ts'
import { type Loss, lossOf } from './causes.ts'
import type { Listing } from './listing.ts'

/** Which start of which job takes a run. */
export interface Taker {
  /** SLURM_JOB_ID. */
  id: string
  restarts: number
  /** Where it does. */
  node: string | null
}

/** What is known of a run besides its files. */
export interface Around {
  listing: Listing
  /** null: it was not seen who takes it. */
  taker: Taker | null
  /** Run of the slot's worker; null: it has none; undefined: there is no worker that lives. */
  ofWorker: string | null | undefined
}

/** A run that runs by its files and is lost by Slurm may just have ended: milliseconds until it counts as lost. */
const doubtMs = 4000
/** A job gets its final state when its last process has ended: milliseconds for which that is waited for. */
const finalMs = 20_000

export interface RunStates {
  of(key: string, run: RunState, around: Around): Polled
  /** Whether Slurm should be asked soon. */
  hasDoubts(): boolean
}

export function createRunStates(): RunStates {
  const doubts = new Map<string, number>()
  const ofTaken = (key: string, run: RunState, { listing, taker, ofWorker }: Around): Polled => {
    const node = run.node ?? 'its node'
    const said = lossBySlurm(listing, taker, run.node !== null)
    const begun = doubts.get(key) ?? Date.now()
    const age = Date.now() - begun
    if (run.state === 'lost') {
      // Unless its worker lives, its job is about to end, and Slurm will say why. One that was asked to end lives a while.
      const isEnding = ofWorker === undefined || run.cause === 'preempted'
      const mayTell = taker !== null && said === null && isEnding
      if (!mayTell || age >= finalMs) return { state: 'lost', node: run.node, ...betterOf(run, said) }
    } else {
      const loss = said ?? (ofWorker === undefined || ofWorker === key ? null : otherWork)
      if (loss === null) {
        doubts.delete(key)
        return { state: 'running', node, beganAt: run.beganAt }
      }
      if (age >= doubtMs && listing.at > begun) return { state: 'lost', node: run.node, ...loss }
    }
    doubts.set(key, begun)
    return { state: 'running', node, beganAt: run.beganAt }
  }
  return {
    of(key, run, around) {
      if (run.state === 'waiting') return { state: 'waiting', reason: null }
      const state: Polled =
        run.state === 'ended'
          ? { state: 'ended', node: run.node ?? 'its node', beganAt: run.beganAt }
          : ofTaken(key, run, around)
      if (state.state !== 'running') doubts.delete(key)
      return state
    },
    hasDoubts: () => doubts.size > 0,
  }
}

const otherWork: Loss = { cause: 'runner killed', detail: 'the worker of its slot has ended it without a result' }

function lossBySlurm({ jobs, at, down }: Listing, taker: Taker | null, hasBegun: boolean): Loss | null {
  if (taker === null || down !== null || at === 0) return null
  return lossOf(jobs.find(({ id }) => id === taker.id) ?? null, taker.restarts, hasBegun)
}

/** Slurm's word on a job that it ended; else what was found on the node, e.g. that the disk is full. */
function betterOf(run: RunState, said: Loss | null): Loss {
  const found: Loss = { cause: run.cause ?? 'runner killed', detail: run.detail ?? '' }
  const isGuess = ['runner killed', 'node failed', 'preempted', 'requeued'].includes(found.cause)
  if (said === null || !isGuess || said.cause === 'runner killed') return found
  return { cause: said.cause, detail: [said.detail, found.detail].filter(text => text !== '').join('; ') }
}
