/** Finds a session's kept changes in other sessions, by tree, diff or knob, never by description. Pure. */
import { z } from 'zod'
import { type Effect, probabilityOf } from '../../stats/evidence.ts'
import { numberOf } from '../source/literals.ts'
import type { Knob } from './knob.ts'
import type { Trial } from './trials.ts'

const count = z.number().int().nonnegative()

export const replicationSchema = z.object({
  /** The kept experiment of this session. */
  experiment: count,
  /** Whether it has a tree or a diff to compare; a collected row may have neither. */
  comparable: z.boolean(),
  /** Matching experiments of other sessions; empty if the change was first seen here. */
  found: z.array(
    z.object({
      session: z.string(),
      machine: z.string(),
      experiment: count,
      /** What matches: the whole tree, the changed lines, or a knob changed in the same or the opposite direction. */
      by: z.enum(['tree', 'change', 'knob', 'reverse']),
      /** The knob's id in the other session; null where the tree or the changed lines match. */
      knob: z.string().nullable(),
      /** Gain of the other session's experiment, positive is better, also for "reverse"; null if it failed. */
      gain: z.number().nullable(),
      /**
       * Whether it supports the change here. `nothing`: the gain may be noise, the luck of the head that it was measured
       * against included, or is not known. A change without effect gets another word in 5% of cases, however many
       * sessions tried it.
       */
      says: z.enum(['same', 'opposite', 'nothing']),
    }),
  ),
})
export type Replication = z.infer<typeof replicationSchema>

/** The parts of a session that are compared. */
export interface Other {
  session: string
  /** Label of the machine. */
  machine: string
  metric: { name: string; goal: 'minimize' | 'maximize' }
  knobs: Knob[]
  trials: Trial[]
}

type Found = Replication['found'][number]
/** Before it is known how many there are. */
type Finding = Omit<Found, 'says'> & { effect: Effect | null }

/**
 * One entry per kept change, in the order of the keeps.
 * @param others other sessions; those with another metric or goal are ignored
 */
export function replications(own: Pick<Other, 'metric' | 'knobs' | 'trials'>, others: Other[]): Replication[] {
  const sessions = others
    .filter(({ metric }) => metric.name === own.metric.name && metric.goal === own.metric.goal)
    .map(other => ({ other, trees: byKey(other.trials, 'tree'), changes: byKey(other.trials, 'change') }))
  return own.trials
    .filter(({ experiment, status }) => experiment > 0 && status === 'keep')
    .map(trial => ({
      experiment: trial.experiment,
      comparable: trial.tree !== null || trial.change !== null,
      found: spoken(
        sessions.flatMap(({ other, trees, changes }) => {
          const same = trees.get(trial.tree ?? '') ?? []
          const alike = (changes.get(trial.change ?? '') ?? []).filter(t => !same.includes(t))
          const known = [...same, ...alike]
          return [
            ...same.map(t => finding(other, t, 'tree')),
            ...alike.map(t => finding(other, t, 'change')),
            ...knobFindings(trial, own.knobs, other).filter(f => !known.some(t => t.experiment === f.experiment)),
          ]
        }),
      ),
    }))
}

function byKey(trials: Trial[], key: 'tree' | 'change'): Map<string, Trial[]> {
  const found = new Map<string, Trial[]>()
  for (const trial of trials) {
    const value = trial[key]
    if (value !== null && trial.experiment > 0) found.set(value, [...(found.get(value) ?? []), trial])
  }
  return found
}

const finding = (
  other: Other,
  trial: Pick<Trial, 'experiment' | 'gain'>,
  by: Found['by'],
  knob: string | null = null,
): Finding => ({
  session: other.session,
  machine: other.machine,
  experiment: trial.experiment,
  by,
  knob,
  gain: trial.gain,
  effect: other.trials.find(t => t.experiment === trial.experiment)?.effect ?? null,
})

/** Compares experiments that changed a single knob in both sessions; with several, the gain has no single cause. */
function knobFindings({ experiment }: Trial, knobs: Knob[], other: Other): Finding[] {
  return knobs.flatMap(knob => {
    const own = knob.tries.find(t => t.experiment === experiment && t.alone)
    const theirs = other.knobs.find(
      k => k.file === knob.file && k.line === knob.line && k.literalIndex === knob.literalIndex,
    )
    const way = own ? wayOf(own) : null
    if (!theirs || way === null) return []
    return theirs.tries.flatMap(t => {
      const there = wayOf(t)
      if (!t.alone || there === null) return []
      return [finding(other, t, there === way ? 'knob' : 'reverse', theirs.id)]
    })
  })
}

/** The direction of a change; null where a value is not a number. */
function wayOf({ from, value }: Knob['tries'][number]): 'up' | 'down' | null {
  const start = numberOf(from)
  return start === null || value === null ? null : value > start ? 'up' : 'down'
}

/** Probability that a change without effect is said to be replicated or contradicted. */
const ERROR = 0.05

/** What each finding says; with more of them each must be clearer. */
const spoken = (found: Finding[]): Found[] =>
  found.map(({ effect, ...finding }) => ({
    ...finding,
    says: says(effect, finding.by === 'reverse', ERROR / 2 / found.length),
  }))

function says(effect: Effect | null, reversed: boolean, error: number): Found['says'] {
  if (effect === null) return 'nothing'
  const way = (['better', 'worse'] as const).find(direction => probabilityOf(effect, direction) < error)
  if (way === undefined) return 'nothing'
  return (way === 'better') !== reversed ? 'same' : 'opposite'
}
