/** A short record of each experiment (tree, change, gain), for comparisons between sessions. Pure. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { sanitizeText } from '../../lib/text.ts'
import { type Experiment, type Metric, statuses } from '../../record/schema.ts'
import { effectSchema } from '../../stats/evidence.ts'
import { gainsOf } from '../gains.ts'
import { blocksOf } from '../source/edits.ts'
import { effectsOf } from './effects.ts'
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
): Trial[] {
  const effects = noise === null ? null : effectsOf(experiments, goal, noise)
  const gains = gainsOf(experiments, goal)
  return experiments.map(({ number, description, status, metric, tree }) => ({
    experiment: number,
    description: sanitizeText(description, MAX_CHARACTERS),
    status,
    metric,
    gain: gains.get(number) ?? null,
    tree,
    change: changeOf(patches.get(number) ?? ''),
    effect: effects?.get(number) ?? null,
  }))
}

/** null without changed lines. */
export function changeOf(patch: string): string | null {
  const lines = blocksOf(patch).flatMap(({ removed, added }) => [
    ...removed.map(line => `-${line.trim().replace(/\s+/g, ' ')}`),
    ...added.map(line => `+${line.trim().replace(/\s+/g, ' ')}`),
  ])
  return lines.length === 0 ? null : createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)
}
