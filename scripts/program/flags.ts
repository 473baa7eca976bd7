/** Turns flags of `pnpm session` into frontmatter keys, so that one schema checks both. */
import type { Overrides } from './read.ts'

const numbers = ['experiments', 'hours', 'seeds'] as const
const texts = ['until', 'budget', 'timeout', 'slots', 'proposers', 'data', 'sandbox', 'network'] as const
/** Flags that are keys of `agent`. */
const ofAgent = { agent: 'use', model: 'model', effort: 'effort', 'agent-timeout': 'timeout' } as const

type Name = (typeof numbers)[number] | (typeof texts)[number] | keyof typeof ofAgent | 'fallback' | 'engine'
type Values = Partial<Record<Name, string | undefined>> & { 'agent-arg'?: string[] | undefined }

/**
 * The frontmatter keys that the flags set. --experiments, --hours or --until replaces all three keys of the file:
 * `--experiments 8` removes the file's `until`.
 */
export function flagOverrides(values: Values): Overrides {
  const given: Overrides = {}
  // Values that are not numbers stay text, so that the schema's error shows what was typed.
  for (const name of numbers)
    if (values[name] !== undefined)
      given[name] = Number.isNaN(Number(values[name])) ? values[name] : Number(values[name])
  for (const name of texts) if (values[name] !== undefined) given[name] = values[name]
  for (const name of ['slots', 'proposers'] as const)
    if (values[name] !== undefined && !Number.isNaN(Number(values[name]))) given[name] = Number(values[name])
  if (values.network === 'true' || values.network === 'false') given.network = values.network === 'true'
  const agent = agentOverrides(values)
  if (Object.keys(agent).length > 0) given.agent = agent
  if (values.engine !== undefined) given.engine = { use: values.engine }
  if (values.fallback !== undefined) given.fallback = names(values.fallback)
  const stops = ['experiments', 'hours', 'until'].some(name => name in given)
  return stops ? { until: null, hours: null, experiments: null, ...given } : given
}

/** The keys of `agent` that flags set; read.ts merges them into the file's. */
function agentOverrides(values: Values): Record<string, unknown> {
  const agent: Record<string, unknown> = {}
  for (const [flag, key] of Object.entries(ofAgent) as [keyof typeof ofAgent, string][])
    if (values[flag] !== undefined) agent[key] = values[flag]
  if (values['agent-arg'] !== undefined) agent.args = values['agent-arg']
  return agent
}

/** Splits a list such as "codex,tuner"; "none" is an empty list. */
const names = (list: string): string[] => (list === 'none' ? [] : list.split(',').map(name => name.trim()))
