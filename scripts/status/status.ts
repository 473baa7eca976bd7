/** The current status of a session, from its journal and its lock. */

import { basename, dirname, join } from 'node:path'
import { type FinalFacts, finalFacts } from '../analysis/confirm/final.ts'
import type { Forecast } from '../analysis/forecast/forecast.ts'
import { inheritedSentences, singleText, startText } from '../analysis/inherited.ts'
import { pRealOf } from '../analysis/kept.ts'
import { gpuFindings } from '../analysis/noise/gpuRuns.ts'
import { noiseWithConfirm } from '../analysis/noise/noise.ts'
import { verdictWord } from '../analysis/replicated.ts'
import { nextStepOf, nextStepText } from '../analysis/result/nextStep.ts'
import { resultOfRecords } from '../analysis/result/ofRecords.ts'
import { bestSingleRunOf } from '../analysis/result/outcome.ts'
import { resultParagraph, resultSentences } from '../analysis/result/sentences.ts'
import { mechanismText, sandboxFacts, sandboxLine, sandboxSentence, sandboxShort } from '../analysis/sandbox.ts'
import { MIN_RATE_SECONDS, times } from '../analysis/time.ts'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { exists, orWarn } from '../lib/files/read.ts'
import { workRoot } from '../lib/paths.ts'
import { lockOwner } from '../lib/process/lock.ts'
import type { Contract } from '../program/contract.ts'
import { pairUnderWay } from '../ratchet/pairs.ts'
import { activeSeconds } from '../record/activeTime.ts'
import { type HookFailure, readHookFailures } from '../record/files/hookFailures.ts'
import { readNotified, type Told } from '../record/files/notified.ts'
import { files } from '../record/files/paths.ts'
import { publishedTexts } from '../record/files/published.ts'
import { type JournalEvent, readJournalIfThere } from '../record/journal.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, Noise, Outage, Session } from '../record/schema.ts'
import { apply, headOf, initialState, meanMetric, type State, sessionMetrics } from '../record/state.ts'
import { isFailedBaseline, isOver, lacksReport } from '../record/unfinished.ts'
import { readCurrentDigest } from '../report/input.ts'
import { forecastNow } from './forecast.ts'
import { type Health, healthOf } from './health.ts'
import { type Remaining, remainingByRules } from './remaining.ts'

export interface Status {
  id: string
  /**
   * "running"; "paused" by a person, whether or not its process lives; "stopping" while it finishes what runs, confirms
   * and reports; "interrupted" also when its process is dead; else the kind of its end, e.g. "until".
   */
  state: string
  /** Whether its process lives and its end is not recorded yet. */
  alive: boolean
  /** The command that resumes it, or writes its report; null while it runs and when nothing is left to do. */
  resume: string | null
  /** Why it ended, as a clause, with what to do where its baseline failed; null before. */
  reason: string | null
  /** Its result and the next step in the words of report and pages, once it has ended; null before. */
  result: { text: string; counts: string; next: { text: string; command: string } } | null
  /** What it inherited, and once its report is written the gains from the original baseline; null: it inherits nothing. */
  inherited: string | null
  /** Id of the session whose changes it runs again; null where it is no replication. */
  replicates: string | null
  /** What the whole session will take, while it searches; null in confirm, of a replication, and when it does not run. */
  forecast: Forecast | null
  /** Its report, once it has ended; null before. `missing`: it was killed before the report was complete. */
  report: 'written' | 'being written' | 'missing' | null
  /** Seconds: while it runs, without interruptions; once it has ended, from start to end as its report says. */
  elapsedSeconds: number
  /** Runs under way, by slot. */
  running: UnderWay[]
  /** Number of candidates that wait for a slot. */
  waiting: number
  experiments: number
  kept: number
  metric: string
  goal: Session['metric']['goal']
  baseline: number | null
  /** `pReal`: 0 to 1; null for the baseline, and before σ is known. */
  head: { experiment: number; value: number; description: string; pReal: number | null } | null
  /** Gain of the head over the baseline; positive is better. */
  gain: number | null
  noise: Noise | null
  /** What its runs execute in, and what that holds; null where it is not recorded. */
  sandbox: { mechanism: string; text: string } | null
  /** null below an hour. */
  experimentsPerHour: number | null
  /** Share of the slots' time spent in runs, 0 to 1. */
  busy: number
  /** Whether the slots are GPUs. */
  gpu: boolean
  /** What else used the GPUs or slowed them down, in the sentences of the report. */
  gpuFindings: string[]
  left: Remaining[]
  agent: Health
  /** Outages of agents; `retryInSeconds`: null for an outage that has ended. */
  outages: (Outage & { retryInSeconds: number | null })[]
  /** What confirm runs, once it is decided; null before. */
  final: FinalFacts | null
  /** What is or was done with the report at each destination of `publish`, in one line each. */
  published: string[]
  /** Who was told of what, oldest first. */
  notified: Told[]
  /** Hooks that failed after a verdict or at the end, oldest first. */
  hookFailures: HookFailure[]
  last: {
    number: number
    status: string
    /** The status, or of a replication what was found. */
    word: string
    metric: number | null
    gain: number | null
    description: string
  }[]
}

