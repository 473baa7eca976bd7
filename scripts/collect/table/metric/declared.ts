/** Reads lines that say what the metric is and in which direction it is better: "# metric_direction: higher_is_better". */

import { type Declared, type Line, type Lines, normalizedName, type Section } from '../split/lines.ts'
import type { Goal } from './goal.ts'

const MAX_CHARACTERS = 300
const ABOUT_METRIC = new Set(
  'metric primary_metric metric_name main_metric target_metric objective optimize optimise'.split(' '),
)
const ABOUT_GOAL = new Set(
  'direction metric_direction best_direction goal metric_goal optimization optimisation optimization_direction better'.split(
    ' ',
  ),
)
/** In any comment. */
const PHRASES: [RegExp, Goal][] = [
  [/\b(?:higher|bigger|larger|greater|more)[ _-](?:is[ _-])?better\b/i, 'maximize'],
  [/\b(?:lower|smaller|less|fewer)[ _-](?:is[ _-])?better\b/i, 'minimize'],
]
/** Behind "direction:" or in brackets behind a name. "max" in a free comment says nothing. */
const WORDS: [RegExp, Goal][] = [
  ...PHRASES,
  [/\b(?:maximi[sz]e|maximi[sz]ing|max|higher|up|increase)\b|↑/i, 'maximize'],
  [/\b(?:minimi[sz]e|minimi[sz]ing|min|lower|down|decrease)\b|↓/i, 'minimize'],
]
const NAME = /^[\p{L}][\p{L}\p{N}_@./%-]{0,59}$/u

/**
 * @param text a comment, or another line outside of the table
 * @returns one entry per metric that the line names; empty if it says nothing about the metric
 */
export function readDeclared(text: string, line: number): Declared[] {
  if (text.length > MAX_CHARACTERS || text.includes('\t')) return []
  const comment = /^\s*(?:#|\/\/|<!--)/.test(text)
  const body = text
    .replace(/^\s*(?:#+|\/\/|<!--)?/, '')
    .replace(/-->\s*$/, '')
    .trim()
  const mark = body.search(/[:=]/)
  const key = mark < 0 ? '' : normalizedName(body.slice(0, mark))
  const value = mark < 0 ? '' : body.slice(mark + 1).trim()
  if (ABOUT_GOAL.has(key)) return ofParts(value, line)
  if (ABOUT_METRIC.has(key)) return ofParts(value, line).filter(({ metric, goal }) => metric !== null || goal !== null)
  if (!comment) return []
  const goal = goalIn(body, PHRASES)
  // "# val_bpb: lower is better", "# val_bpb (lower is better)"
  return goal === null ? [] : [{ metric: nameIn(mark < 0 ? body : body.slice(0, mark)), goal, line }]
}

/** "higher_is_better", "minimize val_bpb", "val_score (lower is better)", "up (coverage), down (api_time)". */
function ofParts(value: string, line: number): Declared[] {
  const parts = value.split(/[,;]/).map(part => part.trim())
  const each = parts.map(part => ({ metric: nameIn(part), goal: goalIn(part, WORDS), line }))
  // A name alone and its direction behind a comma: "val_bpb, lower is better".
  const [first, second] = each
  if (each.length === 2 && first && second && first.goal === null && second.metric === null)
    return [{ ...first, goal: second.goal }]
  const found = each.filter(({ goal }) => goal !== null)
  if (found.length > 1) return found
  const only = each.length === 1 ? first : found[0]
  return only && (only.metric !== null || only.goal !== null) ? [only] : []
}

/** null without a direction, or with both. */
function goalIn(text: string, words: [RegExp, Goal][]): Goal | null {
  const goals = new Set(words.flatMap(([word, goal]) => (word.test(text.replaceAll('_', ' ')) ? [goal] : [])))
  const [goal] = goals
  return goals.size === 1 && goal ? goal : null
}

/** The name in "minimize val_bpb" or "val_bpb (lower is better)": what is left without the direction, if one word. */
function nameIn(text: string): string | null {
  const left = text
    .replace(/\b(?:higher|bigger|larger|greater|lower|smaller|more|less|fewer)[ _-](?:is[ _-])?better\b/i, ' ')
    .replace(/(?:^|[\s(])(?:maximi[sz]e|minimi[sz]e|max|min|higher|lower|up|down)(?=$|[\s)])|[↑↓]/i, ' ')
    .replace(/[()[\]"'`*]/g, ' ')
    .trim()
  return NAME.test(left) ? left : null
}

/** Lines outside of the table that say something of the metric, each with what it says. */
export function findDeclared({ comments, sections }: Lines): Map<Line, Declared[]> {
  const loose = sections.flatMap(({ lines }) => lines.filter(({ cells }) => cells.length < 2))
  const lines = [...comments, ...loose].sort((a, b) => a.number - b.number)
  return new Map(
    lines.flatMap(line => {
      const said = readDeclared(line.text, line.number)
      return said.length > 0 ? [[line, said] as const] : []
    }),
  )
}

const namesOf = (sections: Section[]): Set<string> =>
  new Set(sections.flatMap(({ header }) => header?.cells.map(normalizedName) ?? []))

/** What the file declares to be the metric: null if it declares none, or several. */
export function declaredMetric(declared: Declared[], sections: Section[]): Declared | null {
  const names = namesOf(sections)
  const named = declared.filter(({ metric }) => metric !== null)
  const known = named.filter(({ metric }) => names.has(normalizedName(metric ?? '')))
  const found = known.length > 0 ? known : named
  return new Set(found.map(({ metric }) => normalizedName(metric ?? ''))).size === 1 ? (found[0] ?? null) : null
}

/**
 * What the file says of this metric's direction, else of a metric that is no other column; null if it says nothing, or
 * both.
 */
export function declaredGoal(
  declared: Declared[],
  names: (string | null)[],
  sections: Section[],
): { goal: Goal; line: number } | null {
  const columns = namesOf(sections)
  const said = declared.flatMap(({ metric, goal, line }) => (goal === null ? [] : [{ metric, goal, line }]))
  const own = said.filter(({ metric }) => metric !== null && names.includes(normalizedName(metric)))
  const found =
    own.length > 0
      ? own
      : said.filter(({ metric }) => metric === null || (said.length === 1 && !columns.has(normalizedName(metric))))
  return new Set(found.map(({ goal }) => goal)).size === 1 ? (found[0] ?? null) : null
}
