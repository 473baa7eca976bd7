/** Makes a side of a comparison from a session's records. */

import { basisOf } from '../analysis/confirm/basis.ts'
import { rerunCount } from '../analysis/confirm/seeds.ts'
import { gpuPrice } from '../analysis/cost.ts'
import { givenData } from '../analysis/data.ts'
import { digest as digestOf } from '../analysis/digest.ts'
import { inheritedSentences } from '../analysis/inherited.ts'
import { machineName } from '../analysis/machineName.ts'
import { throughputOf } from '../analysis/nodeSpeedWords.ts'
import { assumeNoise } from '../analysis/noise/assumedNoise.ts'
import { noiseWithConfirm } from '../analysis/noise/noise.ts'
import { originText } from '../analysis/origin.ts'
import { type ReplicationFacts, withFoundGains } from '../analysis/replication/facts.ts'
import { changeSentence, singlesOf, stackOf } from '../analysis/replication/words.ts'
import { bestSingleRunOf } from '../analysis/result/outcome.ts'
import { resultSentences } from '../analysis/result/sentences.ts'
import type { Digest } from '../analysis/schema.ts'
import { targetOf } from '../analysis/target.ts'
import { change } from '../lib/format.ts'
import { capital } from '../lib/text.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { bestSoFar } from '../record/state.ts'
import { triedBy } from './changes/tried.ts'
import { proseUses } from './prose/used.ts'
import type { Setting, Side, Step } from './schema.ts'
import { hoursUntil, spending } from './spent.ts'

export interface Records {
  session: Session
  experiments: Experiment[]
  /** null before the report; then computed from records and patches. */
  digest: Digest | null
  /** change.patch by experiment number, and the baseline's files; needed only without a digest. */
  patches?: Map<number, string>
  source?: Map<string, string>
  /** The pruned head against the baseline; null where the final is the head. */
  finalPatch?: string | null
  /** What the session inherited; null where it inherited nothing. */
  inheritedPatch?: string | null
}

/** A baseline nearer to zero than this, in σ of one run, is no measure of a change. */
const MIN_BASELINE_SIGMAS = 5

/** @param experiments in any order; sorted by verdict if their times are known */
export function sideOf({
  session,
  experiments,
  digest,
  patches = new Map(),
  source = new Map(),
  finalPatch = null,
  inheritedPatch = null,
}: Records): Side {
  const ordered = byVerdict(experiments)
  const facts = isWhole(digest, experiments)
    ? digest
    : digestOf(session, ordered, patches, { source, others: [], finalPatch, inheritedPatch })
  const noise = noiseWithConfirm(session, ordered)
  const assumed = noise === null ? assumeNoise(ordered, noise) : null
  const single = bestSingleRunOf(ordered, session.metric.goal, isPaired(session))
  const baseline = single?.baseline ?? null
  const sigma = noise?.sigma ?? assumed?.sigma ?? null
  // A baseline that noise alone may bring to zero has no relative changes.
  const isMeasured = baseline !== null && baseline !== 0 && Math.abs(baseline) > MIN_BASELINE_SIGMAS * (sigma ?? 0)
  const part = (gain: number) => gain / Math.abs(baseline ?? 1)
  const spent = spending(session, ordered)
  const { replicationOf } = facts
  // What a replication runs was chosen elsewhere: it has no search to compare.
  const isSearch = replicationOf === null
  const kept = isSearch ? keptCount(ordered) : null
  const frontier = isMeasured && isSearch ? steps(session, ordered, baseline, spent) : []
  const side = {
    ...about(session),
    measuredBy: basisOf(session, ordered)?.by ?? null,
    throughput: throughputOf(session, ordered),
    onEngine: session.engine !== undefined,
    experiments: ordered.filter(e => e.number > 0).length,
    kept,
    inherited: inheritedOf(session, facts),
    baseline,
    best: isSearch ? (single?.best ?? null) : null,
    sigma: sigma === null || !isMeasured ? null : { value: part(sigma), assumed: assumed !== null },
    frontier,
    // Where it is not known whether any row was kept, there is no best kept run.
    bestSingleRun: single && isMeasured && kept !== null ? part(single.gain) : null,
    confirmed: isMeasured ? confirmedOf(facts) : null,
    hours: spent.hours,
    deviceHours: spent.deviceHours,
    agentUsd: spent.agentUsd(ordered.length),
    gpuUsdPerHour: gpuPrice(session),
    tried: isMeasured ? triedBy(facts, withFoundGains(ordered, replicationOf), part, noise, sigma) : [],
    settings: settingsOf(facts),
  }
  return {
    ...side,
    prose: isSearch ? proseUses(ordered, side) : [],
    replication: replicationOf && replicationIn(facts, replicationOf),
  }
}

