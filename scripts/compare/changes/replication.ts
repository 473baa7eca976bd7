/** Finds which changes replicate: a row per change with a cell per side and a verdict. Pure. */

import { effectOfRerun } from '../../analysis/search/effects.ts'
import { type Item, type Match, matches } from '../../analysis/search/sameChange.ts'
import type { Effect } from '../../stats/evidence.ts'
import { metricKey } from '../names.ts'
import { hasRun, reasonOf } from '../reason.ts'
import { type Cell, type Comparison, type Row, rowLabels, type Side, type Tried } from '../schema.ts'
import { type Estimate, pool, verdictOf } from './replicationVerdict.ts'
import { halfOf } from './tried.ts'

/**
 * Changes tried by several sides, by verdict then effect size; then those kept by the only side that tried them. Sides
 * with different metrics never share a row.
 */
export function replication(sides: Side[]): Pick<Comparison, 'replication' | 'triedOnce'> {
  const groups = Map.groupBy(sides, ({ metric }) => metricKey(metric))
  const all = [...groups.values()].flatMap(group =>
    matches(group)
      .map(match => rowOf(match, group, sides))
      .filter(row => !isReplicatedOnly(row)),
  )
  const shown = all.filter(row => row.cells.length > 1 || row.cells.some(cell => cell.tries.some(isKept)))
  const rank = ({ label }: Row) => rowLabels.indexOf(label)
  return {
    replication: shown.sort((a, b) => rank(a) - rank(b) || sizeOf(b) - sizeOf(a)),
    triedOnce: all.length - shown.length,
  }
}

/** A replication whose original is not compared has a sentence of its own and nothing beside it here. */
const isReplicatedOnly = ({ cells }: Row): boolean =>
  cells.length === 1 && cells.every(cell => cell.tries.every(({ outcome }) => outcome !== null))

const isKept = ({ status, outcome }: Pick<Tried, 'status' | 'outcome'>): boolean =>
  status === 'keep' && outcome === null

const sizeOf = ({ pooled, cells }: Row): number =>
  Math.max(Math.abs(pooled?.gain ?? 0), ...(pooled ? [] : cells.map(({ gain }) => Math.abs(gain ?? 0))))

/** @param group sides with the match's metric @param all all sides of the comparison, for unique names */
function rowOf({ name, by, items }: Match<Tried>, group: Side[], all: Side[]): Row {
  const bySide = Map.groupBy(items, ({ side }) => side)
  const replicas = [...bySide.keys()].sort((a, b) => a - b).map(at => group[at] as Side)
  const original = by === 'replication' ? finalOf(items, group) : []
  const own = [...original, ...replicas]
  const found = [
    ...original.map(side => wholeOf(side)),
    ...replicas.map(side => cellOf(side, bySide.get(group.indexOf(side)) ?? [])),
  ]
  const cells = found.map(({ cell }) => cell)
  const known = found.flatMap(({ cell, effect }) => (effect && isKnown(cell) ? [{ ...cell, effect }] : []))
  const pooled = known.length > 1 ? pool(known) : null
  return { name, by, ...verdictOfRow(cells, known, own, all), pooled, cells }
}

interface Found {
  cell: Cell
  effect: Effect | null
}

/** The session whose final is what replications ran together, if it is compared and was confirmed. */
const finalOf = (items: Item<Tried>[], group: Side[]): Side[] =>
  group.filter(
    ({ id, confirmed }) =>
      confirmed !== null &&
      items.some(
        ({ tried: { replicates } }) =>
          // With what it inherited itself, its final was run against another baseline than its own.
          replicates?.isFinal && replicates.session === id && !replicates.experiments.includes(0),
      ),
  )

/** Its final against its baseline, as its confirm found it: no single try. */
function wholeOf({ id, confirmed }: Side): Found {
  const effect = confirmed && effectOfRerun(confirmed)
  return {
    cell: { side: id, tries: [], step: 'final', gain: confirmed?.gain ?? null, half: effect && halfOf(effect) },
    effect,
  }
}

type Known = Cell & Estimate & { effect: Effect }

const isKnown = (cell: Cell): cell is Cell & Estimate => cell.gain !== null && cell.half !== null

/**
 * Combines the tries of a side to their mean, or those that were rerun on unused seeds to theirs. They share a parent and so
 * its noise, hence the mean's interval is as wide as that of the least certain try.
 */
function cellOf(side: Side, items: Item<Tried>[]): Found {
  const tries = items.map(({ tried }) => tried).sort((a, b) => a.experiment - b.experiment)
  const rerun = tries.filter(t => t.by !== 'session' && t.gain !== null)
  const measured = rerun.length > 0 ? rerun : tries.filter(t => t.gain !== null)
  const gain = measured.length === 0 ? null : mean(measured.map(t => t.gain ?? 0))
  const effects = measured.flatMap(t => t.effect ?? [])
  const effect = gain === null || effects.length < measured.length ? null : leastCertain(effects, gain)
  const knob = tries.find(t => t.knob !== null)?.knob
  const cell: Cell = {
    side: side.id,
    tries: tries.map(({ experiment, description, status, by, outcome }) => ({
      experiment,
      description,
      status,
      by,
      outcome,
    })),
    step: knob ? stepText(tries) : null,
    gain,
    half: effect && halfOf(effect),
  }
  return { cell, effect }
}

function leastCertain(effects: Effect[], gain: number): Effect {
  const of = (pick: (effect: Effect) => number) => effects.map(pick)
  return {
    gain,
    sigma: Math.max(...of(e => e.sigma)),
    df: Math.min(...of(e => e.df)),
    runs: Math.min(...of(e => e.runs)),
    headRuns: Math.min(...of(e => e.headRuns)),
    among: Math.max(...of(e => e.among)),
    kept: effects.some(e => e.kept),
  }
}

const stepText = (tries: Tried[]): string =>
  [...new Set(tries.map(({ knob }) => (knob?.from ? `${knob.from} → ${knob.to}` : `→ ${knob?.to}`)))].join(', ')

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** @param own sides of the cells, in the same order */
function verdictOfRow(cells: Cell[], known: Known[], own: Side[], all: Side[]): Pick<Row, 'label' | 'way' | 'why'> {
  // A replication whose patch did not apply ran nothing.
  const isTriedOnce = cells.length === 1 || cells.filter(hasRun).length === 1
  const { label, way: sign } = verdictOf(known.map(({ effect }) => effect))
  const verdict = {
    label: isTriedOnce ? ('tried once' as const) : label,
    way: isTriedOnce || sign === 0 ? null : sign > 0 ? ('better' as const) : ('worse' as const),
  }
  return { ...verdict, why: reasonOf(verdict, cells, own, all) }
}
