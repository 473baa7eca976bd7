/** References in a report's prose: what each kind may name. */
import type { Reference } from './flatten.ts'
import type { Known } from './known.ts'

/**
 * The name in a directive: its label (`:exp[42]`), its id (`::figure{#frontier}`) or its first attribute
 * (`::figure{frontier}`).
 */
export function named(node: Reference): string {
  const label = node.children.map(child => ('value' in child ? child.value : '')).join('')
  const { id, ...others } = node.attributes ?? {}
  const name = label.trim() || id || Object.keys(others)[0] || ''
  if (node.name === 'table' || node.name === 'part') return renamedParts.get(name) ?? name
  if (node.name !== 'fact') return name
  // A fact of one of several sessions has its name before it: "nov21/headline.gain".
  const at = name.lastIndexOf('/') + 1
  return name.slice(0, at) + presentName(name.slice(at))
}

/** The present names of tables and parts that report.source.md of an earlier version has by other names. */
const renamedParts = new Map([
  ['night', 'session'],
  ['doubts', 'warnings'],
])

/** The present name of a fact that report.source.md of an earlier version has by another name. */
function presentName(fact: string): string {
  for (const [before, now] of renamed) if (before.test(fact)) return fact.replace(before, now)
  return fact
}

/** The first that fits counts. */
const renamed: [before: RegExp, now: string][] = [
  [/^night\.unstackable$/, 'session.conflict'],
  [/^night\./, 'session.'],
  [/^holdout\.nights$/, 'holdout.sessions'],
  [/^week\.nights$/, 'week.sessions'],
  [/^doubt(\.\d+\.|s\.)/, 'warning$1'],
  [/^claimed\./, 'bestSingle.'],
  [/^luck\./, 'selection.'],
  [/^headline\.tip$/, 'headline.head'],
  [/^(config\..+)\.tip$/, '$1.head'],
  [/^(kept\.\d+)\.chance$/, '$1.pReal'],
  [/^((?:kept|lesson)\.\d+)\.word\b/, '$1.label'],
]

/** Why a reference is invalid; null if it is valid. */
export function dangling(node: Reference, known: Known): string | null {
  const name = named(node)
  const inText = node.type === 'textDirective'
  const lists: Record<string, { inText: boolean; has: boolean; what: string }> = {
    fact: { inText: true, has: known.facts.has(name), what: 'fact' },
    exp: { inText: true, has: /^\d{1,6}$/.test(name) && known.experiments.has(Number(name)), what: 'experiment' },
    knob: { inText: true, has: known.knobs.has(name), what: 'constant that was moved' },
    figure: { inText: false, has: known.figures.has(name), what: 'figure' },
    part: { inText: false, has: known.tables.has(name), what: 'part' },
    table: { inText: false, has: known.tables.has(name), what: 'table' },
  }
  const kind = lists[node.name]
  const colons = inText ? ':' : '::'
  if (!kind) return `there is no directive ${colons}${node.name}`
  if (kind.inText !== inText)
    return `${node.name} is written ${kind.inText ? `:${node.name}[…] in a sentence` : `::${node.name}{…} on a line of its own`}`
  return kind.has ? null : `there is no ${kind.what} “${name}”`
}
