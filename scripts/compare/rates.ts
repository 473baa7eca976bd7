/** What a side got for an hour and for a dollar. */
import type { Rate, Side, Step } from './schema.ts'

/** By the confirmed gain; by the claimed one before confirm, which is the luckier of the two. */
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
 * Dollars at a place of the frontier, or of the whole session: what is known of agent and GPU. That a tuner of this
 * notebook costs nothing is not said; only a GPU whose price the reader gave is counted.
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