export interface UnderWay {
  experiment: number
  /** Run of the experiment, from 1. */
  k: number
  purpose: string
  slot: number
  /** The candidate's description; null for a repeat of a judged experiment. */
  description: string | null
  /** Of an experiment whose pairs are made: the present one, from 1, and their number; else null. */
  pair: { number: number; of: number } | null
  elapsedSeconds: number
  budgetSeconds: number
}

/** Reads the status from a session's folder. */
export const readStatus = async (folder: string, now = new Date()): Promise<Status> =>
  statusOf(folder, await readEvents(folder), now)

/** Computes the status from the journal's events, without modifying them. */
export async function statusOf(folder: string, events: JournalEvent[], now = new Date()): Promise<Status> {
  const first = events[0]
  if (first?.event !== 'started')
    throw new Failure(`${files.journal(folder)} does not begin with a session.`, 'Restore it from a copy.')
  const state = initialState(structuredClone(first.session))
  for (const event of events) apply(state, event)
  const isAlive = state.session.stop === null && !(await hasNoHarness(folder))
  const left = await whatIsLeft(folder, state, isAlive)
  return {
    ...summarise(state, events, isAlive, now),
    ...left,
    result: await resultOf(folder, state, left.report),
    inherited: await inheritedOf(folder, state, left.report),
    forecast: isAlive && state.session.replication === undefined ? await forecastNow(folder, state, now) : null,
    published: await publishedTexts(folder, state.session.id, state.session.stop !== null),
    notified: await readNotified(folder),
    hookFailures: await readHookFailures(folder),
  }
}

/** From the digest, which is written with the report; before, from the records alone. */
async function resultOf(
  folder: string,
  { session, experiments }: State,
  report: Status['report'],
): Promise<Status['result']> {
  if (session.stop === null) return null
  if (isFailedBaseline(experiments[0])) {
    const { command } = nextStepOf({ session, experiments, pairs: null, confirmed: null, unknown: null })
    return { text: '', counts: '', next: { text: 'Then start a new session', command } }
  }
  const digest = report === 'written' ? await orWarn(readCurrentDigest(folder)) : null
  const facts = digest ?? resultOfRecords(session, experiments)
  const sentences = resultSentences(facts)
  const next = { text: nextStepText(facts), command: sentences.next.command }
  // Only the digest compares the runs of confirm: without it nothing is said of what they found.
  const isKnown = digest != null || facts.confirmRuns.runs === 0
  return { text: isKnown ? resultParagraph(sentences) : '', counts: sentences.counts, next }
}

async function inheritedOf(
  folder: string,
  { session, experiments }: State,
  report: Status['report'],
): Promise<string | null> {
  if (session.inherited === undefined) return null
  const digest = report === 'written' ? await orWarn(readCurrentDigest(folder)) : null
  const said = digest ? inheritedSentences(digest) : null
  if (said !== null) return `${said.from} ${said.gains}`
  const starts = `This session starts from ${startText(session.inherited)}.`
  const single = singleText(session, experiments)
  return single === null ? starts : `${starts} ${single}`
}

async function whatIsLeft(folder: string, state: State, isAlive: boolean): Promise<Pick<Status, 'resume' | 'report'>> {
  const { id, stop } = state.session
  const kind = stateOf(state, isAlive)
  const resume = command(`session resume ${id}`)
  if (isFailedBaseline(state.experiments[0])) return { resume: null, report: null }
  if (stop === null || !isOver(stop.kind))
    return { resume: kind === 'paused' || !isAlive ? resume : null, report: null }
  if (!(await lacksReport(folder))) return { resume: null, report: 'written' }
  return (await isHeld(folder)) ? { resume: null, report: 'being written' } : { resume, report: 'missing' }
}

function stateOf({ session, requested }: State, isAlive: boolean): string {
  if (session.stop) return session.stop.kind
  if (requested?.kind === 'pause') return 'paused'
  if (!isAlive) return 'interrupted'
  return requested?.kind === 'stop' ? 'stopping' : 'running'
}

