/** Computes a session's digest from its records. Pure. */

import type { ScoredRow } from '../record/files/rows.ts'
import { isPaired } from '../record/pairs.ts'
import type { Experiment, Session } from '../record/schema.ts'
import { finalOf } from '../record/state.ts'
import { overBudgetWarnings } from './budget.ts'
import { basisOf } from './confirm/basis.ts'
import { confirmedBetween, holdoutBetween, holdoutGapBetween } from './confirm/confirmed.ts'
import { evaluationNoise, rowPairs } from './confirm/evaluationNoise.ts'
import { type FinalFacts, finalFacts } from './confirm/final.ts'
import { holdoutLooks } from './confirm/holdoutLooks.ts'
import { countConfirmRuns } from './confirm/runs.ts'
import { seedsOf } from './confirm/seeds.ts'
import { agentCost, gpuCost } from './cost.ts'
import { engineFacts } from './engine.ts'
import { inheritedFacts } from './inherited.ts'
import { deadEnds, keptChanges } from './kept.ts'
import { labelNeeds } from './labels.ts'
import { assumeNoise, searchNoise } from './noise/assumedNoise.ts'
import { drifts, hasDrifted } from './noise/drift.ts'
import { gpuFindings } from './noise/gpuRuns.ts'
import { noiseOf, noiseWithConfirm, pairsOfSession } from './noise/noise.ts'
import { total } from './numbers.ts'
import { type ReplicationFacts, replicationFacts, replicationsOf, withFoundGains } from './replication/facts.ts'
import { countStatuses } from './result/counts.ts'
import { nextStepOf } from './result/nextStep.ts'
import { bestSingleRunOf } from './result/outcome.ts'
import { nullGainOf, nullGainOfPairs } from './result/selection.ts'
import { unknownOf } from './result/unknown.ts'
import { sandboxFacts } from './sandbox.ts'
import { type Digest, digestVersion } from './schema.ts'
import { causes } from './search/causes.ts'
import type { Sigma } from './search/knobShape.ts'
import { knobs } from './search/knobs.ts'
import { findNearMisses } from './search/nearMisses.ts'
import { plateaus } from './search/plateaus.ts'
import { replications } from './search/replication.ts'
import { themes } from './search/themes.ts'
import { trials } from './search/trials.ts'
import { configuration } from './source/configuration.ts'
import { changesIn, finalChanges } from './source/finalChanges.ts'
import { movedConstants } from './source/movedConstants.ts'
import { outsideConstants } from './source/outsideConstants.ts'
import { type Source, withPatches } from './source/tree.ts'
import { targetOf } from './target.ts'
import { times } from './time.ts'
import { traceFacts } from './traces.ts'
import { descriptionWarnings } from './warnings.ts'

/** Inputs besides the session's own records. */
export interface DigestContext {
  /** Editable files of the baseline; empty where unknown. */
  source: Source
  /** Digests of the other sessions. */
  others: Digest[]
  /** The pruned head against the baseline, from final.patch; null without one. */
  finalPatch?: string | null
  /** What the session inherited; null where it inherited nothing, or it is not recorded. */
  inheritedPatch?: string | null
  /** Rows that the evaluations of confirm's runs scored, by `runKey`; empty where unknown. */
  rows?: Map<string, ScoredRow[]>
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
  { source, others, finalPatch = null, inheritedPatch = null, rows = new Map() }: DigestContext = {
    source: new Map(),
    others: [],
  },
): Digest {
  const { metric } = session
  const noise = noiseWithConfirm(session, experiments)
  // What confirm compares its own runs by.
  const loopNoise = noiseOf(session, experiments)
  const assumed = assumeNoise(experiments, noise)
  const measured = {
    metric,
    experiments,
    noise: loopNoise,
    assumed: searchNoise({ noise: null, assumed }),
    paired: isPaired(session),
  }
  const pairGains = pairsOfSession(session, experiments)
  const pairs = pairGains && pairGains.length > 0 ? Math.max(...pairGains.map(group => group.length)) : null
  const baseline = experiments.find(e => e.number === 0)
  const facts = finalFacts({ session, experiments })
  const final = facts === null ? undefined : finalOf({ session, experiments })

  const confirmRuns = countConfirmRuns(session, experiments, facts)
  // Values of longer runs compare with nothing.
  const comparable = confirmRuns.overBudget === null ? final : undefined
  const confirmed = comparable ? confirmedBetween(baseline, comparable, metric.goal, loopNoise, pairGains) : null
  // Without a name, a target's second value is not known to be of other data.
  const heldOut = metric.holdout === null ? undefined : comparable
  const holdout = heldOut ? holdoutBetween(baseline, heldOut, metric.goal) : null
  const drift = drifts(measured)
  // Runs side by side share the drift.
  const drifted = !measured.paired && hasDrifted(drift)
  const replicationOf = replicationFacts(session, experiments, others)
  const asFound = withFoundGains(experiments, replicationOf)
  // A replication searches for nothing: what it runs was chosen elsewhere.
  const isSearch = replicationOf === null
  const kept = isSearch ? keptChanges({ ...measured, final, drifted }, confirmed) : keptStack(replicationOf, asFound)
  const unknown = unknownOf(experiments, session)
  const costUsd = agentCost(experiments)
  return {
    schema: digestVersion,
    session: session.id,
    machine: session.machine.label,
    target: targetOf(session),
    collected: session.source !== undefined,
    ...(session.source?.kind === 'table' ? { ofTable: true } : {}),
    metric,
    bestSingleRun: bestSingleRunOf(experiments, metric.goal, measured.paired),
    pairs,
    final: facts,
    inherited: inheritedFacts(session, experiments, comparable, loopNoise, inheritedPatch),
    confirmed,
    holdout,
    confirmRuns,
    gap: heldOut ? holdoutGapBetween(baseline, heldOut, metric.goal) : null,
    nullGain: !isSearch
      ? null
      : pairGains
        ? nullGainOfPairs(pairGains, noise)
        : nullGainOf(experiments, noise ?? (assumed && { sigma: assumed.sigma, interval: null })),
    experiments: experiments.length,
    counts: countStatuses(experiments),
    tried: countStatuses(experiments.filter(e => e.number > 0)),
    measured: experiments.filter(e => e.number > 0 && e.metric !== null).length,
    unknown,
    time: times(session, experiments),
    tokens: total(experiments.map(e => e.agent.tokens)),
    costUsd,
    gpuCost: gpuCost(session, experiments),
    costPerConfirmedKeep: share(costUsd, kept.filter(k => k.label === 'confirmed').length),
    outages: session.outages,
    traces: traceFacts(session.traces ?? []),
    plateaus: isSearch ? plateaus(experiments) : [],
    noise,
    assumed,
    // A difference of two runs has a standard deviation of σ·√2, of n pairs σ·√(2/n); two of those is about 95%.
    detectable: noise ? 2 * noise.sigma * Math.sqrt(2 / (pairs ?? 1)) : null,
    kept,
    labelNeeds: isSearch ? labelNeeds(noise, experiments) : null,
    replicationOf,
    replicatedBy: replicationsOf(session.id, others),
    ...search(session, asFound, { patches, source, others, noise: searchNoise({ noise, assumed }), replicationOf }),
    deadEnds: isSearch ? deadEnds(measured) : [],
    failures: isSearch ? failures(experiments) : [],
    ...finalConstants(facts, experiments, patches, { source, finalPatch }),
    warnings: descriptionWarnings(experiments, patches, source),
    overBudget: overBudgetWarnings(experiments, session.budget),
    holdoutLooks: holdoutLooks(
      session,
      experiments,
      others.map(other => ({ session: other.session, looks: other.holdoutLooks })),
    ),
    seeds: seedsOf(session, source, noise),
    evaluationNoise: confirmed && baseline && final ? evaluationNoise(rowPairs(baseline, final, rows)) : null,
    basis: basisOf(session, experiments),
    sandbox: sandboxFacts(session, experiments),
    engine: engineFacts(session, experiments),
    drift: [...drift, ...gpuFindings(session, experiments)],
    stop: session.stop,
    next: nextStepOf({ session, experiments, pairs, confirmed, overBudget: confirmRuns.overBudget !== null, unknown }),
  }
}

