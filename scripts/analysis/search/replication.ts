/** Finds a session's kept changes in other sessions. Pure. */
import { z } from 'zod'
import { type Effect, probabilityOf } from '../../stats/evidence.ts'
import { numberOf } from '../source/literals.ts'
import type { Knob } from './knob.ts'
import { type Change, type Changes, changesOf, isComparable, matches, type Parts } from './sameChange.ts'
import type { Trial } from './trials.ts'

const count = z.number().int().nonnegative()

export const replicationSchema = z.object({
  /** The kept experiment of this session. */
  experiment: count,
  /** Whether it has a tree, a diff or a description to compare. */
  comparable: z.boolean(),
  /** Matching experiments of other sessions; empty if the change was first seen here. */
  found: z.array(
    z.object({
      session: z.string(),
      machine: z.string(),
      experiment: count,
      /**
       * What matches: the whole tree, the changed lines, a knob changed in the same or the opposite direction, or, without
       * a diff on one side, the words of the descriptions; `replication`: it was run again there as it is.
       */
      by: z.enum(['tree', 'change', 'knob', 'reverse', 'words', 'replication']),
      /** The knob's id in the other session; null where the tree, the changed lines or the words match. */
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
export interface Other extends Parts {
  /** Label of the machine. */
  machine: string
  metric: { name: string; goal: 'minimize' | 'maximize' }
}

type Found = Replication['found'][number]
/** Before it is known how many there are. */
type Finding = Omit<Found, 'says'> & { effect: Effect | null }

/**
 * One entry per kept change, in the order of the keeps. What is the same change, `sameChange.ts` says, as for a comparison of
 * the two sessions; here also a change of the same constant by other values or in the other direction counts.
 * @param others other sessions; those with another metric or goal are ignored
 */
export function replications(own: Parts & Pick<Other, 'metric'>, others: Other[]): Replication[] {
  const mine = changesOf(own)
  const changes = new Map(mine.tried.map(change => [change.experiment, change]))
  const sessions = others
    .filter(({ metric }) => metric.name === own.metric.name && metric.goal === own.metric.goal)
    .map(other => ({ other, same: sameIn(mine, changesOf(other)) }))
  return own.trials
    .filter(({ experiment, status }) => experiment > 0 && status === 'keep')
    .map(trial => {
      const change = changes.get(trial.experiment)
      return {
        experiment: trial.experiment,
        comparable: change !== undefined && isComparable(change),
        found: spoken(
          sessions.flatMap(({ other, same }) => {
            const known = (same.get(trial.experiment) ?? []).filter(theirs => isRun(other, theirs))
            const found = known.map(theirs => {
              const by = change ? byOf(own.session, change, theirs) : 'words'
              return finding(other, theirs.experiment, by, by === 'knob' ? knobOf(other, theirs.experiment) : null)
            })
            const more = knobFindings(trial, own.knobs, other)
            return [...found, ...more.filter(f => !known.some(t => t.experiment === f.experiment))]
          }),
        ),
      }
    })
}

/** The other session's changes that are the same as each of the first's, by experiment. */
function sameIn(mine: Changes<Change>, theirs: Changes<Change>): Map<number, Change[]> {
  const same = new Map<number, Change[]>()
  for (const { items } of matches([mine, theirs])) {
    const found = items.filter(({ side }) => side === 1).map(({ tried }) => tried)
    if (found.length === 0) continue
    for (const { side, tried } of items) if (side === 0) same.set(tried.experiment, found)
  }
  return same
}

/** A change that did not apply in a replication was not tried there. */
const isRun = ({ trials }: Other, { experiment, replicates }: Change): boolean =>
  replicates === null || trials.find(t => t.experiment === experiment)?.status !== 'conflict'

function byOf(session: string, a: Change, b: Change): Found['by'] {
  const again = b.replicates
  if (again?.session === session && again.experiments.includes(a.experiment)) return 'replication'
  if (a.tree !== null && a.tree === b.tree) return 'tree'
  if (a.change !== null && a.change === b.change) return 'change'
  return a.knob?.line && b.knob?.line ? 'knob' : 'words'
}

const knobOf = ({ knobs }: Other, experiment: number): string | null =>
  knobs.find(({ tries }) => tries.some(t => t.experiment === experiment && t.alone))?.id ?? null

function finding(other: Other, experiment: number, by: Found['by'], knob: string | null): Finding {
  const trial = other.trials.find(t => t.experiment === experiment)
  const { session, machine } = other
  return { session, machine, experiment, by, knob, gain: trial?.gain ?? null, effect: trial?.effect ?? null }
}

/** Compares experiments that changed a single knob in both sessions; with several, the gain has no single cause. */
function knobFindings({ experiment }: Trial, knobs: Knob[], other: Other): Finding[] {
  return knobs.flatMap(knob => {
    const own = knob.tries.find(t => t.experiment === experiment && t.alone && t.by === 'diff')
    const theirs = other.knobs.find(
      k => k.file === knob.file && k.line === knob.line && k.literalIndex === knob.literalIndex,
    )
    const way = own ? wayOf(own) : null
    if (!theirs || way === null) return []
    return theirs.tries.flatMap(t => {
      const there = wayOf(t)
      if (!t.alone || t.by !== 'diff' || there === null) return []
      return [finding(other, t.experiment, there === way ? 'knob' : 'reverse', theirs.id)]
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
