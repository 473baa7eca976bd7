/** The frontier's legend: only the marks that the drawing has. */
import type { Make } from '../../components/compare/make.ts'
import type { LegendEntry } from '../legend.ts'
import { confirmedSample } from './ending.ts'
import type { Parts } from './frame.ts'
import { type FrontierData, isUnknown, type Point } from './point.ts'
import { type Kind, looks } from './shapes.ts'

/** Which mark an experiment that was not kept has. */
export function kindOf(p: Point, isOff: boolean): Exclude<Kind, 'kept' | 'unproven'> {
  if (p.status === 'crash' || p.status === 'timeout') return 'failed'
  if (p.value === null) return 'untrained'
  if (isOff) return 'far'
  return isUnknown(p) ? 'unknown' : 'tried'
}

export const kindOfKept = (p: Point): Kind => (p.sure === false ? 'unproven' : 'kept')

/** What a cross or a diamond stands for. */
const failures: Partial<Record<Point['status'], string>> = {
  crash: 'crashed',
  timeout: 'timed out',
  refused: 'refused',
  conflict: 'conflict',
  aborted: 'aborted',
}
const failureText = (list: Point[]): string =>
  [...new Set(list.map(p => failures[p.status] ?? 'no value'))].sort().join(', ')

export function legendOf({
  data,
  kept,
  levels,
  others,
  off,
  narrow,
}: { data: FrontierData; narrow: boolean } & Parts): LegendEntry[] {
  const { confirmed, sigma, paired, metric } = data
  const by = (kind: Kind) => [
    ...others.filter(p => kindOf(p, false) === kind),
    ...off.filter(p => kindOf(p, true) === kind),
  ]
  const mark = (kind: Kind, text: string): LegendEntry => {
    const { paint, shape, r } = looks(metric.goal)[kind]
    return { text, sample: make => make('path', { ...paint, d: shape(0, 0, r[0]) }) }
  }
  const kinds = [
    // The baseline's dot has a label.
    { kind: 'kept', list: kept.filter(p => kindOfKept(p) === 'kept' && p.number > 0), text: 'kept' },
    { kind: 'unproven', list: kept.filter(p => kindOfKept(p) === 'unproven'), text: 'kept, not proven' },
    { kind: 'tried', list: by('tried'), text: 'discarded' },
    { kind: 'unknown', list: by('unknown'), text: 'status unknown' },
    { kind: 'failed', list: by('failed'), text: failureText(by('failed')) },
    { kind: 'untrained', list: by('untrained'), text: failureText(by('untrained')) },
    { kind: 'far', list: by('far'), text: 'off scale' },
  ] as const
  const line: LegendEntry = { text: paired ? 'head' : 'best so far', sample: lineSample }
  const band: LegendEntry = { text: narrow ? '±2σ of one run' : 'noise of one run, ±2σ', sample: bandSample }
  return [
    ...kinds.flatMap(({ kind, list, text }) => (list.length > 0 ? [mark(kind, text)] : [])),
    ...(levels.length > 0 ? [line] : []),
    ...(levels.length > 0 && (sigma ?? 0) > 0 ? [band] : []),
    ...(confirmed
      ? [
          {
            text: `${confirmed.word === 'confirmed' ? 'confirmed' : 'run again'} ${confirmed.where}, 95% interval`,
            sample: (make: Make) => confirmedSample(make, 0),
          },
        ]
      : []),
  ]
}

const lineSample = (make: Make): Element =>
  make('path', { d: 'M-10 -3H0V3H10', fill: 'none', stroke: 'var(--keep)', 'stroke-width': 1.5 })

const bandSample = (make: Make): Element =>
  make('rect', {
    x: -10,
    y: -6,
    width: 20,
    height: 12,
    fill: 'var(--band)',
    stroke: 'var(--rule)',
    'stroke-width': 0.75,
  })
