/** A session as it is at this moment: facts, read from its journal and from who holds its lock. */
import { basename, dirname, join } from 'node:path'
import { noiseOf } from '../analysis/confirmed.ts'
import { pRealOf } from '../analysis/kept.ts'
import { Failure } from '../lib/errors.ts'
import { workRoot } from '../lib/paths.ts'
import { holder } from '../lib/process/lock.ts'
import { exists } from '../lib/read.ts'
import type { Contract } from '../program/contract.ts'
import { activeSeconds } from '../record/activeTime.ts'
import { files } from '../record/files.ts'
import { type JournalEvent, readJournalIfThere } from '../record/journal.ts'
import type { Experiment, Noise, Outage, Session } from '../record/schema.ts'
import { apply, headOf, initialState, meanMetric, type State, sessionMetrics } from '../record/state.ts'
import { isOver } from '../record/unfinished.ts'
import { type Health, healthOf } from './health.ts'
import { type Left, leftByRules } from './remaining.ts'

export interface Status {
  id: string
  /** "running"; "interrupted" too when the harness is dead; else the kind of its end, e.g. "until". */
  state: string
  /** What goes on with it; null while it runs, and when it has nothing more to do. */
  resume: string | null
  /** Time that it has run, interruptions left out. */
  elapsedSeconds: number
  /** Runs under way, by slot. */
  running: UnderWay[]
  /** Candidates that are made and wait for a slot. */
  waiting: number
  experiments: number
  kept: number
  metric: string
  goal: Session['metric']['goal']
  baseline: number | null
  /** `chance` that its gain is real, 0 to 1; null for the baseline, and before σ is known. */
  best: { experiment: number; value: number; description: string; chance: number | null } | null
  /** Over the baseline; positive is better. */
  gain: number | null
  noise: Noise | null
  experimentsPerHour: number
  /** Share of the elapsed time in which the slots trained, 0 to 1. */
  busy: number
  /** Whether the slots are GPUs. */
  gpu: boolean
  left: Left[]
  agent: Health
  /** Times in which an agent gave no proposal; those that are not over with the seconds until it is asked again. */
  outages: (Outage & { asksInSeconds: number | null })[]
  last: { number: number; status: string; metric: number | null; gain: number | null; description: string }[]
}

export interface UnderWay {
  experiment: number
  /** Run of the experiment, from 1. */
  k: number
  purpose: string
  slot: number
  /** What is tried; null of a run again of what is judged. */
  description: string | null
  elapsedSeconds: number
  budgetSeconds: number
}

/** Reads a session's journal, which is always up to date. */
export const readStatus = async (folder: string, now = new Date()): Promise<Status> =>
  statusOf(folder, await readEvents(folder), now)

/** The same from the events of its journal, which stay as they are. */
export async function statusOf(folder: string, events: JournalEvent[], now = new Date()): Promise<Status> {
  const first = events[0]
  if (first?.event !== 'started')
    throw new Failure(`${files.journal(folder)} does not begin with a session.`, 'Restore it from a copy.')
  const state = initialState(structuredClone(first.session))
  for (const event of events) apply(state, event)
  const { stop } = state.session
  return summarise(state, events, stop?.kind ?? ((await isDead(folder)) ? 'interrupted' : 'running'), now)
}

export async function readEvents(folder: string): Promise<JournalEvent[]> {
  const events = await readJournalIfThere(files.journal(folder))
  if (events !== null) return events
  const advice = `\`pnpm report ${basename(folder)}\` tells what came of it.`
  throw new Failure(`${folder} has no journal: it was not made on this machine.`, advice)
}

/** Whether nobody runs a session of this machine; of another machine's nothing is known but its journal. */
async function isDead(folder: string): Promise<boolean> {
  const lock = join(workRoot, basename(folder), 'lock')
  return (await exists(dirname(lock))) && (await holder(lock)) === null
}

