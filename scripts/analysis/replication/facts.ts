/** What a session of `pnpm replicate` found, beside what was found where its changes are from. Pure. */
import { z } from 'zod'
import type { Experiment, Session } from '../../record/schema.ts'
import { replicationSchema } from '../../record/taken.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import { holdoutBetween } from '../confirm/confirmed.ts'
import { confirmedSchema } from '../confirm/schema.ts'
import { modelName } from '../machineName.ts'
import { besideIt, findingText, type Replicated, type ReplicationOutcome, replicated } from '../replicated.ts'

const count = z.number().int().nonnegative()

export const outcomes = [
  'confirmed',
  'not confirmed',
  'opposite',
  'did not apply',
  'failed',
] as const satisfies readonly ReplicationOutcome[]

/** A gain in the other session, positive is better. `interval` is null of the runs that chose it. */
const thereSchema = z.object({
  gain: z.number(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  /** A value of the metric there, for the number of its digits. */
  baseline: z.number(),
})
export type There = z.infer<typeof thereSchema>

const changeSchema = z.object({
  /** Its experiment here. */
  experiment: count,
  /** The experiments there whose changes it runs. */
  of: z.array(count),
  isStack: z.boolean(),
  description: z.string(),
  outcome: z.enum(outcomes),
  /** One sentence. */
  reason: z.string(),
  /** In its runs beside the baseline's; null where it was not run, ran longer than the baseline, or nothing bounds the noise. */
  found: confirmedSchema.nullable(),
  holdout: confirmedSchema.nullable(),
  there: thereSchema.nullable(),
})
export type ReplicatedChange = z.infer<typeof changeSchema>

/** With the session that the changes are taken from, as the replication recorded it. */
export const replicationFactsSchema = replicationSchema.omit({ head: true, plan: true }).extend({
  /** Model of the machine here, its label, the training seconds of a run, and the fingerprint of the data. */
  here: z.object({
    machine: z.string(),
    label: z.string(),
    budget: z.number().nonnegative().nullable(),
    fingerprint: z.string().nullable(),
  }),
  /** By number, all changes together first; empty before the first verdict. */
  changes: z.array(changeSchema),
})
export type ReplicationFacts = z.infer<typeof replicationFactsSchema>

/** A replication of a session's changes, in that session's own digest. */
export const replicationOfThisSchema = replicationFactsSchema.extend({
  /** The replication's id. */
  by: z.string(),
})
export type ReplicationOfThis = z.infer<typeof replicationOfThisSchema>

/**
 * null where the session is no replication.
 * @param others digests of other sessions; that of the original tells what each change gained there
 */
export function replicationFacts(
  session: Session,
  experiments: Experiment[],
  others: Original[] = [],
): ReplicationFacts | null {
  if (session.replication === undefined) return null
  const { head: _, plan: _plan, ...taken } = session.replication
  const { machine, budget, metric } = session
  const original = others.find(other => other.session === taken.session)
  const baseline = experiments.find(e => e.number === 0)
  return {
    ...taken,
    machine: taken.machine === null ? null : modelName(taken.machine),
    here: {
      machine: modelName(machine.gpu ?? machine.cpu ?? machine.label),
      label: machine.label,
      budget,
      fingerprint: session.data?.fingerprint ?? null,
    },
    changes: replicated(session, experiments).map(({ experiment, isStack, outcome, found, overBudget }) => ({
      experiment: experiment.number,
      of: experiment.replicates?.experiments ?? [],
      isStack,
      description: experiment.description,
      outcome,
      // A later confirm adds pairs, which the recorded sentence does not count.
      reason: found === null ? experiment.reason : findingText({ outcome, found, overBudget }, session),
      // Values of longer runs compare with nothing.
      found: overBudget === null ? found : null,
      holdout:
        baseline && found && overBudget === null && metric.holdout !== null
          ? holdoutBetween(besideIt(baseline, experiment), experiment, metric.goal)
          : null,
      there: thereOf(experiment, isStack, taken, original),
    })),
  }
}

/** All changes together gained what confirm found there, if they are its final; one by itself, what its runs there show. */
function thereOf(
  { replicates }: Experiment,
  isStack: Replicated['isStack'],
  { isFinal, confirmed }: Pick<ReplicationFacts, 'isFinal' | 'confirmed'>,
  original: Original | undefined,
): There | null {
  const [only, ...more] = replicates?.experiments ?? []
  if (isStack && isFinal && confirmed !== null) return confirmed
  if (only === undefined || more.length > 0 || original === undefined) return null
  const kept = original.kept.find(k => k.experiment === only)
  const again = kept?.rerun ?? kept?.ablation
  if (again) return { gain: again.gain, interval: again.interval, baseline: again.baseline }
  const gain = kept?.gain ?? original.trials.find(t => t.experiment === only)?.gain ?? null
  return gain === null ? null : { gain, interval: null, baseline: original.bestSingleRun?.baseline ?? 1 }
}

/** What tells the gains of another session's changes: its digest. */
export interface Original {
  session: string
  kept: { experiment: number; gain: number; rerun: Confirmed | null; ablation: Confirmed | null }[]
  trials: { experiment: number; gain: number | null }[]
  bestSingleRun: { baseline: number } | null
}

/** The replications of a session, by the digests of the others. */
export const replicationsOf = (
  session: string,
  others: { session: string; replicationOf: ReplicationFacts | null }[],
): ReplicationOfThis[] =>
  others.flatMap(({ session: by, replicationOf }) =>
    replicationOf?.session === session ? [{ ...replicationOf, by }] : [],
  )

/** What was found of each experiment of a replication, by number; empty of any other session. */
export const changesByNumber = (facts: ReplicationFacts | null): Map<number, ReplicatedChange> =>
  new Map(facts?.changes.map(change => [change.experiment, change]))

/**
 * A replication's experiments, each with the gain that its runs beside the baseline's show: a verdict on it is about that
 * gain, and no other run of it chose anything.
 */
export function withFoundGains(experiments: Experiment[], facts: ReplicationFacts | null): Experiment[] {
  if (facts === null) return experiments
  const changes = changesByNumber(facts)
  return experiments.map(e => {
    const change = changes.get(e.number)
    const found = change?.found
    if (!found) return e
    const { gain, baseline: head, head: candidate, seeds, interval } = found
    return {
      ...e,
      metric: candidate,
      reason: change.reason,
      decision: {
        verdict: e.status === 'keep' ? 'keep' : 'discard',
        reason: change.reason,
        candidate,
        head,
        gain,
        needed: 0,
        sigma: null,
        linesAdded: e.linesAdded,
        linesRemoved: e.linesRemoved,
        pairs: { count: seeds, half: (interval[1] - interval[0]) / 2 },
      },
    }
  })
}
