/** Gain per GPU-hour and per dollar. */
import type { Rate, Side, Step } from './schema.ts'

/** Uses the confirmed gain; before confirm the best single run, which is likely optimistic. */
export function rateOf(side: Side): Rate {
  const gain = side.confirmed?.gain ?? side.claimed
  const gpuHours = side.gpuHours?.value ?? null
  const { usd, paid } = costOf(side, { agentUsd: side.agentUsd, gpuHours })
  return {
    side: side.id,
    gain,
    by: side.confirmed ? 'confirmed' : 'claimed',
    gpuHours,
    usd,
    paid,
    perGpuHour: over(gain, gpuHours),
    perDollar: over(gain, usd),
  }
}

/**
 * Cost in dollars up to a step of the frontier, or of the whole session: the known costs of agent and GPU. The tuner's
 * cost is unknown, not zero; a GPU counts only with a price from the reader.
 */
export function costOf(
  { gpuUsdPerHour }: Pick<Side, 'gpuUsdPerHour'>,
  { agentUsd, gpuHours }: Pick<Step, 'agentUsd' | 'gpuHours'>,
): { usd: number | null; paid: Rate['paid'] } {
  const gpuUsd = gpuUsdPerHour === null || gpuHours === null ? null : gpuUsdPerHour * gpuHours
  const paid: Rate['paid'] = [
    ...(agentUsd === null ? [] : (['agent'] as const)),
    ...(gpuUsd === null ? [] : (['gpu'] as const)),
  ]
  return { usd: paid.length === 0 ? null : (agentUsd ?? 0) + (gpuUsd ?? 0), paid }
}

const over = (gain: number | null, spent: number | null): number | null =>
  gain === null || spent === null || spent <= 0 ? null : gain / spent
