/** A short record of each experiment (tree, change, gain), for comparisons between sessions. Pure. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { type Experiment, type Metric, statuses } from '../../record/schema.ts'
import { type Effect, effectSchema } from '../../stats/evidence.ts'
import { gainsOf } from '../gains.ts'
import { changesByNumber, type ReplicatedChange, type ReplicationFacts } from '../replication/facts.ts'
import { blocksOf } from '../source/edits.ts'
import { effectOfRerun, effectsOf } from './effects.ts'
import type { Sigma } from './knobShape.ts'

export const trialSchema = z.object({
  experiment: z.number().int().nonnegative(),
  description: z.string(),
  status: z.enum(statuses),
  metric: z.number().nullable(),
  gain: z.number().nullable(),
  tree: z.string().nullable(),
  /** Hash of the removed and added lines, white space normalised: equal for equal changes in any session or file. */
  change: z.string().nullable(),
  /** Its gain with what its uncertainty depends on; null without a gain or a measured σ. */
  effect: effectSchema.nullable().default(null),
  /** Of a replication: the experiments of another session whose changes it runs, and whether these are that session's final. */
  replicates: z
    .object({ session: z.string(), experiments: z.array(z.number().int().nonnegative()).min(1), isFinal: z.boolean() })
    .nullable()
    .default(null),
})
export type Trial = z.infer<typeof trialSchema>

/** Characters of a description that are compared. */
const MAX_CHARACTERS = 200

/** One trial per experiment, in the same order. @param experiments in the order of their verdicts */
export function trials(
  experiments: Experiment[],
  patches: Map<number, string>,
  goal: Metric['goal'],
  noise: Sigma | null = null,
  replication: ReplicationFacts | null = null,
): Trial[] {
  const effects = noise === null ? null : effectsOf(experiments, goal, noise)
  const gains = gainsOf(experiments, goal)
  const replicated = changesByNumber(replication)
  return experiments.map(({ number, description, status, metric, tree }) => ({
    experiment: number,
    description: sanitizeText(description, MAX_CHARACTERS),
    status,
    metric,
    gain: gains.get(number) ?? null,
    tree,
    change: changeOf(patches.get(number) ?? ''),
    effect: effectOf(replicated.get(number), effects?.get(number)),
    replicates: replicatesOf(replicated.get(number), replication),
  }))
}

const effectOf = (change: ReplicatedChange | undefined, effect: Effect | null = null): Effect | null =>
  change?.found ? effectOfRerun(change.found) : effect

function replicatesOf(change: ReplicatedChange | undefined, facts: ReplicationFacts | null): Trial['replicates'] {
  if (change === undefined || facts === null || change.of.length === 0) return null
  return { session: facts.session, experiments: change.of, isFinal: change.isStack && facts.isFinal }
}

/** null without changed lines. */
export function changeOf(patch: string): string | null {
  const lines = blocksOf(patch).flatMap(({ removed, added }) => [
    ...removed.map(line => `-${line.trim().replace(/\s+/g, ' ')}`),
    ...added.map(line => `+${line.trim().replace(/\s+/g, ' ')}`),
  ])
  return lines.length === 0 ? null : createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)
}
