/** The sessions of one metric as lines of the frontier figure. */
import { relativeText } from '../../../scripts/analysis/relative.ts'
import { costOf } from '../../../scripts/compare/rates.ts'
import { resultSigned } from '../../../scripts/compare/result.ts'
import type { Side, Step } from '../../../scripts/compare/schema.ts'
import { change } from '../../../scripts/lib/format.ts'
import type { Frontiers, Line } from '../../figures/compare/frame.ts'
import { cut } from '../../figures/text.ts'
import { hrefs } from '../words.ts'
import { namesOf, styleKeysOf } from './names.ts'

/** Characters of a description in a tooltip; the linked page has the rest. */
const MAX_DESCRIPTION = 140

export const axes = ['experiments', 'hours', 'dollars'] as const
export type Axis = (typeof axes)[number]

/** Position of a step (null: of the session's end) on an axis; null where it is not recorded. */
function placeOf(side: Side, step: Step | null, by: Axis): number | null {
  if (by === 'experiments') return step ? step.order : side.experiments
  if (by === 'hours') return step ? step.hours : side.hours
  const whole = costOf(side, { agentUsd: side.agentUsd, deviceHours: side.deviceHours?.value ?? null }).usd
  // Before the agent's first paid call the cost is zero.
  return step === null || whole === null ? whole : (costOf(side, step).usd ?? 0)
}

/**
 * @param all sides of the comparison, for names and colours
 * @param sides sides of one metric
 * @returns the figure's data, and the sides left out because their position on the axis is not known
 */
export function frontiersOf(all: Side[], sides: Side[], by: Axis): { frontiers: Frontiers; without: Side[] } | null {
  const [first] = sides
  if (!first) return null
  const [names, styleKeys] = [namesOf(all), styleKeysOf(all)]
  const lines = sides.map(side => lineOf(side, by, names.get(side.id) ?? side.id, styleKeys.get(side.id) ?? [0, 0]))
  return {
    frontiers: { by, metric: first.metric, lines: lines.filter(line => line !== null) },
    without: sides.filter((_, i) => lines[i] === null),
  }
}

function lineOf(side: Side, by: Axis, name: string, styleKey: Line['styleKey']): Line | null {
  const { goal } = side.metric
  const percentOf = (gain: number) => change(gain * 100, goal) + 0
  const steps = side.frontier.flatMap(step => {
    const at = placeOf(side, step, by)
    const lines = [
      `${name} #${step.experiment}`,
      cut(step.description, MAX_DESCRIPTION),
      relativeText(step.change, goal),
    ]
    const tip = { href: hrefs.experiment(side.id, step.experiment), lines }
    return at === null ? [] : [{ at, change: percentOf(step.change), tip }]
  })
  const end = placeOf(side, null, by)
  const isKnown = steps.length > 0 && steps.length === side.frontier.length
  if (end === null || !isKnown || (by !== 'experiments' && end === 0)) return null
  const confirmed = side.confirmed && {
    change: percentOf(side.confirmed.gain),
    interval: side.confirmed.interval.map(percentOf).sort((a, b) => a - b) as [number, number],
    isBetter: side.confirmed.verdict === 'better',
  }
  const gain = side.confirmed?.gain ?? side.bestSingleRun ?? 0
  const texts = { value: resultSigned(side), brief: resultSigned(side, true) }
  return { name, styleKey, steps, end: Math.max(end, steps.at(-1)?.at ?? 0), confirmed, gain, ...texts }
}