function summarise(state: State, events: JournalEvent[], kind: string, now: Date): Status {
  const { session, experiments } = state
  const isRunning = kind === 'running'
  const best = headOf(state)
  const baseline = experiments[0] ? valueIn(experiments[0]) : null
  const value = best ? valueIn(best) : null
  const active = activeSeconds(events, isRunning ? now : undefined)
  const done = Math.max(0, experiments.length - 1)
  const rate = active > 0 ? done / active : 0
  const running = isRunning ? runsUnderWay(state, now) : []
  const began = new Date(events.findLast(e => e.event === 'started' || e.event === 'resumed')?.at ?? session.startedAt)
  const noise = noiseOf(session, experiments)
  return {
    id: session.id,
    state: kind,
    resume: isRunning || isOver(kind) ? null : `pnpm session --resume ${session.id}`,
    elapsedSeconds: active,
    running,
    waiting: isRunning ? waitingIn(state) : 0,
    experiments: done,
    kept: experiments.filter(e => e.status === 'keep' && e.number > 0).length,
    metric: session.metric.name,
    goal: session.metric.goal,
    baseline,
    best: best && value !== null ? describe(best, value, experiments, noise) : null,
    gain:
      baseline !== null && value !== null ? (session.metric.goal === 'minimize' ? 1 : -1) * (baseline - value) : null,
    noise,
    experimentsPerHour: rate * 3600,
    busy: busyShare(state, running, active),
    gpu: session.machine.gpus > 0,
    left: isRunning ? leftByRules(state, { began, now, active, rate }) : [],
    agent: healthOf(events, session.agent.use),
    outages: session.outages.map(outage => ({
      ...outage,
      asksInSeconds: isRunning ? asksIn(outage, events, now) : null,
    })),
    last: experiments.slice(-10).map(brief),
  }
}

/** Seconds until an agent that is down is asked again; 0: now. null when it is not down. */
function asksIn({ agentIndex, endedAt }: Outage, events: JournalEvent[], now: Date): number | null {
  const last = events.findLast(event => event.event === 'agent-failed' && event.agentIndex === agentIndex)
  if (endedAt !== null || last?.event !== 'agent-failed') return null
  return Math.max(0, (Date.parse(last.at) - now.getTime()) / 1000 + last.backoff)
}

const valueIn = (experiment: Experiment): number | null =>
  sessionMetrics(experiment).length > 0 ? meanMetric(experiment) : null

const runsUnderWay = ({ running, pending, session }: State, now: Date): UnderWay[] =>
  [...running.values()]
    .map(({ experiment, k, purpose, slot, at }) => {
      const elapsedSeconds = Math.max(0, (now.getTime() - Date.parse(at)) / 1000)
      const description = pending.get(experiment)?.description ?? null
      return { experiment, k, purpose, slot, description, elapsedSeconds, budgetSeconds: session.budget }
    })
    .sort((a, b) => a.slot - b.slot)

function waitingIn({ pending, running }: State): number {
  const run = new Set([...running.values()].map(({ experiment }) => experiment))
  return [...pending.keys()].filter(number => !run.has(number)).length
}

const describe = (
  { number, description }: Experiment,
  value: number,
  experiments: Experiment[],
  noise: Noise | null,
) => ({
  experiment: number,
  value,
  description,
  chance: pRealOf(experiments, noise, number),
})

/** Finished and present runs against the time of all slots; `auto` is one a GPU that the machine has. */
function busyShare({ session, experiments, open }: State, running: Status['running'], active: number): number {
  const { slots } = session.contract as Partial<Contract>
  const places = typeof slots === 'number' ? slots : Math.max(1, session.machine.gpus)
  const finished = [...experiments.flatMap(e => e.runs), ...[...open.values()].flat()]
  const seconds = finished.reduce((sum, run) => sum + run.seconds, 0)
  const present = running.reduce((sum, run) => sum + run.elapsedSeconds, 0)
  return active > 0 ? Math.min(1, (seconds + present) / (places * active)) : 0
}

const brief = ({ number, status, metric, decision, description }: Experiment) => ({
  number,
  status,
  metric,
  gain: decision?.gain ?? null,
  description,
})
