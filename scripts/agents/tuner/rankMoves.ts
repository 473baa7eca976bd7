/** Ranks moves of one to three knobs from the head by expected improvement (Jones and others 1998). Pure. */
import { constantsIn } from '../../analysis/source/constants.ts'
import { options } from '../../analysis/source/steps.ts'
import { normalCdf, normalDensity } from '../../stats/distributions.ts'
import type { PastExperiment } from '../agent.ts'
import { distance, type Knob, type Position, positionOf, resolveNone } from './knobs.ts'
import { type Observation, readLedger, type SearchState } from './observations.ts'
import { type Point, type Predict, surrogate } from './surrogate.ts'

export interface Step {
  knob: Knob
  /** New value, as source text. */
  raw: string
  index: number
  to: Position
}

export interface RankedMove {
  steps: Step[]
  /** What the ledger says for the move, in plain words. */
  why: string
}

interface Scored {
  steps: Step[]
  mean: number
  expectedImprovement: number
}

/** The model is fitted to the points nearest the head; more cost time and add little. */
const MAX_POINTS = 48
/** Single moves, and then pairs, that are combined further. */
const MAX_COMBINED = 10

/**
 * Moves from the head, the highest expected improvement first. Deterministic.
 * @param sigma standard deviation of one run, in units of the metric, as are the gains in `history`; null: unknown
 * @param assume the gain of pending experiments, see `assumedGain`; others than the default are for `pnpm bench tuner`
 */
export function rankMoves(
  knobs: Knob[],
  history: PastExperiment[],
  sigma: number | null,
  assume: Assumed = 'head',
): RankedMove[] {
  const state = readLedger(history, knobs, sigma)
  const model = (gainOf: (of: Observation) => number | null) => surrogate(pointsOf(state, gainOf), state.head, knobs)
  const ofMeasured = assume === 'head' ? null : model(({ gain }) => gain)
  const predict = state.observations.some(isPending)
    ? model(each => each.gain ?? (isPending(each) ? assumedGain(ofMeasured?.(each.position) ?? null, assume) : null))
    : (ofMeasured ?? model(({ gain }) => gain))
  const score = (steps: Step[]): Scored => {
    const position = [...state.head]
    for (const { index, to } of steps) position[index] = to
    const { mean, sd } = predict(position)
    // Rounded, so that equal moves rank in line order instead of by rounding errors.
    return { steps, mean, expectedImprovement: Number(expectedImprovement(mean, sd).toPrecision(9)) }
  }
  const allowed = moveFilter(state)
  const singles = knobs.flatMap((knob, index) => stepsOf(knob, index).map(step => [step])).filter(allowed)
  const scored = singles.map(score).sort(byExpectedImprovement)
  const moves = [...scored, ...combine(scored, state, allowed, score)].sort(byExpectedImprovement)
  return moves.map(move => ({ steps: move.steps, why: explain(move, state) }))
}

const byExpectedImprovement = (a: Scored, b: Scored): number => b.expectedImprovement - a.expectedImprovement

export type Assumed = 'head' | 'mean' | 'low'

const isPending = ({ status, onlyKnobs }: Observation): boolean => status === null && onlyKnobs

/**
 * What pending experiments count as, so that those of a wave differ and each is chosen as if the ones before were measured:
 * `head`: no gain; `mean`: what the model of the measured ones predicts; `low`: a standard deviation less.
 */
const assumedGain = (predicted: ReturnType<Predict> | null, assume: Assumed): number =>
  predicted === null ? 0 : assume === 'low' ? predicted.mean - predicted.sd : predicted.mean

