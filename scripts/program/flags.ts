/** Flags of `pnpm session` as frontmatter keys: the same schema checks both. */
import type { Overrides } from './read.ts'

const numbers = ['experiments', 'hours', 'seeds'] as const
const texts = ['until', 'budget', 'timeout', 'agent', 'slots'] as const

type Values = Partial<Record<(typeof numbers)[number] | (typeof texts)[number], string | undefined>>

/**
 * Keys that were given. A stop rule by flag replaces those of the file: `--experiments 8` on a program that says
 * until 07:00 means eight.
 */
export function flagOverrides(values: Values): Overrides {
  const given: Overrides = {}
  // What is not a number stays text, so that the schema's error shows what was typed.
  for (const name of numbers)
    if (values[name] !== undefined)
      given[name] = Number.isNaN(Number(values[name])) ? values[name] : Number(values[name])
  for (const name of texts) if (values[name] !== undefined) given[name] = values[name]
  if (values.slots !== undefined && !Number.isNaN(Number(values.slots))) given.slots = Number(values.slots)
  const stops = ['experiments', 'hours', 'until'].some(name => name in given)
  return stops ? { until: null, hours: null, experiments: null, ...given } : given
}
