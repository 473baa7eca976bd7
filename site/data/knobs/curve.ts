/** A knob as data of its figure, and as CSV and JSON. */
import { change } from '../../../scripts/lib/format.ts'
import type { Response } from '../../figures/knob/responseData.ts'
import { type Cell, csv } from '../csv.ts'
import type { Knob, Try } from './knobs.ts'

export function responseOf(knob: Knob): Response {
  const percent = (part: number) => change(part, knob.metric.goal) * 100
  return {
    name: knob.id,
    metric: knob.metric.name,
    lowerIsBetter: knob.metric.goal === 'minimize',
    line: knob.values.map(v => ({ raw: v.raw, value: v.value, change: percent(v.score) })),
    tries: shownTries(knob).map(({ value, score, status, view }) => ({
      value,
      status,
      machine: view.session.machine.label,
      change: score === null ? null : percent(score),
    })),
    best: knob.shape === 'inside' || knob.shape === 'edge' ? knob.best : null,
    noise: knob.sigma === null ? null : 2 * Math.SQRT2 * knob.sigma * 100,
  }
}

/** Tries that moved only this knob, to a number, and that are comparable or failed. */
export const shownTries = ({ tries }: Knob): (Try & { value: number })[] =>
  tries.filter((t): t is Try & { value: number } => t.value !== null && (t.score !== null || t.metric === null))

const columns = ['session', 'machine', 'experiment', 'from', 'to', 'status', 'alone', 'metric', 'gain', 'part', 'score']

/** The tries as CSV. `gain` is positive where better; `part` and `score` are fractions of the session's baseline. */
export const knobCsv = ({ tries }: Knob): string => csv(columns, tries.map(tryCells))

/** The same as JSON, with the mean values that the figure's line joins. */
export const knobJson = (k: Knob): string =>
  JSON.stringify({
    knob: k.id,
    target: k.target,
    file: k.file,
    line: k.line,
    metric: k.metric,
    first: k.first,
    shape: k.shape,
    best: k.best,
    bestSet: k.bestSet,
    untried: k.untried,
    values: k.values,
    tries: k.tries.map(t => Object.fromEntries(tryCells(t).map((cell, i) => [columns[i], cell]))),
  })

const tryCells = (t: Try): Cell[] => [
  t.view.id,
  t.view.session.machine.label,
  t.experiment,
  t.from,
  t.to,
  t.status,
  t.alone ? 'yes' : 'no',
  t.metric,
  t.gain,
  t.part,
  t.score,
]