/** The experiments that have a gain, those nearest the head first. */
function pointsOf({ observations, head, noise }: SearchState, gainOf: (of: Observation) => number | null): Point[] {
  const distanceFromHead = (position: Position[]) =>
    position.reduce((sum: number, p, i) => sum + distance(p, head[i] ?? 0), 0)
  return observations
    .flatMap(each => {
      const gain = gainOf(each)
      const { position } = each
      return gain === null ? [] : [{ position, gain: compressLoss(gain), noise, far: distanceFromHead(position) }]
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, MAX_POINTS)
}

/** Compresses losses beyond 10 units logarithmically, so that one bad run does not distort the model around it. */
const compressLoss = (gain: number): number => (gain < -10 ? -10 * (1 + Math.log(gain / -10)) : gain)

function stepsOf(knob: Knob, index: number): Step[] {
  return options(resolveNone(knob, knob.now)).flatMap(raw => {
    const constant = constantsIn(`X = ${raw}`)[0]
    return constant ? [{ knob, raw, index, to: positionOf(knob, constant) }] : []
  })
}

/** Excludes moves as far as one that crashed or timed out, and moves that another slot is running. */
function moveFilter({ observations, head }: SearchState): (steps: Step[]) => boolean {
  const measured = observations.filter(({ gain }) => gain !== null)
  const failures = observations.filter(
    failure =>
      failure.onlyKnobs &&
      (failure.status === 'crash' || failure.status === 'timeout') &&
      !measured.some(({ number, position }) => number > failure.number && reachesFailure(failure, position)),
  )
  const pending = observations.filter(({ status }) => status === null)
  return steps => {
    const position = [...head]
    for (const { index, to } of steps) position[index] = to
    if (failures.some(failure => reachesFailure(failure, position))) return false
    return !pending.some(
      ({ moved }) =>
        moved.length === steps.length &&
        moved.every(({ knob, to }) => steps.some(step => step.index === knob && distance(step.to, to) < 0.1)),
    )
  }
}

/** Whether a position moves every knob that the failed experiment moved, at least as far. */
const reachesFailure = ({ moved }: Observation, position: Position[]): boolean =>
  moved.every(({ knob, from, to }) => {
    const at = position[knob] ?? 0
    if (typeof at !== 'number' || typeof from !== 'number' || typeof to !== 'number') return at === to
    return to > from ? at >= to - 1e-9 : at <= to + 1e-9
  })

/** Pairs and triples of moves with a positive predicted gain each, of knobs that were moved before. */
function combine(
  singles: Scored[],
  { observations }: SearchState,
  allowed: (steps: Step[]) => boolean,
  score: (steps: Step[]) => Scored,
): Scored[] {
  const known = new Set(observations.flatMap(({ moved }) => moved.map(({ knob }) => knob)))
  const promising = singles.filter(({ steps, mean }) => mean > 0 && steps.every(step => known.has(step.index)))
  const parts = promising.slice(0, MAX_COMBINED)
  const extend = (some: Scored[]) =>
    some.flatMap(({ steps }) =>
      parts.flatMap(part => {
        const more = part.steps[0]
        const last = steps.at(-1)
        return more && last && more.index > last.index && allowed([...steps, more]) ? [score([...steps, more])] : []
      }),
    )
  const pairs = extend(parts)
  return [...pairs, ...extend(pairs.sort(byExpectedImprovement).slice(0, MAX_COMBINED))]
}

/** E[max(0, gain)] of a normal gain. */
function expectedImprovement(mean: number, sd: number): number {
  if (sd < 1e-9) return Math.max(0, mean)
  return mean * normalCdf(mean / sd) + sd * normalDensity(mean / sd)
}

/** One clause for each knob, and the expected gain where it exceeds a twentieth of σ. */
function explain({ steps, mean }: Scored, state: SearchState): string {
  const clauses = steps.map(step => explainStep(step, state)).join(', and ')
  return state.isNoiseKnown && mean > state.noise / 20
    ? `${clauses}; a gain of ${(mean / state.noise).toFixed(1)}σ is expected`
    : clauses
}

function explainStep({ knob, index, to }: Step, { observations, head }: SearchState): string {
  const last = observations.findLast(
    ({ moved, gainOverParent }) => moved.length === 1 && moved[0]?.knob === index && gainOverParent !== null,
  )
  const move = last?.moved[0]
  if (!last || !move) return `${knob.name} has not been varied alone yet`
  if (typeof to !== 'number' || typeof move.to !== 'number' || typeof move.from !== 'number')
    return `another value of ${knob.name} was tried in ${last.number}`
  const direction = move.to > move.from ? 'up' : 'down'
  const result = last.status === 'keep' ? 'helped' : (last.gainOverParent ?? 0) > -1 ? 'changed little' : 'did not help'
  const evidence = `moving ${knob.name} ${direction} ${result} in ${last.number}`
  if (to > Number(head[index]) !== (direction === 'up')) return `${evidence}, so the other way`
  if (last.status === 'keep') return evidence
  return to > move.to === (direction === 'up') && to !== move.to
    ? `${evidence}, so by more`
    : `${evidence}, so by less or beside others`
}
