/** Finds the experiments of several sessions that tried the same change: for reports, pages and comparisons alike. Pure. */
import { numberOf } from '../source/literals.ts'
import { describedMove, type Moved, plainName, quantity, wayOf } from './describedStep.ts'
import type { Knob } from './knob.ts'
import type { Trial } from './trials.ts'

/** An experiment, as far as its change is compared. */
export interface Change {
  experiment: number
  description: string
  /** Hash of the removed and added lines: equal for equal changes in any session; null without a diff. */
  change: string | null
  tree: string | null
  /** The constant, if it changed exactly one constant and nothing else; else null. */
  knob: Moved | null
  /** Of a replication: the changes of another session that it runs; null of any other. */
  replicates: Trial['replicates']
}

/** One session. */
export interface Changes<C extends Change> {
  id: string
  /** The first editable file; null where unknown. */
  target: string | null
  tried: C[]
}

export interface Item<C extends Change> {
  /** Index of its session. */
  side: number
  tried: C
}

export interface Match<C extends Change> {
  name: string
  /** How its changes were recognised as the same. */
  by: 'knob' | 'tree' | 'change' | 'words' | 'replication'
  items: Item<C>[]
}

/** The changes of a session, the baseline not counted. */
export function changesOf({ session, target, knobs, trials }: Parts): Changes<Change> {
  const moved = movedAlone(knobs)
  const tried = trials
    .filter(({ experiment }) => experiment > 0)
    .map(({ experiment, description, change, tree, replicates }) => ({
      experiment,
      description,
      change,
      tree,
      replicates,
      knob: moved.get(experiment) ?? (change ? null : describedMove(description)),
    }))
  return { id: session, target, tried }
}

/** The parts of a digest that are compared. */
export interface Parts {
  session: string
  /** The first editable file; null where it is unknown. */
  target: string | null
  knobs: Knob[]
  trials: Trial[]
}

/** The changed constant by experiment, for experiments whose diff changed nothing else. */
function movedAlone(knobs: Knob[]): Map<number, Moved> {
  return new Map(
    knobs.flatMap(({ line, literalIndex, name, tries }) =>
      tries
        .filter(({ alone, by }) => alone && by === 'diff')
        .map(({ experiment, from, to }): [number, Moved] => [
          experiment,
          {
            line: `${line}\0${literalIndex}`,
            name: plainName(name),
            from,
            to,
            way: wayOf(numberOf(from), numberOf(to)),
          },
        ]),
    ),
  )
}

/**
 * Groups the tries of sides with one metric; each try is in exactly one match. Changes of a single constant match by
 * constant, direction and overlapping steps: 0.04 → 0.05 matches 0.04 → 0.06 but not 0.06 → 0.08, since the optimum may
 * be between. All others match by equal tree, lines or words.
 */
export function matches<C extends Change>(sides: Changes<C>[]): Match<C>[] {
  const found: Match<C>[] = []
  for (const group of byTarget(sides)) {
    const all = group.flatMap(side => (sides[side]?.tried ?? []).map(tried => ({ side, tried })))
    const { items, together, again } = byConstruction(all, sides)
    const plainTrees = new Set(items.flatMap(({ tried }) => (tried.knob === null ? (tried.tree ?? []) : [])))
    // The same tree is the same change, however it was made.
    const isKnob = ({ tried }: Item<C>) => tried.knob !== null && !plainTrees.has(tried.tree ?? '')
    const own = [...knobMatches(items.filter(isKnob)), ...otherMatches(items.filter(item => !isKnob(item)))]
    for (const [first, others] of again) own.find(match => match.items.includes(first))?.items.push(...others)
    found.push(...own, ...together)
  }
  return found
}

/**
 * What replications ran, which is the same change by construction, however its lines look there. One by itself joins its
 * original, or else the first that ran it (`again`); several together are a change of their own, which no single one is.
 */
