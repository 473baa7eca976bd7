/** The timeline's legend: only the bars that the drawing has. */
import type { Make } from '../../components/compare/make.ts'
import type { LegendEntry } from '../legend.ts'
import type { Span, Timeline } from './layout.ts'

export function legendOf({ spans, marks, thinking, outages }: Timeline): LegendEntry[] {
  const has = (kind: Span['kind']) => spans.some(s => s.kind === kind)
  const starts = (kind: Span['kind']) => marks.some(m => m.kind === kind)
  const box = (half: number, paint: Record<string, string | number>) => (make: Make) =>
    make('rect', { x: -10, y: -half, width: 20, height: 2 * half, ...paint })
  const line = (d: string, paint: Record<string, string | number>) => (make: Make) =>
    make('path', { d, fill: 'none', ...paint })
  const failed = (make: Make) => [
    box(2, { fill: 'var(--crash)' })(make),
    line('M-11 -4l8 8m-8 0l8 -8', { stroke: 'var(--crash)', 'stroke-width': 1.6 })(make),
  ]
  const entries: [shown: boolean, text: string, sample: LegendEntry['sample']][] = [
    [has('keep'), 'kept', box(6, { fill: 'var(--fill)' })],
    [has('tried'), 'not kept', box(2, { fill: 'var(--mark)' })],
    [has('failed'), 'failed', failed],
    [has('repeat'), 'run again for noise', box(3.5, { fill: 'none', stroke: 'var(--mark)' })],
    [has('confirm'), 'confirm', box(3.5, { fill: 'none', stroke: 'var(--ink)', 'stroke-dasharray': '1 2' })],
    [starts('keep'), 'start of a kept run', line('M0 -6V6', { stroke: 'var(--keep)', 'stroke-width': 2.5 })],
    [
      starts('tried') || starts('failed'),
      'start of another run',
      line('M0 -3V3', { stroke: 'var(--mark)', 'stroke-width': 1.5 }),
    ],
    [thinking.length > 0, 'agent at work', line('M-10 0H10', { stroke: 'var(--ink)', 'stroke-width': 1.2 })],
    [
      outages.length > 0,
      'outage of an agent',
      box(6, { fill: 'none', stroke: 'var(--crash)', 'stroke-width': 1.25, 'stroke-dasharray': '4 3' }),
    ],
  ]
  return entries.flatMap(([shown, text, sample]) => (shown ? [{ text, sample }] : []))
}
