/** What each experiment was, so short that other sessions can be compared with it: its tree, its change, its gain. Pure. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Experiment, type Metric, statuses } from '../../record/schema.ts'
import { gainsOf } from '../gains.ts'
import { blocksOf } from '../source/edits.ts'

export const trialSchema = z.object({
  experiment: z.number().int().nonnegative(),
  status: z.enum(statuses),
  metric: z.number().nullable(),
  gain: z.number().nullable(),
  tree: z.string().nullable(),
  /** Of the lines taken out and put in, white space aside: the same for the same change of the same lines anywhere. */
  change: z.string().nullable(),
})
export type Trial = z.infer<typeof trialSchema>

/** In the order of the verdicts. */
export function trials(experiments: Experiment[], patches: Map<number, string>, goal: Metric['goal']): Trial[] {
  const gains = gainsOf(experiments, goal)
  return experiments.map(({ number, status, metric, tree }) => ({
    experiment: number,
    status,
    metric,
    gain: gains.get(number) ?? null,
    tree,
    change: changeOf(patches.get(number) ?? ''),
  }))
}

function changeOf(patch: string): string | null {
  const lines = blocksOf(patch).flatMap(({ removed, added }) => [
    ...removed.map(line => `-${line.trim().replace(/\s+/g, ' ')}`),
    ...added.map(line => `+${line.trim().replace(/\s+/g, ' ')}`),
  ])
  return lines.length === 0 ? null : createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)
}
