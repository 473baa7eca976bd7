/** Which sessions are compared: the default, and the selection in the URL hash. */
import { metricKey } from '../../../scripts/compare/names.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { baseName } from '../../../scripts/compare/settings.ts'

type Choosable = Pick<Side, 'id' | 'machine' | 'target' | 'metric' | 'startedAt' | 'frontier'>

/** Sessions that are compared before the reader chooses. */
const DEFAULT_COUNT = 6

/**
 * Selects the newest sessions of the target with the most machines, with at least one of each machine if there is
 * room; on a tie, the target of the newest session. Targets are compared by file name, for the folder may differ
 * between repositories. Sessions without any measurement are left out.
 *
 * @returns ids, oldest first
 */
export function defaultSelection(sides: Choosable[]): string[] {
  const newest = sides
    .filter(({ frontier }) => frontier.length > 0)
    .sort((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? '') || b.id.localeCompare(a.id))
  const groups = [
    ...Map.groupBy(newest, s => `${s.target === null ? '' : baseName(s.target)}\0${metricKey(s.metric)}`).values(),
  ]
  const machines = (list: Choosable[]) => new Set(list.map(s => s.machine.label)).size
  const [first = []] = groups.sort((a, b) => machines(b) - machines(a) || Number(b.length > 1) - Number(a.length > 1))
  const ofEach = first.filter((s, i) => first.findIndex(other => other.machine.label === s.machine.label) === i)
  const chosen = [...new Set([...ofEach, ...first])].slice(0, DEFAULT_COUNT)
  return first
    .filter(s => chosen.includes(s))
    .map(s => s.id)
    .reverse()
}

export interface Address {
  ids: string[]
  /** Price of a GPU-hour in US dollars, by machine name. */
  prices: Record<string, number>
}

/** "#s=a,b&usd=H100:2.5"; ids and names are percent-encoded, since they may hold any character. */
export function addressText({ ids, prices }: Address): string {
  const paid = Object.entries(prices).map(([name, usd]) => `${encodeURIComponent(name)}:${usd}`)
  return `#s=${ids.map(encodeURIComponent).join(',')}${paid.length > 0 ? `&usd=${paid.join(',')}` : ''}`
}

/**
 * Parses the URL hash, which anyone may have written.
 * @param known ids of the notebook's sessions
 * @returns null where the hash selects nothing; `unknown` counts the parts that are neither a known session nor a
 * price
 */
export function readAddress(hash: string, known: Set<string>): (Address & { unknown: number }) | null {
  const parts = new Map(
    hash
      .replace(/^#/, '')
      .split('&')
      .map(part => part.split(/=(.*)/s) as [string, string]),
  )
  const list = (key: string) => [...new Set((parts.get(key) ?? '').split(',').filter(text => text !== ''))].map(decoded)
  if (!parts.has('s')) return null
  const named = list('s')
  const ids = named.filter((id): id is string => id !== null && known.has(id))
  const prices = list('usd').map(priced)
  const sound = prices.filter(price => price !== null)
  return {
    ids: [...new Set(ids)],
    prices: Object.fromEntries(sound),
    unknown: named.length - ids.length + prices.length - sound.length,
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function priced(text: string | null): [string, number] | null {
  const [, name, usd] = /^(.+):(\d+(?:\.\d+)?)$/s.exec(text ?? '') ?? []
  return name === undefined || name === '__proto__' ? null : [name, Number(usd)]
}
