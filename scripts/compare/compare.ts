/** Compares a set of sessions. Pure and free of Node modules, so that pages can run it in the browser. */
import { replication } from './changes/replication.ts'
import { metricKey } from './names.ts'
import { prose } from './prose/prose.ts'
import { rateOf } from './rates.ts'
import type { Comparison, Side } from './schema.ts'
import { settings } from './settings.ts'
import { areAbsolute, lead, statements } from './statements.ts'

/**
 * @param sides two or more, in display order
 * @param texts texts of the prose versions, by hash; missing ones are null in the result
 */
export function compare(sides: Side[], texts: Record<string, string> = {}): Comparison {
  const all = statements(sides)
  return {
    sides: sides.map(({ id }) => id),
    groups: groups(sides),
    absolute: areAbsolute(all),
    lead: lead(sides, all),
    statements: all,
    rates: sides.filter(side => side.replication === null).map(rateOf),
    ...replication(sides),
    settings: settings(sides),
    prose: prose(sides, texts),
  }
}

function groups(sides: Side[]): Comparison['groups'] {
  const found = new Map<string, Comparison['groups'][number]>()
  for (const { id, metric } of sides) {
    const key = metricKey(metric)
    const group = found.get(key) ?? { metric, sides: [] }
    group.sides.push(id)
    found.set(key, group)
  }
  return [...found.values()].sort((a, b) => b.sides.length - a.sides.length)
}

/** The side with the reader's price of a device-hour in US dollars; null removes it. */
export const withPrice = (side: Side, gpuUsdPerHour: number | null): Side => ({ ...side, gpuUsdPerHour })
