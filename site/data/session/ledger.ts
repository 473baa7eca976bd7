/** The rows of a session's ledger. Pure. */
import { briefDelta, delta, ledgerText } from '../../../scripts/analysis/numbers.ts'
import { experimentWord } from '../../../scripts/analysis/replication/words.ts'
import { change } from '../../../scripts/lib/format.ts'
import { ownSeconds } from '../../../scripts/record/files/curve.ts'
import { bar, barScale } from '../../figures/bar.ts'
import type { Point } from '../../figures/frontier/point.ts'
import { type KeptChange, themesOf, type View } from '../view.ts'

export interface LedgerRow extends Pick<Point, 'number' | 'status' | 'description' | 'gain'> {
  value: number | null
  valueText: string
  /** Δ vs best, in the metric's own sign. */
  delta: number | null
  deltaText: string
  drawn: ReturnType<typeof bar>
  /** What is said of it: its status, or what a replication found of it. */
  word: string
  label: KeptChange['label']
  labelReason: string | null
  pReal: number | null
  /** Wall time of its runs, in seconds; without later repeats and confirm runs. null where the records have none. */
  seconds: number | null
  theme: string | null
  memoryMb: number | null
}

/** What a gain of the ledger is over. */
export const gainHead = ({ replication }: Pick<View, 'replication'>): string =>
  replication === null ? 'Δ vs best' : 'Δ vs baseline'

export interface Ledger {
  rows: LedgerRow[]
  /** How to read the bars; null where no row has one. */
  reading: string | null
}

export function ledger(v: View): Ledger {
  const { metric } = v.session
  const { points, sigma } = v.frontierData
  const about = v.baseline ?? 1
  const valueText = ledgerText(v.experiments)
  const records = new Map(v.experiments.map(e => [e.number, e]))
  const kept = new Map(v.kept.map(k => [k.number, k]))
  const themes = themesOf(v)
  const reach = barScale(
    points.flatMap(p => (p.gain === null ? [] : [p.gain])),
    sigma,
  )
  const rows = points.map(({ number, status, description, gain, value }): LedgerRow => {
    const [record, k] = [records.get(number), kept.get(number)]
    return {
      number,
      status,
      description,
      gain,
      value,
      valueText: value === null ? '' : valueText(value),
      delta: gain === null ? null : change(gain, metric.goal),
      deltaText: gain === null ? '' : delta(gain, metric, about),
      drawn: bar(gain, sigma, reach),
      word: experimentWord({ status }, v.replicated.get(number)),
      label: k?.label ?? null,
      labelReason: k?.labelReason ?? null,
      pReal: k?.pReal ?? null,
      seconds: record ? ownSeconds(record) : null,
      theme: themes.get(number) ?? null,
      memoryMb: record?.memoryMb ?? null,
    }
  })
  const drawn = rows.filter(r => r.drawn.bar !== null)
  const notch = drawn.some(r => r.drawn.cut !== null) ? '; a bar with a notch is longer' : ''
  const band = sigma ? ' The band is ±2σ, the noise of one run.' : ''
  const end = briefDelta(reach, { ...metric, goal: 'maximize' }, about).slice(1)
  return { rows, reading: drawn.length === 0 ? null : `Bars show ${gainHead(v)} up to ±${end}${notch}.${band}` }
}
