/** Every constant that a session changed: the values tried, their scores, and the next value to try. Pure. */
import type { Experiment, Metric } from '../../record/schema.ts'
import { gainsOf } from '../gains.ts'
import { blocksOf } from '../source/edits.ts'
import { type LiteralMove, literalMoves, numberOf } from '../source/literals.ts'
import type { Knob } from './knob.ts'
import { type Sigma, shapeOf, stepsOf } from './knobShape.ts'
import { runsAtVerdict } from './runsAtVerdict.ts'

interface Given {
  move: LiteralMove
  tries: Knob['tries']
  /** Experiments with a metric up to the last try. */
  measured: number
}

/**
 * Knobs in the order in which the session first changed them.
 *
 * @param experiments in the order of their verdicts
 * @param patches change.patch by experiment number; a missing patch counts as empty
 * @param noise σ in the metric's unit; with null, no shape is named
 */
export function knobs(
  experiments: Experiment[],
  patches: Map<number, string>,
  goal: Metric['goal'],
  noise: Sigma | null = null,
): Knob[] {
  const gains = gainsOf(experiments, goal)
  const byNumber = new Map(experiments.map(e => [e.number, e]))
  const found = new Map<string, Given>()
  let measured = 0
  for (const experiment of experiments) {
    if (experiment.metric !== null) measured++
    const patch = patches.get(experiment.number) ?? ''
    const moves = literalMoves(patch)
    const alone = moves.length === 1 && changedLines(patch) === 2
    for (const move of moves) {
      const key = `${move.file}\0${move.line}\0${move.literalIndex}`
      const known = found.get(key) ?? { move, tries: [], measured }
      found.set(key, known)
      known.measured = measured
      const head = headBefore(experiment, experiments, byNumber)
      known.tries.push(attempt(experiment, head, move, gains.get(experiment.number) ?? null, alone))
    }
  }
  const all = [...found.values()]
  return named(all).map(({ id, given: { move, tries, measured: among } }) => {
    const first = tries[0]?.from ?? ''
    const kept = tries.findLast(({ status }) => status === 'keep')?.to ?? first
    const { file, name, line, literalIndex } = move
    const shape = shapeOf(stepsOf(tries), noise, kept, among)
    return { id, file, name, line, literalIndex, tries, measured: among, ...shape }
  })
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
  gain: number | null,
  alone: boolean,
): Knob['tries'][number] {
  const { number, metric, status } = experiment
  const pairs = experiment.decision?.pairs?.count
  const runs = (of: Experiment) => pairs ?? (runsAtVerdict(of, experiment).length || 1)
  return {
    ...{ experiment: number, from, to, value: numberOf(to), metric, gain, status, alone, beside: pairs !== undefined },
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
