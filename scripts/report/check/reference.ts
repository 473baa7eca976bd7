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
  const present = renamed.get(name) ?? name
  return node.name === 'fact' ? present.replace(/^night\./, 'session.') : present
}

/** Names used in report.source.md by earlier versions, and their present names. Facts called `night.…` are `session.…`. */
const renamed = new Map([
  ['night', 'session'],
  ['night.unstackable', 'session.conflict'],
  ['holdout.nights', 'holdout.sessions'],
  ['week.nights', 'week.sessions'],
])

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
