/**
 * Rows whose status has no known meaning, of a collected session: they were measured, and only what was kept is not known.
 * Pure.
 */
import { z } from 'zod'
import { argument, command } from '../../lib/command.ts'
import { change } from '../../lib/format.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment, Metric, Session } from '../../record/schema.ts'
import { bestOf } from '../../record/state.ts'
import { briefDelta, briefMetric, list } from '../numbers.ts'

const number = z.number().int().nonnegative()

export const unknownSchema = z.object({
  /** The status words without a known meaning, the most frequent first, with their rows, the baseline's included; null: none. */
  words: z.array(z.object({ word: z.string().nullable(), rows: number })),
  /** Experiments of unknown status that have a value, the baseline not counted. */
  experiments: z.array(number),
  /** How many of them are better than the baseline. */
  better: number,
  /** The best of them, with its gain over the baseline; null where none has a value. */
  best: z.object({ experiment: number, metric: z.number(), gain: z.number() }).nullable(),
  /** Whether that is better than the best kept row, the baseline included. */
  beatsKept: z.boolean(),
  /** The command that collects the session again with these words named. */
  again: z.string(),
  /** Whether the source is a file or folder, of which a record has the last names only. */
  isPath: z.boolean(),
})
export type Unknown = z.infer<typeof unknownSchema>

/** Words that are named in a text or a command. */
const MAX_WORDS = 5

/** null where the status of every row but the baseline's is known. */
export function unknownOf(
  experiments: Experiment[],
  { metric, source }: Pick<Session, 'metric' | 'source'>,
): Unknown | null {
  const rows = experiments.filter(e => e.status === 'unknown')
  if (!rows.some(e => e.number > 0)) return null
  const { goal } = metric
  const baseline = experiments.find(e => e.number === 0)?.metric ?? null
  const measured = rows.flatMap(e =>
    e.number > 0 && e.metric !== null ? [{ number: e.number, metric: e.metric }] : [],
  )
  const gainOver = (value: number, than: number | null) => (than === null ? 0 : change(value - than, goal) + 0)
  const [best] = measured.toSorted((a, b) => gainOver(b.metric, a.metric))
  const kept = bestOf(experiments, goal)?.metric ?? baseline
  const counts = Map.groupBy(rows, e => wordOf(e))
  const words = [...counts].map(([word, same]) => ({ word, rows: same.length })).sort((a, b) => b.rows - a.rows)
  return {
    words,
    experiments: measured.map(e => e.number),
    better: measured.filter(e => gainOver(e.metric, baseline) > 0).length,
    best: best ? { experiment: best.number, metric: best.metric, gain: gainOver(best.metric, baseline) } : null,
    beatsKept: best !== undefined && gainOver(best.metric, kept) > 0,
    again: command(collectAgain(source?.from ?? '', source?.flags ?? [], words)),
    isPath: !/^(?:[a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/i.test(source?.from ?? ''),
  }
}

const wordOf = ({ row }: Experiment): string | null => (row?.status ? sanitizeText(row.status, 80) : null)

/**
 * The words of a command that reads a source again with its status words named: "collect results.tsv --status ok=keep".
 * @param from the source, as typed or recorded
 * @param flags as they were given
 */
export function collectAgain(from: string, flags: string[], words: Unknown['words']): string {
  const named = words.flatMap(({ word }) => (word === null ? [] : [word])).slice(0, MAX_WORDS)
  const hints = named.length > 0 ? named.flatMap(statusFlag) : ['--column status=NAME']
  const given = flags.map(flag => (/^--[a-z][a-z-]*$/.test(flag) ? flag : argument(flag)))
  return ['collect', argument(from), ...given, ...hints].join(' ')
}

/** A word that begins with a dash would be read as a flag of its own. */
const statusFlag = (word: string): string[] => {
  const value = argument(`${word}=keep`)
  return [word.startsWith('-') ? `--status=${value}` : `--status ${value}`]
}

/** "“ok” (3 rows) and “iterate” (1 row)"; rows without a status are left out. */
export function wordsText(words: Unknown['words']): string {
  const named = words.flatMap(({ word, rows }) =>
    word === null ? [] : [`“${sanitizeText(word, 40)}” (${plural(rows, 'row')})`],
  )
  const shown = named.slice(0, MAX_WORDS)
  const rest = named.length - shown.length
  return list(rest > 0 ? [...shown, `${plural(rest, 'other word')}`] : shown)
}

/**
 * How to say what the words mean: a sentence that a command follows.
 * @param isPath whether the command has only the last names of the source's path
 */
export function namingText({ words, isPath }: Pick<Unknown, 'words' | 'isPath'>): string {
  const path = isPath ? ', by its whole path' : ''
  if (words.every(({ word }) => word === null))
    return `If a column says what was kept, name it and collect the source again${path}`
  const them = words.filter(({ word }) => word !== null).length === 1 ? 'it means' : 'each means'
  return `Say what ${them}, keep or discard, and collect the source again${path}, e.g.`
}

/** Why it is not known what was kept: "the status “ok” (3 rows) has no known meaning". */
export function whyUnknown({ words }: Pick<Unknown, 'words'>): string {
  if (words.every(({ word }) => word === null)) return 'the rows have no status'
  const without = words.find(({ word }) => word === null)?.rows ?? 0
  const [are, have] = words.length - (without > 0 ? 1 : 0) === 1 ? ['status', 'has'] : ['statuses', 'have']
  const rest = without === 0 ? '' : `, and ${without === 1 ? 'one row has' : `${without} rows have`} none`
  return `the ${are} ${wordsText(words)} ${have} no known meaning${rest}`
}

/**
 * "Both measured experiments are better than the baseline's fps of 6.5, the best 9.1 (0003, +2.6), selected among them"
 * @param measured experiments that have a value; where some of them have a known status, those of unknown status are named
 */
export function measuredText(
  { experiments, better, best }: Pick<Unknown, 'experiments' | 'better' | 'best'>,
  metric: Metric,
  baseline: number,
  measured: number,
): string {
  if (best === null) return ''
  const all = experiments.length
  const of = all < measured ? ' of unknown status' : ''
  const one = of === '' ? 'The one that was measured' : `The one${of}`
  const than = `the baseline's ${metric.name} of ${briefMetric(baseline, [best.metric])}`
  if (better === 0) return `${all === 1 ? `${one} is not` : `None of the ${all} measured${of} is`} better than ${than}`
  const value = `${briefMetric(best.metric, [baseline])} (${experimentName(best.experiment)}, ${briefDelta(best.gain, metric, baseline)})`
  if (all === 1) return `${one} is better than ${than}: ${value}`
  const which = better < all ? `${better} of ${all}` : all === 2 ? 'Both' : `All ${all}`
  return `${which} measured experiments${of} ${better === 1 ? 'is' : 'are'} better than ${than}, the best ${value}, selected among them`
}
