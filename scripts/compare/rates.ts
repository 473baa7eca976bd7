/** Gain per device-hour and per dollar. */
import { relativeText } from '../analysis/relative.ts'
import type { Rate, Side, Step } from './schema.ts'

/** Device-hours and dollars below which there is no rate. */
const MIN_SPENT = 1

/** Uses the gain in the runs of confirm; before confirm the best single run, which is likely optimistic. */
export function rateOf(side: Side): Rate {
  const gain = side.confirmed?.gain ?? side.bestSingleRun
  const deviceHours = side.deviceHours?.value ?? null
  const { usd, gpuUsd, paid } = costOf(side, { agentUsd: side.agentUsd, deviceHours })
  return {
    side: side.id,
    gain,
    by: basisOf(side),
    deviceHours,
    usd,
    gpuUsd,
    paid,
    perDeviceHour: over(gain, deviceHours),
    perDollar: over(gain, usd),
  }
}

/** Where the gain of a side is from. Only an interval above zero confirms it. */
export function basisOf({ confirmed }: Pick<Side, 'confirmed'>): Rate['by'] {
  if (confirmed === null) return 'best single run'
  return confirmed.verdict === 'better' ? 'confirmed' : confirmed.verdict
}

/**
 * Cost in dollars up to a step of the frontier, or of the whole session: the known costs of agent and GPU. The tuner's
 * cost is unknown, not zero; a GPU counts only with a price, for the time of the search's runs.
 */
export function costOf(
  { gpuUsdPerHour }: Pick<Side, 'gpuUsdPerHour'>,
  { agentUsd, deviceHours }: Pick<Step, 'agentUsd' | 'deviceHours'>,
): Pick<Rate, 'usd' | 'gpuUsd' | 'paid'> {
  const gpuUsd = gpuUsdPerHour === null || deviceHours === null ? null : gpuUsdPerHour * deviceHours
  const paid: Rate['paid'] = [
    ...(agentUsd === null ? [] : (['agent'] as const)),
    ...(gpuUsd === null ? [] : (['gpu'] as const)),
  ]
  return { usd: paid.length === 0 ? null : (agentUsd ?? 0) + (gpuUsd ?? 0), gpuUsd, paid }
}

const over = (gain: number | null, spent: number | null): number | null =>
  gain === null || spent === null || spent < MIN_SPENT ? null : gain / spent

/** "0.52% lower", with a star unless confirm found the gain better. @param part `perDeviceHour` or `perDollar` */
export const rateText = (part: number, { by }: Pick<Rate, 'by'>, { metric }: Pick<Side, 'metric'>): string =>
  `${relativeText(part, metric.goal)}${by === 'confirmed' ? '' : '*'}`

/** "8.40", "≈ 12.3" from the session's length, "≥ 10.4" from training times alone; null where not known. */
export function deviceHoursText({ deviceHours }: Pick<Side, 'deviceHours'>): string | null {
  if (deviceHours === null) return null
  const { value, basis } = deviceHours
  return `${{ runs: '', clock: '≈ ', budget: '≥ ' }[basis]}${value.toFixed(value < 10 ? 2 : 1)}`
}