function replicationIn(facts: Digest, replication: ReplicationFacts): Side['replication'] {
  const { verdict, counts } = resultSentences(facts)
  const single = singlesOf(replication).map(change => capital(changeSentence(change, replication, facts.metric, null)))
  return { of: replication.session, text: `${verdict} ${counts}`.trim(), each: single.join(' ') }
}

function inheritedOf({ inherited }: Session, facts: Digest): Side['inherited'] {
  const said = inheritedSentences(facts)
  return inherited === undefined || said === null
    ? null
    : { from: inherited.session, text: `${said.from} ${said.gains}` }
}

/** Whether a digest is of the current version and covers all experiments. */
export const isWhole = (digest: Digest | null, experiments: Experiment[]): digest is Digest =>
  digest?.experiments === experiments.length

/**
 * In verdict order, which with several slots is not number order; rows of imported tables without times stay in table
 * order.
 */
export const byVerdict = (experiments: Experiment[]): Experiment[] =>
  experiments.every(e => e.endedAt !== null)
    ? experiments.toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? ''))
    : experiments.toSorted((a, b) => a.number - b.number)

function about(session: Session) {
  const { id, tag, machine, metric, budget, data, startedAt, stop, source } = session
  const { use, model } = session.agent
  return {
    id,
    tag,
    target: targetOf(session),
    budget,
    data,
    given: givenData(session),
    startedAt,
    machine: { label: machine.label, name: machineName(machine), gpu: machine.gpu, gpus: machine.gpus },
    metric: { name: metric.name, goal: metric.goal, unit: metric.unit },
    agent:
      session.replication !== undefined
        ? null
        : use === null
          ? model
          : [use, model].filter(text => text !== null).join(', '),
    running: stop === null,
    collected: source !== undefined,
    origin: source === undefined ? null : originText(session),
  }
}

/** null where rows are of unknown status, and none is known to be kept. */
function keptCount(ordered: Experiment[]): number | null {
  const own = ordered.filter(e => e.number > 0)
  const kept = own.filter(e => e.status === 'keep').length
  return kept === 0 && own.some(e => e.status === 'unknown') ? null : kept
}

function steps(session: Session, ordered: Experiment[], baseline: number, spent: ReturnType<typeof spending>): Step[] {
  const values = isPaired(session) ? withGainsAdded(ordered, baseline, session.metric.goal) : ordered
  const best = bestSoFar(values, session.metric.goal)
  return values.flatMap((e, order) => {
    // A kept change may be worse than an earlier one: then the frontier stays.
    if (e.metric === null || e.metric !== best[order] || (e.number > 0 && e.status !== 'keep')) return []
    const gain = change(e.metric - baseline, session.metric.goal) + 0
    return [
      {
        experiment: e.number,
        order,
        hours: hoursUntil(session, e),
        deviceHours: spent.deviceHoursUntil(order),
        agentUsd: spent.agentUsd(order + 1),
        change: gain / Math.abs(baseline),
        description: e.description,
      },
    ]
  })
}

/** Of a paired session, whose values are of different times: each value is the baseline's with the gains kept so far. */
function withGainsAdded(ordered: Experiment[], baseline: number, goal: Session['metric']['goal']): Experiment[] {
  let total = 0
  return ordered.map(e => {
    if (e.status === 'keep') total += e.decision?.gain ?? 0
    return e.metric === null ? e : { ...e, metric: baseline + change(total, goal) }
  })
}

/** The result that the session's own report leads with. */
function confirmedOf({ confirmed: own, replicationOf, seeds: use }: Digest): Side['confirmed'] {
  const confirmed = replicationOf === null ? own : (stackOf(replicationOf)?.found ?? null)
  if (confirmed === null || confirmed.baseline === 0) return null
  const part = (gain: number) => gain / Math.abs(confirmed.baseline)
  const { gain, interval, seeds, verdict } = confirmed
  return {
    gain: part(gain),
    interval: [part(interval[0]), part(interval[1])],
    seeds,
    runs: rerunCount(use, seeds),
    verdict,
  }
}

function settingsOf({ configuration, constants }: Digest): Side['settings'] {
  const values: Setting[] = configuration ?? constants
  return { all: configuration !== null, values }
}