function reasonOf({ session, experiments }: State): string | null {
  const [baseline] = experiments
  if (!isFailedBaseline(baseline)) return session.stop?.detail ?? null
  const why = baseline?.runs.at(-1)?.why ?? baseline?.reason
  return `the baseline failed: ${why}. Make \`${session.contract.run}\` work, and commit it`
}

export async function readEvents(folder: string): Promise<JournalEvent[]> {
  const events = await readJournalIfThere(files.journal(folder))
  if (events !== null) return events
  const advice = `\`${command(`report ${basename(folder)}`)}\` shows its results.`
  throw new Failure(`${folder} has no journal: it was not made on this machine.`, advice)
}

/** Whether a process of this machine holds the session, e.g. to write its report. */
const isHeld = async (folder: string): Promise<boolean> =>
  (await lockOwner(join(workRoot, basename(folder), 'lock'))) !== null

/** Whether no process runs a session of this machine; false for other machines' sessions, whose lock is unknown. */
async function hasNoHarness(folder: string): Promise<boolean> {
  const lock = join(workRoot, basename(folder), 'lock')
  return (await exists(dirname(lock))) && (await lockOwner(lock)) === null
}

function summarise(
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

/** Of a replicated change by the verdict: all its runs are of confirm. */
const valueIn = (experiment: Experiment): number | null =>
  sessionMetrics(experiment).length > 0 ? meanMetric(experiment) : experiment.replicates ? experiment.metric : null

const runsUnderWay = (state: State, now: Date): UnderWay[] =>
  [...state.running.values()]
    .map(({ experiment, k, purpose, slot, at }) => {
      const elapsedSeconds = Math.max(0, (now.getTime() - Date.parse(at)) / 1000)
      const description = state.pending.get(experiment)?.description ?? null
      const pair = pairUnderWay(state, experiment)
      return { experiment, k, purpose, slot, description, pair, elapsedSeconds, budgetSeconds: state.session.budget }
    })
    .sort((a, b) => a.slot - b.slot)

function waitingIn({ pending, running }: State): number {
  const run = new Set([...running.values()].map(({ experiment }) => experiment))
  return [...pending.keys()].filter(number => !run.has(number)).length
}

const describe = (
  { number, description }: Experiment,
  value: number,
  { session, experiments }: Pick<State, 'session' | 'experiments'>,
  noise: Noise | null,
) => ({
  experiment: number,
  value,
  description,
  pReal: pRealOfHead(number, { session, experiments }, noise),
})

/** The last P(real), with the runs that it rests on. */
let known: { key: string; pReal: number | null } | null = null

/** Kept until another run has finished: in a long session it takes a second, and `--watch` asks every two. */
function pRealOfHead(
  number: number,
  { session, experiments }: Pick<State, 'session' | 'experiments'>,
  noise: Noise | null,
): number | null {
  // Nothing was selected in a replication.
  if (session.replication !== undefined) return null
  const runs = experiments.reduce((sum, e) => sum + e.runs.length, 0)
  const key = [session.id, number, experiments.length, runs].join(' ')
  if (known?.key !== key) {
    const judging = { goal: session.metric.goal, paired: isPaired(session) }
    known = { key, pReal: pRealOf(experiments, judging, noise, number) }
  }
  return known.pReal
}

/** Of a paired session the sum of the kept gains, for its values are of different times. */
function gainSoFar({ session, experiments }: State, baseline: number | null, value: number | null): number | null {
  if (baseline === null || value === null) return null
  const { goal } = session.metric
  if (isPaired(session)) return bestSingleRunOf(experiments, goal, true)?.gain ?? null
  return (goal === 'minimize' ? 1 : -1) * (baseline - value)
}

/** Share of the slots' time spent in finished and current runs; `auto` counts as one slot per GPU. */
function busyShare({ session, experiments, open }: State, running: Status['running'], active: number): number {
  const { slots } = session.contract as Partial<Contract>
  const slotCount = typeof slots === 'number' ? slots : Math.max(1, session.machine.gpus)
  const finished = [...experiments.flatMap(e => e.runs), ...[...open.values()].flat()]
  const seconds = finished.reduce((sum, run) => sum + run.seconds, 0)
  const current = running.reduce((sum, run) => sum + run.elapsedSeconds, 0)
  return active > 0 ? Math.min(1, (seconds + current) / (slotCount * active)) : 0
}

const brief = ({ number, status, metric, decision, description }: Experiment) => ({
  number,
  status,
  metric,
  gain: decision?.gain ?? null,
  description,
})
