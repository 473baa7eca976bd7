/** Facts and functions that make them. Each formats one kind of number as the rest of the report does. */

import { pRealText } from '../../analysis/labels.ts'
import { type MeasuredSigma, sigmaText } from '../../analysis/noise/sigma.ts'
import { briefDelta, plusMinus, shareText, size, twoDigits } from '../../analysis/numbers.ts'
import { holdoutGapText } from '../../analysis/result/phrases.ts'
import type { Digest } from '../../analysis/schema.ts'
import { dollarText, duration, metricTexts } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import type { Confirmed } from '../../stats/confirm.ts'

export interface Fact {
  /** Dotted, e.g. "headline.gain", "kept.42.share", "knob.MATRIX_LR.best". */
  id: string
  /** The text that replaces a reference. */
  text: string
  /** In `unit`; gains are positive when better; null for a list or a sentence. */
  value: number | string | null
  /** "val_bpb", "s", "MB", "share", "runs", …; "" without a unit. */
  unit: string
  /** Experiments it was computed from; empty if from the whole session. */
  from: number[]
  /** Whether the runs of confirm confirm it; only then may prose call it confirmed. */
  confirmed: boolean
}

/** Makes one fact, or none for a null value. */
export type Make<T> = (id: string, value: T | null, from?: number[]) => Fact[]

/** A fact that is a word, a name or a sentence. */
export const textFact: Make<string> = (id, value, from = []) =>
  value === null || value === '' ? [] : [{ id, text: value, value, unit: '', from, confirmed: false }]

/** "12 experiments": the number with its noun; without a noun, the number alone. */
export const count =
  (noun = '', many?: string): Make<number> =>
  (id, value, from = []) =>
    value === null
      ? []
      : [
          {
            id,
            value,
            unit: noun === '' ? '' : (many ?? `${noun}s`),
            from,
            confirmed: false,
            text: noun === '' ? value.toLocaleString('en-US') : plural(value, noun, many),
          },
        ]

/** "7 h 02 min" */
export const seconds: Make<number> = (id, value, from = []) =>
  value === null ? [] : [{ id, text: duration(value), value, unit: 's', from, confirmed: false }]

/** "42%", a part of a whole. */
export const share: Make<number> = (id, value, from = []) =>
  value === null ? [] : [{ id, text: shareText(value), value, unit: 'share', from, confirmed: false }]

/** P(real): ">99%", never 100%. */
export const probability: Make<number> = (id, value, from = []) =>
  value === null ? [] : [{ id, text: pRealText(value), value, unit: 'probability', from, confirmed: false }]

/** "$1.20" */
export const dollars: Make<number> = (id, value, from = []) =>
  value === null ? [] : [{ id, text: dollarText(value), value, unit: 'USD', from, confirmed: false }]

/** Makers that format values of a session's metric. */
export function metricFacts({ metric, bestSingleRun, confirmed, kept }: Digest) {
  const about = bestSingleRun?.baseline ?? 1
  const unit = metric.name
  const ends = [confirmed?.baseline, confirmed?.head, bestSingleRun?.baseline, bestSingleRun?.best]
  const text = metricTexts([...ends.filter(end => end !== undefined), ...kept.map(k => k.metric)])
  const make =
    (write: (value: number) => string): Make<number> =>
    (id, value, from = []) =>
      value === null ? [] : [{ id, text: write(value), value, unit, from, confirmed: false }]
  return {
    /** "0.969686" */
    metric: make(value => text(value)),
    /** "−0.0282", in the metric's own sign. */
    gain: make(value => briefDelta(value, metric, about)),
    /** "0.0013", without a sign. */
    size: make(value => size(value, about)),
    /** "0.00049": a gain that noise alone can show, or an assumed σ. */
    spread: make(twoDigits),
    /** "0.00049 (95% interval 0.00030 to 0.0012)" */
    sigma: (id: string, value: MeasuredSigma | null): Fact[] =>
      value === null ? [] : [{ id, text: sigmaText(value), value: value.sigma, unit, from: [], confirmed: false }],
    /** "0.0021 ± 0.0034 smaller than on val (95%), …": the gain on the holdout. */
    gap(id: string, value: Digest['gap'], from: number[]): Fact[] {
      if (value === null) return []
      return [{ id, text: holdoutGapText(value), value: value.gain, unit, from, confirmed: false }]
    },
    /** "−0.0210 ± 0.0010", from the runs of confirm. */
    confirmed(id: string, value: Confirmed | null, from: number[]): Fact[] {
      if (value === null) return []
      const text = plusMinus(value, metric)
      return [{ id, text, value: value.gain, unit, from, confirmed: value.verdict === 'better' }]
    },
  }
}