function byConstruction<C extends Change>(
  all: Item<C>[],
  sides: Pick<Changes<Change>, 'id'>[],
): { items: Item<C>[]; together: Match<C>[]; again: Map<Item<C>, Item<C>[]> } {
  const originals = new Map(all.map(item => [`${sides[item.side]?.id}\0${item.tried.experiment}`, item]))
  const stacks = new Map<string, Match<C>>()
  const again = new Map<Item<C>, Item<C>[]>()
  const items = all.filter(item => {
    const { replicates } = item.tried
    if (replicates === null) return true
    const key = `${replicates.session}\0${replicates.experiments.join(' ')}`
    if (replicates.experiments.length > 1) {
      const name = `${replicates.experiments.length} changes of ${replicates.session} together`
      const match = stacks.get(key) ?? { name, by: 'replication', items: [] }
      match.items.push(item)
      stacks.set(key, match)
      return false
    }
    const first = originals.get(key)
    if (first === undefined) originals.set(key, item)
    else if (first !== item) again.set(first, [...(again.get(first) ?? []), item])
    return first === undefined || first === item
  })
  return { items, together: [...stacks.values()], again }
}

/**
 * Indices of sides with the same target file, ignoring folders. A side with an unknown target joins the others if they
 * agree, else it is alone.
 */
function byTarget(sides: Pick<Changes<Change>, 'id' | 'target'>[]): number[][] {
  const targets = new Set(sides.flatMap(({ target }) => (target === null ? [] : [baseName(target)])))
  if (targets.size <= 1) return [sides.map((_, at) => at)]
  const key = ({ id, target }: Pick<Changes<Change>, 'id' | 'target'>) =>
    target === null ? `\0${id}` : baseName(target)
  return [...Map.groupBy(sides.keys(), at => key(sides[at] ?? { id: '', target: null })).values()]
}

type KnobItem<C extends Change> = Item<C> & { tried: { knob: Moved } }

function knobMatches<C extends Change>(items: Item<C>[]): Match<C>[] {
  const named = Map.groupBy(items as KnobItem<C>[], ({ tried: { knob } }) => `${knob.name}\0${knob.way}`)
  return [...named.values()].flatMap(byLine).flatMap(overlapping)
}

/** Equal names are one constant, unless a side has several lines with the name: "weight_decay" may occur in many. */
function byLine<C extends Change>(items: KnobItem<C>[]): KnobItem<C>[][] {
  const lines = Map.groupBy(items, ({ side }) => side)
  const isPlain = [...lines.values()].every(own => new Set(own.map(({ tried }) => tried.knob.line)).size === 1)
  return isPlain ? [items] : [...Map.groupBy(items, ({ tried }) => tried.knob.line).values()]
}

/**
 * Groups overlapping steps in order of their range, independent of results; each step overlaps with all others of its
 * match.
 */
function overlapping<C extends Change>(items: KnobItem<C>[]): Match<C>[] {
  const found: { spans: Span[]; items: KnobItem<C>[] }[] = []
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
function knobName<C extends Change>(items: KnobItem<C>[], spans: Span[]): string {
  const steps = new Set(items.map(({ tried: { knob } }) => `${knob.from} → ${knob.to}`))
  const { name, way, from } = (items[0] as KnobItem<C>).tried.knob
  if (steps.size === 1 && from !== null) return `${name} ${[...steps][0]}`
  const ends = spans.flatMap(({ low, high }) => [low, high]).filter(Number.isFinite)
  return ends.length < 2 ? `${name} ${way}` : `${name} ${way}, ${Math.min(...ends)} to ${Math.max(...ends)}`
}

/** Whether anything is known by which another session's change could be the same. */
export const isComparable = (change: Change): boolean => change.knob !== null || keysOf(change).length > 0

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Groups by equal tree, lines or words; any one is enough, and the relation is transitive. */
function otherMatches<C extends Change>(items: Item<C>[]): Match<C>[] {
  const sets = new Map<string, { items: Item<C>[]; keys: string[] }>()
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

const keysOf = ({ tree, change, description }: Change): string[] => {
  const words = wordsOf(description)
  return [
    ...(tree === null ? [] : [`tree\0${tree}`]),
    ...(change === null ? [] : [`change\0${change}`]),
    ...(words === '' ? [] : [`words\0${words}`]),
  ]
}

function matchedBy<C extends Change>(items: Item<C>[]): Match<C>['by'] {
  const same = (of: (tried: C) => string | null) =>
    of(items[0]?.tried as C) !== null && new Set(items.map(({ tried }) => of(tried))).size === 1
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
