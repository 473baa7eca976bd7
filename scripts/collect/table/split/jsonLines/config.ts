/** Reads the lines of a JSON-lines session that name its metric, unit and direction. Pure. */
import type { Metric } from '../../../../record/schema.ts'
import { plainWord } from '../../values/verdict.ts'
import { isObject, type JsonObject } from './values.ts'

export interface Config {
  line: number
  metric: string | null
  goal: Metric['goal'] | null
  unit: string | null
  /** A direction that is neither lower nor higher, as written. */
  unclear: string | null
}

const KEYS = {
  kind: ['type', 'kind', 'event', 'record'],
  metric: ['metricName', 'metric_name', 'primary_metric', 'primaryMetric', 'metric'],
  unit: ['metricUnit', 'metric_unit', 'unit'],
  goal: ['bestDirection', 'best_direction', 'metricDirection', 'metric_direction', 'direction', 'goal'],
}
/** Keys that a measured row has and a configuration has not. */
const ROW_KEYS = ['run', 'status', 'value', 'score', 'commit', 'iteration', 'iter', 'keep', 'kept', 'decision']
const CONFIG_KINDS = new Set(['config', 'configuration', 'init', 'setup', 'header', 'meta', 'metadata', 'session'])
const LOWER = new Set('lower min minimize minimise minimum lower_is_better smaller down decrease less low'.split(' '))
const HIGHER = new Set('higher max maximize maximise maximum higher_is_better larger up increase more high'.split(' '))

/** The word of a line that says what it is: "config", "hook", "result"; null without one. */
export const kindOf = (line: JsonObject): string | null => text(line, KEYS.kind)

/** @returns null if the line is no configuration, or names neither a metric nor a direction */
export function configOf(line: JsonObject, number: number): Config | null {
  const inner = isObject(line.config) ? line.config : line
  const metric = text(inner, KEYS.metric)
  const direction = text(inner, KEYS.goal)
  const says = CONFIG_KINDS.has(plainWord(kindOf(line) ?? ''))
  if (metric === null && direction === null) return null
  if (!says && (metric === null || direction === null || ROW_KEYS.some(key => key in line))) return null
  const word = plainWord(direction ?? '')
  const goal = LOWER.has(word) ? 'minimize' : HIGHER.has(word) ? 'maximize' : null
  return {
    line: number,
    metric,
    goal,
    unit: text(inner, KEYS.unit),
    unclear: direction !== null && goal === null ? direction : null,
  }
}

function text(object: JsonObject, keys: string[]): string | null {
  const found = keys.map(key => (Object.hasOwn(object, key) ? object[key] : null)).find(isFilled)
  return found ?? null
}

const isFilled = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''