/** What was tried, from the diffs, and what other sessions found for the same changes. */
function search(
  session: Session,
  experiments: Experiment[],
  {
    patches,
    source,
    others,
    noise,
    replicationOf,
  }: Pick<DigestContext, 'source' | 'others'> & {
    patches: Map<number, string>
    noise: Sigma | null
    replicationOf: ReplicationFacts | null
  },
): Pick<Digest, 'knobs' | 'withoutDiff' | 'themes' | 'near' | 'causes' | 'trials' | 'replication'> {
  const { goal } = session.metric
  const own = {
    ...knobs(experiments, patches, goal, noise, source),
    ...(replicationOf === null
      ? {
          themes: themes(experiments, patches, goal),
          near: findNearMisses(experiments, patches, goal, noise?.sigma ?? null),
          causes: causes(experiments),
        }
      : { themes: [], near: { misses: [], combinations: [] }, causes: [] }),
    trials: trials(experiments, patches, goal, noise, replicationOf),
  }
  const about = { session: session.id, target: targetOf(session), metric: session.metric }
  return { ...own, replication: replicationOf === null ? replications({ ...about, ...own }, others) : [] }
}

/** All changes together, where they were confirmed here: what `pnpm adopt` takes. */
function keptStack(replication: ReplicationFacts, asFound: Experiment[]): Digest['kept'] {
  return replication.changes.flatMap(({ experiment, isStack, found, description }) => {
    const e = asFound.find(({ number }) => number === experiment)
    if (!isStack || found === null || e?.status !== 'keep' || e.metric === null) return []
    const { linesAdded, linesRemoved, memoryMb } = e
    return [
      {
        experiment,
        description,
        metric: e.metric,
        gain: found.gain,
        share: null,
        pReal: null,
        label: 'confirmed' as const,
        labelReason: 'The 95% interval of its gain in the runs of the replication is above zero.',
        ablation: null,
        rerun: found,
        ablationError: null,
        linesAdded,
        linesRemoved,
        memoryMb,
      },
    ]
  })
}

/** Constants of baseline and final, those that the patches changed and all where the files are known, and what is in none. */
function finalConstants(
  facts: FinalFacts | null,
  experiments: Experiment[],
  patches: Map<number, string>,
  { source, finalPatch }: { source: Source; finalPatch: string | null },
): Pick<Digest, 'constants' | 'configuration' | 'outsideConstants'> {
  const whole = finalChanges(facts, experiments, patches, finalPatch)
  const final = source.size === 0 ? null : withPatches(source, whole.numbers, whole.patches)
  const own = changesIn(facts, experiments)
  return {
    constants: movedConstants(whole.numbers, whole.patches),
    configuration: final && configuration(source, final),
    outsideConstants: outsideConstants(own, experiments, patches, final && { baseline: source, final }),
  }
}

/** Cost per item. */
const share = (cost: number | null, bought: number): number | null =>
  cost === null || bought === 0 ? null : cost / bought

/** Experiments without a measurement, with the reason, in order. */
function failures(experiments: Experiment[]): Digest['failures'] {
  return experiments
    .filter(({ status }) => status !== 'keep' && status !== 'discard' && status !== 'unknown')
    .map(({ number, description, status, reason }) => ({ experiment: number, description, status, reason }))
}
