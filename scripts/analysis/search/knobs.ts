/** Every constant that a session changed: the values tried, their scores, and the next value to try. Pure. */
import type { Experiment, Metric } from '../../record/schema.ts'
import { gainsOf } from '../gains.ts'
import { blocksOf } from '../source/edits.ts'
import { type LiteralMove, literalMoves, numberOf } from '../source/literals.ts'
import type { Knob } from './knob.ts'
import { shapeOf } from './knobShape.ts'

interface Given {
  move: LiteralMove
  tries: Knob['tries']
}

/**
 * Knobs in the order in which the session first changed them.
 *
 * @param experiments in the order of their verdicts
 * @param patches change.patch by experiment number; a missing patch counts as empty
 * @param sigma standard deviation of one run, in the metric's unit; with null, only equal scores are "flat"
 */
export function knobs(
  experiments: Experiment[],
  patches: Map<number, string>,
  goal: Metric['goal'],
  sigma: number | null = null,
): Knob[] {
  const gains = gainsOf(experiments, goal)
  const found = new Map<string, Given>()
  for (const experiment of experiments) {
    const patch = patches.get(experiment.number) ?? ''
    const moves = literalMoves(patch)
    const alone = moves.length === 1 && changedLines(patch) === 2
    for (const move of moves) {
      const key = `${move.file}\0${move.line}\0${move.literalIndex}`
      const known = found.get(key) ?? { move, tries: [] }
      found.set(key, known)
      known.tries.push(attempt(experiment, move, gains.get(experiment.number) ?? null, alone))
    }
  }
  const all = [...found.values()]
  return named(all).map(({ id, given: { move, tries } }) => {
    const first = tries[0]?.from ?? ''
    const kept = tries.findLast(({ status }) => status === 'keep')?.to ?? first
    const { file, name, line, literalIndex } = move
    return { id, file, name, line, literalIndex, tries, ...shapeOf(tries, sigma, kept) }
  })
}

const changedLines = (patch: string): number =>
  blocksOf(patch).reduce((sum, { removed, added }) => sum + removed.length + added.length, 0)

function attempt(
  { number, metric, status }: Experiment,
  { from, to }: LiteralMove,
  gain: number | null,
  alone: boolean,
): Knob['tries'][number] {
  return { experiment: number, from, to, value: numberOf(to), metric, gain, status, alone }
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
