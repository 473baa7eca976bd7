/** The frontier as a mermaid chart, which GitHub draws. Pure. */
import { decimals } from '../../lib/format.ts'
import type { Experiment, Metric } from '../../record/schema.ts'

/** Points of the line: more cannot be told apart in GitHub's column. */
const mostPoints = 60

/**
 * "xychart-beta" of the best so far over experiments; null with less than two measured.
 * They are in the order of their verdicts, which with several slots is not that of their numbers.
 * The points are evenly spaced, as such a chart wants them; each shows the best at its place exactly.
 */
export function frontierChart(experiments: Experiment[], { name, goal }: Metric): string | null {
  const best = bestSoFar(experiments)
  if (best.length < 2) return null
  const last = best.length - 1
  const points = Math.min(best.length, mostPoints)
  const line = Array.from({ length: points }, (_, i) => best[Math.round((i * last) / (points - 1))] as number)
  const [low, high] = [Math.min(...line), Math.max(...line)]
  const pad = (high - low || Math.abs(high) || 1) * 0.05
  const text = (value: number) =>
    value.toFixed(Math.max(decimals(value), value === 0 ? 0 : 1 - Math.floor(Math.log10(Math.abs(value)))))
  return [
    'xychart-beta',
    `    title "Best ${label(name)} so far (${goal === 'minimize' ? 'lower' : 'higher'} is better)"`,
    `    x-axis "experiment" 0 --> ${last}`,
    `    y-axis "${label(name)}" ${text(low - pad)} --> ${text(high + pad)}`,
    `    line [${line.map(text).join(', ')}]`,
  ].join('\n')
}

/** In the order of the verdicts; before the first measured one there is no best, and the line begins there. */
function bestSoFar(experiments: Experiment[]): number[] {
  let best: number | null = null
  const all: number[] = []
  for (const { number, status, metric } of experiments) {
    if (metric !== null && (status === 'keep' || number === 0)) best = metric
    if (best !== null) all.push(best)
  }
  return all
}

/** A name in quotes: a metric may be called anything. */
const label = (name: string): string => name.replace(/[^\w .%/-]/g, '').slice(0, 60) || 'metric'
