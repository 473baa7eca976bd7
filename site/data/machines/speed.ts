/** A machine's training speed, by the baseline's runs: the only code that all sessions share. */
import { twoDigits } from '../../../scripts/analysis/numbers.ts'
import { isSearch } from '../../../scripts/record/purposes.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'

/** A part by which a machine's speed usually varies, as between cold and warm. */
export const USUAL_VARIATION = 0.05

export interface Speed {
  /** Tokens per second of training; null where the runs printed none, or too few for a rate. */
  tokens: number | null
  steps: number | null
  /** Steps of a whole run. */
  stepsInRun: number | null
  /** Model FLOPs utilization, percent. */
  mfu: number | null
}

/** Runs print tokens in steps of 0.1 million: below half a million the rate would be too coarse. */
const MIN_TOKENS_M = 0.5

/** Medians over the baseline's runs during the session, without confirm runs, which may be of another day. */
export function speedOf(experiments: Experiment[]): Speed {
  const runs = experiments.find(e => e.number === 0)?.runs ?? []
  const measured = runs.filter(r => r.outcome === 'ok' && isSearch(r)).map(r => r.summary)
  const rate = (amount: number | undefined, seconds: number | undefined) =>
    amount !== undefined && seconds !== undefined && amount > 0 && seconds > 0 ? [amount / seconds] : []
  return {
    tokens: median(
      measured.flatMap(({ total_tokens_M: m, training_seconds: s }) =>
        m && m >= MIN_TOKENS_M ? rate(m * 1e6, s) : [],
      ),
    ),
    steps: median(measured.flatMap(({ num_steps: n, training_seconds: s }) => rate(n, s))),
    stepsInRun: median(measured.flatMap(({ num_steps: n }) => (n && n > 0 ? [n] : []))),
    mfu: median(measured.flatMap(({ mfu_percent: m }) => (m && m > 0 ? [m] : []))),
  }
}

/** "1.7 M tokens/s", "3.2 steps/s"; null where neither is known. */
export function speedText({ tokens, steps }: Speed): string | null {
  if (tokens !== null) return `${large(tokens)} tokens/s`
  return steps === null ? null : `${twoDigits(steps)} steps/s`
}

/** To two digits: "1.7 M", "83 k", "840". */
export function large(value: number): string {
  const [unit, name] = value >= 1e6 ? [1e6, ' M'] : value >= 1e4 ? [1e3, ' k'] : [1, '']
  return `${Number((value / unit).toPrecision(2))}${name}`
}

export function median(list: number[]): number | null {
  const sorted = [...list].sort((a, b) => a - b)
  const [a, b] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return a === undefined || b === undefined ? null : (a + b) / 2
}
