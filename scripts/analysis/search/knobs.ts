/** Every constant that a session moved: the values tried, what each scored, and the step that is still untried. Pure. */
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
 * Knobs in the order in which the session first moved them.
 *
 * @param experiments in the order of their verdicts
 * @param patches change.patch by experiment number; one that is missing moves nothing
 * @param sigma of one run; without it no shape is flat unless all scores are the same
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

/** Names that are one knob's own; others get a word of their line, or its place, behind a dot. */
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

/** A word of the line or of the file's name that no rival has. */
function ownWord(move: LiteralMove, rivals: Given[]): string | null {
  const words = (m: LiteralMove) => [...m.line.matchAll(/[A-Za-z_]\w*/g), ...m.file.matchAll(/\w+/g)].map(String)
  const others = new Set(rivals.flatMap(rival => words(rival.move)))
  return words(move).find(word => !others.has(word)) ?? null
}
