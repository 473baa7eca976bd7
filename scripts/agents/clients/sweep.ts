/** Reads what an answer asks for as `sweep`. Pure. */
import { z } from 'zod'
import { plural, sanitizeText } from '../../lib/text.ts'
import { type SweepValue, sweepValueSchema } from '../../record/sweep.ts'
import type { SweepRequest } from '../agent.ts'

/** Points of a sweep. */
export const sweepLimits = { fewest: 2, most: 16, names: 2 }

const valuesByName = z.record(z.string(), z.array(sweepValueSchema))

/** Of each name the different values, in the order of the answer. */
export function readSweep(found: unknown): SweepRequest {
  const parsed = valuesByName.safeParse(found)
  if (!parsed.success)
    return problem('its sweep is no object with a list of values for each constant, such as {"LR": [0.03, 0.05]}')
  const values = new Map(Object.entries(parsed.data).map(([name, list]) => [name, [...new Set(list)]]))
  const wrong = problemOf(values)
  return wrong === null ? { kind: 'values', values } : problem(wrong)
}

function problemOf(values: Map<string, SweepValue[]>): string | null {
  const { fewest, most, names } = sweepLimits
  if (values.size === 0 || values.size > names)
    return `its sweep names ${values.size} constants; one or two are allowed`
  const empty = [...values].find(([, list]) => list.length === 0)
  if (empty) return `its sweep has no value for ${sanitizeText(empty[0], 40)}`
  const points = [...values.values()].reduce((product, list) => product * list.length, 1)
  return points < fewest || points > most
    ? `its sweep has ${plural(points, 'point')}${values.size > 1 ? ' (all pairs)' : ''}; ${fewest} to ${most} are allowed`
    : null
}

const problem = (text: string): SweepRequest => ({ kind: 'problem', problem: text })
