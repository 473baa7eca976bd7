/** One experiment's life: propose, guard, commit, train, measure, decide, record. Reads as the flow. */
import { metricText } from '../lib/format.ts'
import { clean } from '../lib/terminal.ts'
import { experimentName } from '../record/files.ts'
import type { Decision, Experiment, Run } from '../record/schema.ts'
import { bestValue, nightValues } from '../record/state.ts'
import { type Candidate, commitCandidate } from './candidate.ts'
import { decide } from './decide.ts'
import { emit, type Night } from './night.ts'
import { type Crew, noteFailure, propose, type Turn } from './propose.ts'
import { record } from './record.ts'
import { train } from './train.ts'

/** Seed of every candidate's first run, the baseline's too: what a change does is seen on the same draw. */
export const firstSeed = 1

/** Makes the next experiment. @returns null when no agent has a proposal left, or Ctrl-C came before one */
export async function makeExperiment(night: Night, crew: Crew, best: Experiment): Promise<Experiment | null> {
  const startedAt = new Date().toISOString()
  const turn = await propose(night, crew, best)
  if (!turn) return null
  const number = nextNumber(night)
  const description = clean(turn.proposal.description, 120) || 'no description'
  const common = { number, description, ...about(turn, best), startedAt }

  const candidate = await commitCandidate(night, number, best, description)
  if ('refused' in candidate) {
    const { refused, ...lines } = candidate
    const experiment = await record(night, {
      ...common,
      ...lines,
      ...unmeasured,
      status: 'refused',
      reason: `Refused: ${refused}.`,
      commit: null,
      tree: null,
    })
    await noteFailure(night, crew, `${experimentName(number)} refused: ${refused}`)
    return experiment
  }
  crew.failures = 0
  await emit(night, { event: 'candidate', candidate: { ...common, ...candidate } })
  return record(night, { ...common, ...candidate, ...(await judge(night, candidate, best)) })
}

/** Runs a candidate until the decision is made; a marginal gain may ask for another seed. */
async function judge(night: Night, candidate: Candidate, best: Experiment): Promise<Verdict> {
  const values: number[] = []
  for (let i = 0; ; i++) {
    const purpose = i === 0 ? 'candidate' : 'repeat'
    const run = await train(night, {
      experiment: candidate.number,
      commit: candidate.commit,
      purpose,
      seed: firstSeed + i,
    })
    if (run.metric === null) return failed(run)
    const over = overLimit(night.contract.limits, run)
    if (over) return { ...unmeasured, status: 'discard', reason: over, metric: run.metric, memoryMb: memoryOf(run) }
    values.push(run.metric)
    const decision = decide(caseOf(night, candidate, best, values))
    if (decision.verdict === 'repeat') continue
    return {
      status: decision.verdict,
      reason: decision.reason,
      decision,
      metric: decision.candidate,
      memoryMb: memoryOf(run),
    }
  }
}

type Verdict = Pick<Experiment, 'status' | 'reason' | 'decision' | 'metric' | 'memoryMb'>

const unmeasured = { decision: null as Decision | null, metric: null, memoryMb: null }

/** What a failed run makes of its experiment. */
export function failed(run: Run): Verdict {
  const status = run.outcome === 'ok' ? 'crash' : run.outcome
  return { ...unmeasured, status, reason: `${status[0]?.toUpperCase()}${status.slice(1)}: ${run.why ?? 'no metric'}.` }
}

/** Peak memory as the run printed it; null when it did not. */
export const memoryOf = (run: Run): number | null => run.summary.peak_vram_mb ?? null

function caseOf(night: Night, candidate: Candidate, best: Experiment, values: number[]) {
  const { contract, state } = night
  const { goal } = contract.metric
  const kept = state.experiments.filter(e => e.status === 'keep' && nightValues(e).length > 0).map(bestValue)
  return {
    goal,
    candidate: values,
    best: bestValue(best),
    bestEver: goal === 'minimize' ? Math.min(...kept) : Math.max(...kept),
    sigma: state.session.noise?.sigma ?? null,
    linesAdded: candidate.linesAdded,
    linesRemoved: candidate.linesRemoved,
    policy: { lineCost: contract.lineCost, repeat: contract.repeat },
  }
}

function overLimit(limits: Record<string, number>, run: Run): string | null {
  for (const [name, limit] of Object.entries(limits)) {
    const value = run.summary[name]
    if (value !== undefined && value > limit)
      return `Discarded: ${name} ${metricText(value)} is over the limit of ${limit}.`
  }
  return null
}

function about({ proposal, use, seconds, proseHash }: Turn, best: Experiment) {
  const { model, tokens, costUsd, hypothesis } = proposal
  return {
    hypothesis,
    agent: { use, model, seconds, tokens, costUsd },
    proseHash,
    parent: { number: best.number, commit: best.commit ?? '' },
  }
}

const nextNumber = ({ state }: Night): number => (state.experiments.at(-1)?.number ?? -1) + 1
