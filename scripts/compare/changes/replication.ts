/** Finds which changes replicate: a row per change with a cell per side and a verdict. Pure. */

import { type Item, type Match, matches } from '../../analysis/search/sameChange.ts'
import type { Effect } from '../../stats/evidence.ts'
import { metricKey } from '../names.ts'
import { reasonOf } from '../reason.ts'
import { type Cell, type Comparison, type Row, rowLabels, type Side, type Tried } from '../schema.ts'
import { type Estimate, pool, verdictOf } from './replicationVerdict.ts'
import { halfOf } from './tried.ts'

/**
 * Changes tried by several sides, by verdict then effect size; then those kept by the only side that tried them. Sides
 * with different metrics never share a row.
 */
export function replication(sides: Side[]): Pick<Comparison, 'replication' | 'triedOnce'> {
  const groups = Map.groupBy(sides, ({ metric }) => metricKey(metric))
  const all = [...groups.values()].flatMap(group => matches(group).map(match => rowOf(match, group, sides)))
  const shown = all.filter(row => row.cells.length > 1 || row.cells.some(cell => cell.tries.some(isKept)))
  const rank = ({ label }: Row) => rowLabels.indexOf(label)
  return {
    replication: shown.sort((a, b) => rank(a) - rank(b) || sizeOf(b) - sizeOf(a)),
    triedOnce: all.length - shown.length,
  }
}

const isKept = ({ status }: Pick<Tried, 'status'>): boolean => status === 'keep'

const sizeOf = ({ pooled, cells }: Row): number =>
  Math.max(Math.abs(pooled?.gain ?? 0), ...(pooled ? [] : cells.map(({ gain }) => Math.abs(gain ?? 0))))

/** @param group sides with the match's metric @param all all sides of the comparison, for unique names */
function rowOf({ name, by, items }: Match<Tried>, group: Side[], all: Side[]): Row {
  const bySide = Map.groupBy(items, ({ side }) => side)
  const own = [...bySide.keys()].sort((a, b) => a - b).map(at => group[at] as Side)
  const found = own.map(side => cellOf(side, bySide.get(group.indexOf(side)) ?? []))
  const cells = found.map(({ cell }) => cell)
  const known = found.flatMap(({ cell, effect }) => (effect && isKnown(cell) ? [{ ...cell, effect }] : []))
  const pooled = known.length > 1 ? pool(known) : null
  return { name, by, ...verdictOfRow(cells, known, own, all), pooled, cells }
}

type Known = Cell & Estimate & { effect: Effect }

const isKnown = (cell: Cell): cell is Cell & Estimate => cell.gain !== null && cell.half !== null

/**
 * Combines the tries of a side to their mean, or those that were rerun on unused seeds to theirs. They share a parent and so
 * its noise, hence the mean's interval is as wide as that of the least certain try.
 */
function cellOf(side: Side, items: Item<Tried>[]): { cell: Cell; effect: Effect | null } {
  const tries = items.map(({ tried }) => tried).sort((a, b) => a.experiment - b.experiment)
  const rerun = tries.filter(t => t.by !== 'session' && t.gain !== null)
  const measured = rerun.length > 0 ? rerun : tries.filter(t => t.gain !== null)
  const gain = measured.length === 0 ? null : mean(measured.map(t => t.gain ?? 0))
  const effects = measured.flatMap(t => t.effect ?? [])
  const effect = gain === null || effects.length < measured.length ? null : leastCertain(effects, gain)
  const knob = tries.find(t => t.knob !== null)?.knob
  const cell: Cell = {
    side: side.id,
    tries: tries.map(({ experiment, description, status, by }) => ({ experiment, description, status, by })),
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
  const isTriedOnce = cells.length === 1
  const { label, way: sign } = verdictOf(known.map(({ effect }) => effect))
  const verdict = {
    label: isTriedOnce ? ('tried once' as const) : label,
    way: isTriedOnce || sign === 0 ? null : sign > 0 ? ('better' as const) : ('worse' as const),
  }
  return { ...verdict, why: reasonOf(verdict, cells, own, all) }
}
