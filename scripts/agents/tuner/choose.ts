/** Which change to try next: small moves of one to three knobs around the best, by expected improvement. Pure. */
import { constantsIn } from '../../analysis/source/constants.ts'
import { options } from '../../analysis/source/steps.ts'
import { normalCdf, normalDensity } from '../../stats/distributions.ts'
import type { Past } from '../agent.ts'
import { distance, type Knob, type Place, placeOf, resolveNone } from './knobs.ts'
import { type Memory, remember, type Seen } from './past.ts'
import { type Point, surrogate } from './surrogate.ts'

export interface Step {
  knob: Knob
  /** As source text. */
  raw: string
  index: number
  to: Place
}

export interface Idea {
  steps: Step[]
  /** Why it may help, in plain words. */
  why: string
}

interface Scored {
  steps: Step[]
  mean: number
  worth: number
}

/** So many places nearest to the best are looked at: more cost time and tell little about here. */
const most = 48
/** So many of the most promising single moves are combined. */
const few = 10

/** Ideas, the most promising first. The same ledger and file give the same. `sigma` and gains in units of the metric. */
export function choose(knobs: Knob[], history: Past[], sigma: number | null): Idea[] {
  const memory = remember(history, knobs, sigma)
  const predict = surrogate(pointsOf(memory), memory.best, knobs)
  const score = (steps: Step[]): Scored => {
    const at = [...memory.best]
    for (const { index, to } of steps) at[index] = to
    const { mean, sd } = predict(at)
    return { steps, mean, worth: improvement(mean, sd) }
  }
  const allowed = gate(memory)
  const singles = knobs.flatMap((knob, index) => stepsOf(knob, index).map(step => [step])).filter(allowed)
  const scored = singles.map(score).sort(byWorth)
  const ideas = [...scored, ...combine(scored, memory, allowed, score)].sort(byWorth)
  return ideas.map(idea => ({ steps: idea.steps, why: explain(idea, memory) }))
}

const byWorth = (a: Scored, b: Scored): number => b.worth - a.worth

/** What is measured, and what waits for its verdict as if it changed nothing. */
function pointsOf({ seen, best, noise }: Memory): Point[] {
  const far = (at: Place[]) => at.reduce((sum: number, place, i) => sum + distance(place, best[i] ?? 0), 0)
  return seen
    .filter(one => one.gain !== null || (one.status === null && one.pure))
    .map(one => ({ at: one.at, gain: softened(one.gain ?? 0), noise, far: far(one.at) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
}

/** A loss of hundreds of σ says no more than "worse": it must not bend the model for its neighbours. */
const softened = (gain: number): number => (gain < -10 ? -10 * (1 + Math.log(gain / -10)) : gain)

function stepsOf(knob: Knob, index: number): Step[] {
  return options(resolveNone(knob, knob.now)).flatMap(raw => {
    const constant = constantsIn(`X = ${raw}`)[0]
    return constant ? [{ knob, raw, index, to: placeOf(knob, constant) }] : []
  })
}

/** Not where a run failed or further that way, nor what another slot is trying. */
function gate({ seen, best }: Memory): (steps: Step[]) => boolean {
  const failed = seen.filter(one => one.pure && (one.status === 'crash' || one.status === 'timeout'))
  const worked = seen.filter(one => one.gain !== null)
  const walls = failed.filter(wall => !worked.some(one => one.number > wall.number && beyond(wall, one.at)))
  const waiting = seen.filter(one => one.status === null)
  return steps => {
    const at = [...best]
    for (const { index, to } of steps) at[index] = to
    if (walls.some(wall => beyond(wall, at))) return false
    return !waiting.some(
      ({ moved }) =>
        moved.length === steps.length &&
        moved.every(({ knob, to }) => steps.some(step => step.index === knob && distance(step.to, to) < 0.1)),
    )
  }
}

/** Whether a place has all that a failure had moved, as far as that or further. */
const beyond = ({ moved }: Seen, at: Place[]): boolean =>
  moved.every(({ knob, from, to }) => {
    const place = at[knob] ?? 0
    if (typeof place !== 'number' || typeof from !== 'number' || typeof to !== 'number') return place === to
    return to > from ? place >= to - 1e-9 : place <= to + 1e-9
  })

/** Moves that promise something alone, and whose knobs were moved before, together: near misses may add up. */
function combine(
  singles: Scored[],
  { seen }: Memory,
  allowed: (steps: Step[]) => boolean,
  score: (steps: Step[]) => Scored,
): Scored[] {
  const known = new Set(seen.flatMap(one => one.moved.map(({ knob }) => knob)))
  const hopeful = singles.filter(({ steps, mean }) => mean > 0 && steps.every(step => known.has(step.index)))
  const parts = hopeful.slice(0, few)
  const grow = (some: Scored[]) =>
    some.flatMap(({ steps }) =>
      parts.flatMap(part => {
        const more = part.steps[0]
        const last = steps.at(-1)
        return more && last && more.index > last.index && allowed([...steps, more]) ? [score([...steps, more])] : []
      }),
    )
  const pairs = grow(parts)
  return [...pairs, ...grow(pairs.sort(byWorth).slice(0, few))]
}

/** Mean of what a normal gain brings where it is above nothing. */
function improvement(mean: number, sd: number): number {
  if (sd < 1e-9) return Math.max(0, mean)
  return mean * normalCdf(mean / sd) + sd * normalDensity(mean / sd)
}

/** What the ledger says for it, a clause a knob. */
function explain({ steps, mean }: Scored, memory: Memory): string {
  const clauses = steps.map(step => clause(step, memory)).join(', and ')
  return memory.knowsNoise && mean > memory.noise / 20
    ? `${clauses}; a gain of ${(mean / memory.noise).toFixed(1)}σ is expected`
    : clauses
}

function clause({ knob, index, to }: Step, { seen, best }: Memory): string {
  const last = seen.findLast(one => one.moved.length === 1 && one.moved[0]?.knob === index && one.own !== null)
  const move = last?.moved[0]
  if (!last || !move) return `${knob.name} has not been moved alone yet`
  if (typeof to !== 'number' || typeof move.to !== 'number' || typeof move.from !== 'number')
    return `another value of ${knob.name} was tried in ${last.number}`
  const way = move.to > move.from ? 'up' : 'down'
  const result = last.status === 'keep' ? 'helped' : (last.own ?? 0) > -1 ? 'changed little' : 'did not help'
  const told = `moving ${knob.name} ${way} ${result} in ${last.number}`
  if (to > Number(best[index]) !== (way === 'up')) return `${told}, so the other way`
  if (last.status === 'keep') return told
  return to > move.to === (way === 'up') && to !== move.to
    ? `${told}, so by more`
    : `${told}, so by less or beside others`
}
