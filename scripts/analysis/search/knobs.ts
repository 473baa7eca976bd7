/** Every constant that a session changed: the values tried, their scores, and the next value to try. Pure. */
import type { Experiment, Metric } from '../../record/schema.ts'
import { gainsOf } from '../gains.ts'
import { blocksOf } from '../source/edits.ts'
import { type LiteralMove, literalMoves, numberOf, topLevelNumbers } from '../source/literals.ts'
import type { Source } from '../source/tree.ts'
import { type Candidate, described, isBlind, type WithoutDiff, withoutDiff } from './describedTries.ts'
import type { Knob } from './knob.ts'
import { namesOf, phraseOf } from './knobNames.ts'
import { type Sigma, shapeOf, stepsOf } from './knobShape.ts'
import { runsAtVerdict } from './runsAtVerdict.ts'

interface Given {
  move: LiteralMove
  tries: Knob['tries']
  /** Experiments that may have tried any other value of it. */
  unread: number[]
  /** Experiments with a metric up to the last try. */
  measured: number
}

/** The value of a constant that an experiment started from. */
interface Place extends Candidate {
  move: LiteralMove
}

/**
 * Knobs in the order in which the session first changed them.
 *
 * @param experiments in the order of their verdicts
 * @param patches change.patch by experiment number. Without one, values are read from the description where it names a
 * constant of `source`, or one that a diff of this session changed
 * @param noise σ in the metric's unit; with null, no shape is named
 * @param source the baseline's editable files; empty where unknown
 */
export function knobs(
  experiments: Experiment[],
  patches: Map<number, string>,
  goal: Metric['goal'],
  noise: Sigma | null = null,
  source: Source = new Map(),
): { knobs: Knob[]; withoutDiff: WithoutDiff } {
  const gains = gainsOf(experiments, goal)
  const byNumber = new Map(experiments.map(e => [e.number, e]))
  const found = new Map<string, Given>()
  const places = experiments.some(e => isBlind(e, patches)) ? placesIn(experiments, patches, source) : null
  const read = new Set<number>()
  let measured = 0
  for (const experiment of experiments) {
    if (experiment.metric !== null) measured++
    const head = headBefore(experiment, experiments, byNumber)
    const gain = gains.get(experiment.number) ?? null
    const add = (move: LiteralMove, how: Pick<Knob['tries'][number], 'alone' | 'by'>) => {
      const given = givenOf(found, move)
      given.measured = measured
      given.tries.push(attempt(experiment, head, move, { gain, ...how }))
      const place = places?.get(keyOf(move))
      if (place && experiment.status === 'keep') place.current = move.to
    }
    const patch = patches.get(experiment.number) ?? ''
    const moves = literalMoves(patch)
    const alone = moves.length === 1 && changedLines(patch) === 2
    for (const move of moves) add(move, { alone, by: 'diff' })
    if (places === null || !isBlind(experiment, patches)) continue
    for (const { candidate, kind, to } of described(experiment.description, [...places.values()])) {
      read.add(experiment.number)
      if (to === null) givenOf(found, candidate.move).unread.push(experiment.number)
      else if (numberOf(to) !== numberOf(candidate.current))
        add({ ...candidate.move, from: candidate.current, to }, { alone: kind === 'step', by: 'description' })
    }
  }
  const blind = withoutDiff(experiments, patches, read)
  // A constant that no experiment is known to have moved is no knob: some other may be meant.
  const all = [...found.values()].filter(({ tries }) => tries.some(({ by, alone }) => by === 'diff' || alone))
  const stated = new Set(blind.numbers)
  return {
    withoutDiff: blind,
    knobs: named(all).map(({ id, given: { move, tries, unread, measured: among } }) => {
      const first = tries[0]?.from ?? ''
      const kept = tries.findLast(({ status }) => status === 'keep')?.to ?? first
      const { file, name, line, literalIndex } = move
      const open = [...unread, ...blind.unreadable].sort((a, b) => a - b)
      const shape = shapeOf(stepsOf(tries), noise, kept, { measured: among, isWhole: open.length === 0, stated })
      return { id, file, name, line, literalIndex, tries, unread: open, measured: among, ...shape }
    }),
  }
}

