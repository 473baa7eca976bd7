/** Finds the tries of several sides that are the same change. Pure. */
import { type Moved, quantity } from '../../analysis/search/describedStep.ts'
import type { Row, Side, Tried } from '../schema.ts'
import { baseName } from '../settings.ts'

export interface Item {
  /** Index of its side. */
  side: number
  tried: Tried
}

export interface Match {
  name: string
  by: Row['by']
  items: Item[]
}

/**
 * Groups the tries of sides with one metric; each try is in exactly one match. Changes of a single constant match by
 * constant, direction and overlapping steps: 0.04 → 0.05 matches 0.04 → 0.06 but not 0.06 → 0.08, since the optimum may
 * be between. All others match by equal tree, lines or words.
 */
export function matches(sides: Side[]): Match[] {
  const found: Match[] = []
  for (const group of byTarget(sides)) {
    const items = group.flatMap(side => (sides[side]?.tried ?? []).map(tried => ({ side, tried })))
    const isKnob = ({ tried }: Item) => tried.knob !== null
    found.push(...knobMatches(items.filter(isKnob)), ...otherMatches(items.filter(item => !isKnob(item))))
  }
  return found
}

/**
 * Indices of sides with the same target file, ignoring folders. A side with an unknown target joins the others if they
 * agree, else it is alone.
 */
function byTarget(sides: Side[]): number[][] {
  const targets = new Set(sides.flatMap(({ target }) => (target === null ? [] : [baseName(target)])))
  if (targets.size <= 1) return [sides.map((_, at) => at)]
  const key = ({ id, target }: Side) => (target === null ? `\0${id}` : baseName(target))
  return [...Map.groupBy(sides.keys(), at => key(sides[at] as Side)).values()]
}

type KnobItem = Item & { tried: { knob: Moved } }

function knobMatches(items: Item[]): Match[] {
  const named = Map.groupBy(items as KnobItem[], ({ tried: { knob } }) => `${knob.name}\0${knob.way}`)
  return [...named.values()].flatMap(byLine).flatMap(overlapping)
}

/** Equal names are one constant, unless a side has several lines with the name: "weight_decay" may occur in many. */
function byLine(items: KnobItem[]): KnobItem[][] {
  const lines = Map.groupBy(items, ({ side }) => side)
  const isPlain = [...lines.values()].every(own => new Set(own.map(({ tried }) => tried.knob.line)).size === 1)
  return isPlain ? [items] : [...Map.groupBy(items, ({ tried }) => tried.knob.line).values()]
}

/**
 * Groups overlapping steps in order of their range, independent of results; each step overlaps with all others of its
 * match.
 */
function overlapping(items: KnobItem[]): Match[] {
  const found: { spans: Span[]; items: KnobItem[] }[] = []
  const spans = items.map(item => ({ item, span: spanOf(item.tried.knob) }))
  for (const { item, span } of spans.sort((a, b) => a.span.low - b.span.low || a.span.high - b.span.high)) {
    const match = found.find(other => other.spans.every(theirs => overlaps(span, theirs)))
    if (match) {
      match.items.push(item)
      match.spans.push(span)
    } else found.push({ spans: [span], items: [item] })
  }
  return found.map(match => ({
    name: knobName(match.items, match.spans),
    by: match.items.every(({ tried }) => tried.knob.line !== null) ? 'knob' : 'words',
    items: match.items,
  }))
}

interface Span {
  low: number
  high: number
  /** Set for values that are not numbers. */
  text: string | null
}

