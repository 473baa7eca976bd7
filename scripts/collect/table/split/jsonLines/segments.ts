/** Splits a JSON-lines session into segments, one for each configuration, and chooses the one to collect. Pure. */
import { Failure } from '../../../../lib/errors.ts'
import { plural, sanitizeText } from '../../../../lib/text.ts'
import { normalizedName } from '../lines.ts'
import type { Config } from './config.ts'
import type { JsonObject } from './values.ts'

export interface Run {
  number: number
  text: string
  value: JsonObject
}

/** The runs under one configuration. Each has a baseline of its own, and its values are compared with no other's. */
export interface Segment {
  /** As pi-autoresearch counts: from 0, each configuration is one more. */
  number: number
  /** null: the runs stand before the first configuration. */
  config: Config | null
  runs: Run[]
}

export interface Wishes {
  /** --segment */
  segment: number | null
  /** --metric */
  metric: string | null
}

export interface Choice {
  chosen: Segment
  /** Other segments that have runs. */
  others: Segment[]
  why: string
}

/**
 * The segment that the user named; else the one with the most runs, of those with the user's metric if there are any.
 * @throws {Failure} if no segment has runs, or the named one has none
 */
export function chooseSegment(segments: Segment[], { segment, metric }: Wishes, where: string): Choice {
  const filled = segments.filter(({ runs }) => runs.length > 0)
  if (segment !== null) {
    const chosen = filled.find(({ number }) => number === segment)
    if (!chosen)
      throw new Failure(
        `--segment ${segment}: ${where} has no such segment with runs.`,
        `It has: ${listOf(filled, 12)}.`,
      )
    return { chosen, others: filled.filter(other => other !== chosen), why: 'The command says so.' }
  }
  const named = filled.filter(
    ({ config }) => metric !== null && normalizedName(config?.metric ?? '') === normalizedName(metric),
  )
  const [chosen] = (named.length > 0 ? named : filled).toSorted((a, b) => b.runs.length - a.runs.length)
  const config = segments.find(candidate => candidate.config !== null)?.config
  if (!chosen)
    throw new Failure(
      `${where} has ${config ? `a configuration in line ${config.line} and ` : ''}no run.`,
      'Give a session with one JSON object per run, e.g. {"run":1,"commit":"a1b2c3d","metric":0.98,"status":"keep"}.',
    )
  return { chosen, others: filled.filter(other => other !== chosen), why: 'It has the most runs.' }
}

/** The largest segments, and how many more there are. */
export function listOf(segments: Segment[], most = 6): string {
  const largest = segments.toSorted((a, b) => b.runs.length - a.runs.length).slice(0, most)
  const shown = largest.toSorted((a, b) => a.number - b.number).map(nameOf)
  const rest = segments.length - shown.length
  return rest > 0 ? `${shown.join('; ')}; and ${rest} more with fewer runs` : shown.join('; ')
}

/** "0 (total_ms, lines 1 to 27, 26 runs)" */
export function nameOf({ number, config, runs }: Segment): string {
  const metric = config?.metric ? `${sanitizeText(config.metric, 60)}, ` : ''
  const first = config?.line ?? runs[0]?.number
  return `${number} (${metric}lines ${first} to ${runs.at(-1)?.number ?? first}, ${plural(runs.length, 'run')})`
}