const keyOf = ({ file, line, literalIndex }: LiteralMove): string => `${file}\0${line}\0${literalIndex}`

function givenOf(found: Map<string, Given>, move: LiteralMove): Given {
  const key = keyOf(move)
  const known = found.get(key) ?? { move, tries: [], unread: [], measured: 0 }
  found.set(key, known)
  return known
}

/** Every constant that a description may name, with its value in the baseline: those of the source, and those in diffs. */
function placesIn(experiments: Experiment[], patches: Map<number, string>, source: Source): Map<string, Place> {
  const places = new Map<string, Place>()
  for (const { move, note } of topLevelNumbers(source))
    places.set(keyOf(move), { move, current: move.from, names: namesOf(move.name, move.line, note) })
  const diffs = experiments.map(e => ({ ...e, moves: literalMoves(patches.get(e.number) ?? '') }))
  const moved = new Map(diffs.flatMap(({ moves }) => moves.map(move => [keyOf(move), move] as const)))
  for (const { id, given } of named([...moved.values()].map(move => ({ move, tries: [], unread: [], measured: 0 })))) {
    const { move } = given
    if (!places.has(keyOf(move)))
      places.set(keyOf(move), { move, current: move.from, names: namesOf(id, `${move.line} ${move.name}`) })
  }
  for (const { description, moves } of diffs) {
    const [move] = moves
    const phrase = move && moves.length === 1 ? phraseOf(description, move) : null
    const names = move && places.get(keyOf(move))?.names
    if (!phrase || !names) continue
    names.phrases.push(phrase)
    for (const word of phrase) names.vocabulary.add(word)
  }
  return places
}

const changedLines = (patch: string): number =>
  blocksOf(patch).reduce((sum, { removed, added }) => sum + removed.length + added.length, 0)

/** The head that its gain is over, as in gains.ts: its parent, else the last keep before it. */
function headBefore(
  { number, parent }: Experiment,
  experiments: Experiment[],
  byNumber: Map<number, Experiment>,
): Experiment | undefined {
  if (parent) return byNumber.get(parent.number)
  const before = experiments.slice(
    0,
    experiments.findIndex(e => e.number === number),
  )
  return before.findLast(e => e.status === 'keep' && e.metric !== null)
}

function attempt(
  experiment: Experiment,
  head: Experiment | undefined,
  { from, to }: LiteralMove,
  { gain, alone, by }: Pick<Knob['tries'][number], 'gain' | 'alone' | 'by'>,
): Knob['tries'][number] {
  const { number, metric, status } = experiment
  const pairs = experiment.decision?.pairs?.count
  const runs = (of: Experiment) => pairs ?? (runsAtVerdict(of, experiment).length || 1)
  return {
    experiment: number,
    from,
    to,
    value: numberOf(to),
    metric,
    gain,
    status,
    alone,
    by,
    beside: pairs !== undefined,
    runs: runs(experiment),
    head: head ? { experiment: head.number, runs: runs(head) } : null,
  }
}

/**
 * Gives each knob a unique id: its name and, where others share it, a dot and a word of its line or its literal's
 * index.
 */
function named(all: Given[]): { id: string; given: Given }[] {
  const byName = new Map<string, Given[]>()
  for (const given of all) byName.set(given.move.name, [...(byName.get(given.move.name) ?? []), given])
  const used = new Set<string>()
  return all.map(given => {
    const { name } = given.move
    const rivals = (byName.get(name) ?? []).filter(other => other !== given)
    const base = rivals.length === 0 ? name : `${name}.${ownWord(given.move, rivals) ?? given.move.literalIndex}`
    let id = base
    for (let n = 2; used.has(id); n++) id = `${base}-${n}`
    used.add(id)
    return { id, given }
  })
}

/** The first word of the line or the file's path that no knob of the same name has; null if there is none. */
function ownWord(move: LiteralMove, rivals: Given[]): string | null {
  const words = (m: LiteralMove) => [...m.line.matchAll(/[A-Za-z_]\w*/g), ...m.file.matchAll(/\w+/g)].map(String)
  const others = new Set(rivals.flatMap(rival => words(rival.move)))
  return words(move).find(word => !others.has(word)) ?? null
}
