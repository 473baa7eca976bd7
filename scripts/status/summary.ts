/** What the journal alone says of a session. Pure. */
import { finalFacts } from '../analysis/confirm/final.ts'
import { gpuFindings } from '../analysis/noise/gpuRuns.ts'
import { noiseWithConfirm } from '../analysis/noise/noise.ts'
import { verdictWord } from '../analysis/replicated.ts'
import { mechanismText, sandboxFacts, sandboxLine, sandboxSentence, sandboxShort } from '../analysis/sandbox.ts'
import { MIN_RATE_SECONDS, times } from '../analysis/time.ts'
import { activeSeconds } from '../record/activeTime.ts'
import type { JournalEvent } from '../record/journal.ts'
import type { Experiment, Outage, Session } from '../record/schema.ts'
import { headOf, type State } from '../record/state.ts'
import { describe, gainSoFar, valueIn } from './head.ts'
import { healthOf } from './health.ts'
import { reasonOf, stateOf } from './outcome.ts'
import { remainingByRules } from './remaining.ts'
import { engineStatus } from './slots.ts'
import type { Status } from './status.ts'
import { busyShare, runsUnderWay, waitingIn } from './underWay.ts'

export function summarise(
  state: State,
  events: JournalEvent[],
  isAlive: boolean,
  now: Date,
): Omit<Status, 'resume' | 'report' | 'result' | 'inherited' | 'forecast' | 'published' | 'notified' | 'hookFailures'> {
  const { session, experiments } = state
  const kind = stateOf(state, isAlive)
  const head = headOf(state)
  const baseline = experiments[0] ? valueIn(experiments[0]) : null
  const value = head ? valueIn(head) : null
  const active = activeSeconds(session, isAlive ? now : state.seenAt)
  // Of a session that has ended, what its report says.
  const spent = isAlive || session.endedAt === null ? null : times(session, experiments)
  const elapsed = spent?.total ?? active
  const done = Math.max(0, experiments.length - 1)
  const rate = active > 0 ? done / active : 0
  const running = isAlive ? runsUnderWay(state, now) : []
  const began = new Date(events.findLast(e => e.event === 'started' || e.event === 'resumed')?.at ?? session.startedAt)
  const noise = noiseWithConfirm(session, experiments)
  return {
    id: session.id,
    replicates: session.replication?.session ?? null,
    state: kind,
    alive: isAlive,
    reason: reasonOf(state),
    elapsedSeconds: elapsed,
    running,
    engine: engineStatus(state, isAlive, now),
    waiting: isAlive ? waitingIn(state) : 0,
    experiments: done,
    kept: experiments.filter(e => e.status === 'keep' && e.number > 0).length,
    metric: session.metric.name,
    goal: session.metric.goal,
    baseline,
    head: head && value !== null ? describe(head, value, state, noise) : null,
    gain: gainSoFar(state, baseline, value),
    noise,
    sandbox: sandboxOf(session, experiments),
    experimentsPerHour: elapsed >= MIN_RATE_SECONDS ? (spent?.experimentsPerHour ?? rate * 3600) : null,
    busy: busyShare(state, running, elapsed),
    gpu: session.machine.gpus > 0,
    gpuFindings: gpuFindings(session, experiments).map(({ sentence }) => sentence),
    left: isAlive ? remainingByRules(state, { began, now, active, rate }) : [],
    agent: healthOf(events, session.agent.use),
    outages: session.outages.map(outage => ({
      ...outage,
      retryInSeconds: isAlive ? secondsUntilRetry(outage, events, now) : null,
    })),
    final: session.final ? finalFacts(state) : null,
    last: experiments.slice(-10).map(e => ({ ...brief(e), word: verdictWord(session, experiments, e) })),
  }
}

/** Before the first verdict what the first run executes in. */
function sandboxOf(session: Session, experiments: Experiment[]): Status['sandbox'] {
  const facts = sandboxFacts(session, experiments)
  const short = facts === null ? null : sandboxShort(facts)
  if (facts !== null && short !== null) return { mechanism: short, text: sandboxSentence(facts) }
  const last = session.sandboxes?.at(-1)
  return last === undefined ? null : { mechanism: mechanismText(last.mechanism), text: sandboxLine(last) }
}

/** Seconds until an agent that is down is retried, at least 0; null when it is not down. */
function secondsUntilRetry({ agentIndex, endedAt }: Outage, events: JournalEvent[], now: Date): number | null {
  const last = events.findLast(event => event.event === 'agent-failed' && event.agentIndex === agentIndex)
  if (endedAt !== null || last?.event !== 'agent-failed') return null
  return Math.max(0, (Date.parse(last.at) - now.getTime()) / 1000 + last.backoff)
}

const brief = ({ number, status, metric, decision, description }: Experiment) => ({
  number,
  status,
  metric,
  gain: decision?.gain ?? null,
  description,
})
