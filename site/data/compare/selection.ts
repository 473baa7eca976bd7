/** Which sessions are compared: the default, and the selection in the URL hash. */
import { machineKey, metricKey } from '../../../scripts/compare/names.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { baseName } from '../../../scripts/compare/settings.ts'

type Choosable = Pick<
  Side,
  'id' | 'machine' | 'target' | 'metric' | 'budget' | 'startedAt' | 'frontier' | 'replication' | 'confirmed'
>

/** Sessions that are compared before the reader chooses. */
const DEFAULT_COUNT = 6

export interface Selection {
  /** Oldest first; empty where no two sessions have the same target and metric. */
  ids: string[]
  /** Whether they have the same training time too. */
  sameBudget: boolean
}

/**
 * Selects the newest sessions of one target, metric and training time: those with the most machines, with at least one of
 * each machine if there is room; on a tie, those of the newest session. Where no two sessions have the same training time,
 * it is left out. Targets are compared by file name, for the folder may differ between repositories. Sessions without any
 * measurement are left out.
 */
export function defaultSelection(sides: Choosable[]): Selection {
  const newest = sides
    .filter(({ frontier, target, ...side }) => (frontier.length > 0 || isReplicated(side)) && target !== null)
    .sort((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? '') || b.id.localeCompare(a.id))
  const measure = ({ target, metric }: Choosable) => `${baseName(target ?? '')}\0${metricKey(metric)}`
  const timed = newest.filter(({ budget }) => budget !== null)
  const same = largest(Map.groupBy(timed, side => `${measure(side)}\0${side.budget}`))
  const found = same.length > 1 ? same : largest(Map.groupBy(newest, measure))
  return { ids: found.length > 1 ? newestOfEach(found) : [], sameBudget: same.length > 1 }
}

const isReplicated = ({ replication, confirmed }: Pick<Choosable, 'replication' | 'confirmed'>): boolean =>
  replication !== null && confirmed !== null

/** The group with the most machines; on a tie, one of several sessions, then that of the newest. */
function largest(groups: Map<string, Choosable[]>): Choosable[] {
  const machines = (list: Choosable[]) => new Set(list.map(machineKey)).size
  const [first = []] = [...groups.values()].sort(
    (a, b) => machines(b) - machines(a) || Number(b.length > 1) - Number(a.length > 1),
  )
  return first
}

/** @param group newest first */
function newestOfEach(group: Choosable[]): string[] {
  const ofEach = [...Map.groupBy(group, machineKey).values()].flatMap(([newest]) => newest ?? [])
  const chosen = [...new Set([...ofEach, ...group])].slice(0, DEFAULT_COUNT)
  return group
    .filter(s => chosen.includes(s))
    .map(s => s.id)
    .reverse()
}

/** What the page says of the sessions that it chose. @param count sessions of the notebook */
export function selectionText({ ids, sameBudget }: Selection, count: number): string {
  if (ids.length === 0)
    return 'No two sessions measured the same target by the same metric. Choose two or more to compare.'
  const which = `${ids.length === count ? 'all' : `${ids.length} of ${count}`} sessions`
  return sameBudget
    ? `Shown: ${which}, with the same target and training time.`
    : `Shown: ${which}, with the same target. No two sessions have the same training time as well.`
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
