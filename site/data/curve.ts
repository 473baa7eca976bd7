/** A knob as its figure wants it, and as a table of numbers. */
import { change } from '../../scripts/lib/format.ts'
import type { Response } from '../figures/response.ts'
import { csv } from './csv.ts'
import type { Knob } from './knobs.ts'

export function responseOf(knob: Knob): Response {
  const percent = (part: number) => change(part, knob.metric.goal) * 100
  return {
    name: knob.id,
    metric: knob.metric.name,
    lowerIsBetter: knob.metric.goal === 'minimize',
    line: knob.values.map(v => ({ raw: v.raw, value: v.value, change: percent(v.score) })),
    tries: knob.tries.flatMap(t =>
      t.value === null || (t.score === null && t.metric !== null)
        ? []
        : [
            {
              value: t.value,
              change: t.score === null ? null : percent(t.score),
              status: t.status,
              machine: t.view.session.machine.label,
            },
          ],
    ),
    best: knob.shape === 'inside' || knob.shape === 'edge' ? knob.best : null,
    noise: knob.sigma === null ? null : 2 * Math.SQRT2 * knob.sigma * 100,
  }
}

const columns = ['session', 'machine', 'experiment', 'from', 'to', 'status', 'alone', 'metric', 'gain', 'part', 'score']

/** The tries of a page; gains are positive where better, `part` and `score` parts of the night's baseline. */
export const knobCsv = ({ tries }: Knob): string =>
  csv(
    columns,
    tries.map(t => [
      ...[t.view.id, t.view.session.machine.label, t.experiment, t.from, t.to, t.status, t.alone ? 'yes' : 'no'],
      ...[t.metric, t.gain, t.part, t.score],
    ]),
  )