function spanOf({ from, to, way }: Moved): Span {
  if (way === 'other') return { low: 0, high: 0, text: `${from}\0${to}` }
  const ends = [from === null ? Number.NaN : quantity(from), quantity(to)].filter(Number.isFinite)
  // With only the end known, the start is somewhere on the other side.
  if (ends.length === 1) ends.push(way === 'up' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
  if (ends.length === 0) ends.push(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  return { low: Math.min(...ends), high: Math.max(...ends), text: null }
}

const overlaps = (a: Span, b: Span): boolean =>
  a.text === b.text && (a.text !== null || (a.low < b.high && b.low < a.high))

/** "matrix lr 0.04 → 0.05", or for several steps "matrix lr up, 0.04 to 0.06". */
function knobName(items: KnobItem[], spans: Span[]): string {
  const steps = new Set(items.map(({ tried: { knob } }) => `${knob.from} → ${knob.to}`))
  const { name, way, from } = (items[0] as KnobItem).tried.knob
  if (steps.size === 1 && from !== null) return `${name} ${[...steps][0]}`
  const ends = spans.flatMap(({ low, high }) => [low, high]).filter(Number.isFinite)
  return ends.length < 2 ? `${name} ${way}` : `${name} ${way}, ${Math.min(...ends)} to ${Math.max(...ends)}`
}

/** Groups by equal tree, lines or words; any one is enough, and the relation is transitive. */
function otherMatches(items: Item[]): Match[] {
  const sets = new Map<string, { items: Item[]; keys: string[] }>()
  for (const item of items) {
    const own = keysOf(item.tried)
    // A try without any key is alone.
    const keys = own.length > 0 ? own : [`alone\0${item.side}\0${item.tried.experiment}`]
    const [first = { items: [], keys: [] }, ...rest] = new Set(keys.flatMap(key => sets.get(key) ?? []))
    first.items.push(...rest.flatMap(set => set.items), item)
    const moved = [...rest.flatMap(set => set.keys), ...keys.filter(key => !sets.has(key))]
    first.keys.push(...moved)
    for (const key of moved) sets.set(key, first)
  }
  return [...new Set(sets.values())].map(set => ({
    name: set.items[0]?.tried.description ?? '',
    by: matchedBy(set.items),
    items: set.items,
  }))
}

const keysOf = ({ tree, change, description }: Tried): string[] => {
  const words = wordsOf(description)
  return [
    ...(tree === null ? [] : [`tree\0${tree}`]),
    ...(change === null ? [] : [`change\0${change}`]),
    ...(words === '' ? [] : [`words\0${words}`]),
  ]
}

function matchedBy(items: Item[]): Row['by'] {
  const same = (of: (tried: Tried) => string | null) =>
    of(items[0]?.tried as Tried) !== null && new Set(items.map(({ tried }) => of(tried))).size === 1
  return same(t => t.tree) ? 'tree' : same(t => t.change) ? 'change' : 'words'
}

const STOP_WORDS = new Set(
  'a an the of to for in on at by with and or from into as is it its this that use using try'.split(' '),
)
const SYNONYMS = new Map([
  ...'remove without no disable delete'.split(' ').map(word => [word, 'drop'] as const),
  ...'increase larger bigger higher more'.split(' ').map(word => [word, 'raise'] as const),
  ...'decrease reduce smaller less fewer'.split(' ').map(word => [word, 'lower'] as const),
  ...'enable insert'.split(' ').map(word => [word, 'add'] as const),
])

/**
 * Content words, stemmed and sorted, then numbers in order: "Add a QK norm" equals "adding QK-norm (helps)" but not
 * "remove QK norm", and "9 to 8" differs from "8 to 9". Empty for fewer than two words: "baseline" is not a change.
 */
export function wordsOf(description: string): string {
  const claim = description.split(/\s[-–—]+\s|[;(]/)[0] ?? ''
  const found = claim.toLowerCase().match(/[a-z]+|\d[\d.]*(?:e-?\d+)?/g) ?? []
  const contentWords = found.filter(word => !STOP_WORDS.has(word))
  const words = new Set(contentWords.filter(word => /[a-z]/.test(word.charAt(0))).map(stem))
  const numbers = contentWords.filter(word => /\d/.test(word.charAt(0)))
  return words.size + numbers.length < 2 ? '' : [...[...words].sort(), ...numbers].join(' ')
}

const stem = (word: string): string => {
  const short = word.length > 4 ? word.replace(/(?<=[a-z]{3})(?:ing|ed|s)$/, '') : word
  return SYNONYMS.get(word) ?? SYNONYMS.get(short) ?? short
}
