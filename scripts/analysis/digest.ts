/** Computes a session's digest from its records. Pure. */
import { isPaired } from '../record/pairs.ts'
import { type Experiment, type Session, statuses } from '../record/schema.ts'
import { confirmedBetween, holdoutBetween } from './confirmed.ts'
import { drifts } from './drift.ts'
import { holdoutLooks } from './holdoutLooks.ts'
import { deadEnds, keptChanges } from './kept.ts'
import { assumeNoise, nullGainOf, nullGainOfPairs } from './luck.ts'
import { nextCommand } from './nextStep.ts'
import { noiseOf, pairsOfSession } from './noise.ts'
import { total } from './numbers.ts'
import { bestSingleRunOf } from './outcome.ts'
import { type Digest, digestVersion } from './schema.ts'
import { causes } from './search/causes.ts'
import { knobs } from './search/knobs.ts'
import { findNearMisses } from './search/nearMisses.ts'
import { plateaus } from './search/plateaus.ts'
import { replications } from './search/replication.ts'
import { themes } from './search/themes.ts'
import { trials } from './search/trials.ts'
import { configuration } from './source/configuration.ts'
import { movedConstants } from './source/movedConstants.ts'
import { type Source, withPatches } from './source/tree.ts'
import { times } from './time.ts'
import { descriptionWarnings } from './warnings.ts'

/** Inputs besides the session's own records. */
export interface DigestContext {
  /** Editable files of the baseline; empty where unknown. */
  source: Source
  /** Digests of the other sessions. */
  others: Digest[]
}

/**
 * Computes every fact that report and pages show.
 *
 * @param experiments in the order of their verdicts, so that the last keep is the head
 * @param patches change.patch by experiment number, where there is one
 */
export function digest(
  session: Session,
  experiments: Experiment[],
  patches: Map<number, string>,
  { source, others }: DigestContext = { source: new Map(), others: [] },
): Digest {
  const { metric } = session
  const noise = noiseOf(session, experiments)
  const assumed = assumeNoise(experiments, noise)
  const measured = {
    metric,
    experiments,
    noise,
    assumed: assumed?.basis === 'descriptions' ? assumed.sigma : null,
    paired: isPaired(session),
  }
  const pairGains = pairsOfSession(session, experiments)
  const pairs = pairGains && pairGains.length > 0 ? Math.max(...pairGains.map(group => group.length)) : null
  const baseline = experiments.find(e => e.number === 0)
  const head = experiments.findLast(e => e.number > 0 && e.status === 'keep')

  const confirmed = head ? confirmedBetween(baseline, head, metric.goal, noise, pairGains) : null
  const holdout = head ? holdoutBetween(baseline, head, metric.goal) : null
  const kept = keptChanges(measured, confirmed)
  const costUsd = total(experiments.map(e => e.agent.costUsd))
  return {
    schema: digestVersion,
    session: session.id,
    machine: session.machine.label,
    collected: session.source !== undefined,
    metric,
    bestSingleRun: bestSingleRunOf(experiments, metric.goal, pairGains !== null),
    pairs,
    confirmed,
    holdout,
    gap: confirmed && holdout ? confirmed.gain - holdout.gain : null,
    nullGain: pairGains
      ? nullGainOfPairs(pairGains, noise?.sigma ?? null)
      : nullGainOf(experiments, noise?.sigma ?? assumed?.sigma ?? null),
    experiments: experiments.length,
    counts: countStatuses(experiments),
    time: times(session, experiments),
    tokens: total(experiments.map(e => e.agent.tokens)),
    costUsd,
    costPerConfirmedKeep: share(costUsd, kept.filter(k => k.label === 'confirmed').length),
    outages: session.outages,
    plateaus: plateaus(experiments),
    noise,
    assumed,
    // A difference of two runs has a standard deviation of σ·√2, of n pairs σ·√(2/n); two of those is about 95%.
    detectable: noise ? 2 * noise.sigma * Math.sqrt(2 / (pairs ?? 1)) : null,
    kept,
    ...search(session, experiments, patches, others, noise?.sigma ?? assumed?.sigma ?? null),
    deadEnds: deadEnds(measured),
    failures: failures(experiments),
    ...finalConstants(experiments, patches, source),
    warnings: descriptionWarnings(experiments, patches, source),
    holdoutLooks: holdoutLooks(
      session,
      experiments,
      others.map(other => ({ session: other.session, looks: other.holdoutLooks })),
    ),
    drift: drifts(measured),
    stop: session.stop,
    next: nextCommand(session, kept.length, confirmed),
  }
}

/** What was tried, from the diffs, and what other sessions found for the same changes. */
function search(
  session: Session,
  experiments: Experiment[],
  patches: Map<number, string>,
  others: Digest[],
  sigma: number | null,
): Pick<Digest, 'knobs' | 'themes' | 'near' | 'causes' | 'trials' | 'replication'> {
  const { goal } = session.metric
  const own = {
    knobs: knobs(experiments, patches, goal, sigma),
    themes: themes(experiments, patches, goal),
    near: findNearMisses(experiments, patches, goal, sigma),
    causes: causes(experiments),
    trials: trials(experiments, patches, goal),
  }
  const sessions = others.map(other => ({ ...other, sigma: other.noise?.sigma ?? other.assumed?.sigma ?? null }))
  return { ...own, replication: replications({ metric: session.metric, ...own }, sessions) }
}

/** Constants of baseline and head: those that the patches changed, and all where the files are known. */
function finalConstants(
  experiments: Experiment[],
  patches: Map<number, string>,
  source: Source,
): Pick<Digest, 'constants' | 'configuration'> {
  const keeps = experiments.filter(e => e.number > 0 && e.status === 'keep').map(e => e.number)
  const head = source.size === 0 ? null : withPatches(source, keeps, patches)
  return { constants: movedConstants(keeps, patches), configuration: head && configuration(source, head) }
}

/** Cost per item. */
const share = (cost: number | null, bought: number): number | null =>
  cost === null || bought === 0 ? null : cost / bought

function countStatuses(experiments: Experiment[]): Digest['counts'] {
  const counts = Object.fromEntries(statuses.map(status => [status, 0])) as Digest['counts']
  for (const { status } of experiments) counts[status]++
  return counts
}

/** Experiments without a measurement, with the reason, in order. */
function failures(experiments: Experiment[]): Digest['failures'] {
  return experiments
    .filter(({ status }) => status !== 'keep' && status !== 'discard' && status !== 'unknown')
    .map(({ number, description, status, reason }) => ({ experiment: number, description, status, reason }))
}
