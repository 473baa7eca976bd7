/** What other sessions found for the changes that this one kept. Trees, changes and knobs are compared, never words. Pure. */
import { z } from 'zod'
import { numberOf } from '../source/literals.ts'
import type { Knob } from './knob.ts'
import type { Trial } from './trials.ts'

const count = z.number().int().nonnegative()

export const replicationSchema = z.object({
  /** Of this session. */
  experiment: count,
  /** Whether there is anything to compare by: a collected row may have neither tree nor diff. */
  comparable: z.boolean(),
  /** Nothing in it: first seen here. */
  found: z.array(
    z.object({
      session: z.string(),
      machine: z.string(),
      experiment: count,
      /** What is the same: the whole tree, the changed lines, or a knob moved the same way, or the other way. */
      by: z.enum(['tree', 'change', 'knob', 'reverse']),
      /** Its id in the other session; null where a tree or a change is the same. */
      knob: z.string().nullable(),
      /** Measured there, positive is better; where the knob went the other way there, of that. null: it failed. */
      gain: z.number().nullable(),
      /** Whether that speaks for the change here: `nothing` is a difference within the other session's noise, or a failure. */
      says: z.enum(['same', 'opposite', 'nothing']),
    }),
  ),
})
export type Replication = z.infer<typeof replicationSchema>

/** What of another session is compared. */
export interface Other {
  session: string
  /** Label. */
  machine: string
  metric: { name: string; goal: 'minimize' | 'maximize' }
  /** Of one run there; null when not known. */
  sigma: number | null
  knobs: Knob[]
  trials: Trial[]
}

type Found = Replication['found'][number]

/**
 * For each kept change, in the order in which they were kept.
 * @param others sessions that measured the same metric; those of another metric are left out
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
      found: sessions.flatMap(({ other, trees, changes }) => {
        const same = trees.get(trial.tree ?? '') ?? []
        const alike = (changes.get(trial.change ?? '') ?? []).filter(t => !same.includes(t))
        const known = [...same, ...alike]
        return [
          ...same.map(t => finding(other, t, 'tree')),
          ...alike.map(t => finding(other, t, 'change')),
          ...knobFindings(trial, own.knobs, other).filter(f => !known.some(t => t.experiment === f.experiment)),
        ]
      }),
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
) => ({
  session: other.session,
  machine: other.machine,
  experiment: trial.experiment,
  by,
  knob,
  gain: trial.gain,
  says: says(trial.gain, other.sigma, by === 'reverse'),
})

/** Only what moved one knob alone, here and there: of a change of several nobody knows which did it. */
function knobFindings({ experiment }: Trial, knobs: Knob[], other: Other): Found[] {
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

/** Up or down; null where the values are no numbers. */
function wayOf({ from, value }: Knob['tries'][number]): 'up' | 'down' | null {
  const start = numberOf(from)
  return start === null || value === null ? null : value > start ? 'up' : 'down'
}

/** A difference of two runs is news beyond 2σ√2; where σ is not known any measured difference is taken as it stands. */
function says(gain: number | null, sigma: number | null, reversed: boolean): Found['says'] {
  if (gain === null || gain === 0 || Math.abs(gain) <= 2 * Math.SQRT2 * (sigma ?? 0)) return 'nothing'
  return gain > 0 !== reversed ? 'same' : 'opposite'
}
