/** Sentences on the gain per device-hour and per dollar, by machine. */
import { relativeText } from '../analysis/relative.ts'
import { duration } from '../lib/format.ts'
import { plural } from '../lib/text.ts'
import { list, machineKey, nameOf } from './names.ts'
import type { Comparison, Rate, Side } from './schema.ts'

/** On the gain per device-hour and per dollar, and in the same time; by metric, which is named where there are several. */
export const rateSentences = (sides: Side[], found: Found): string[] =>
  byMetric(sides, found, group => [perHour(group), perDollar(group), ...equalTime(group)])

/** On the gain in the device time that all sessions had, for a table that shows the rest. */
export const equalTimeSentences = (sides: Side[], found: Found): string[] => byMetric(sides, found, equalTime)

type Found = Pick<Comparison, 'rates' | 'groups'>

const byMetric = (sides: Side[], { rates, groups }: Found, say: (group: Group) => string[]): string[] =>
  groups.flatMap(({ metric, sides: ids }) => {
    const own = sides.filter(({ id, replication }) => ids.includes(id) && replication === null)
    if (own.length === 0) return []
    const sentences = say({ all: sides, sides: own, rates: rates.filter(({ side }) => ids.includes(side)) })
    return groups.length > 1 && sentences.length > 0 ? [`${metric.name}:`, ...sentences] : sentences
  })

/** The sessions of one metric, among all of the comparison. */
interface Group {
  all: Side[]
  sides: Side[]
  rates: Rate[]
}

function perHour(group: Group): string {
  const found = rateSentence('device-hour', group, byMachine(group, 'deviceHours'))
  if (found !== null) return found
  return group.rates.some(rate => rate.deviceHours !== null)
    ? 'No session took a device-hour, so there is no rate per hour.'
    : 'The times of the runs are not recorded, so there is no rate per hour.'
}

/** Says that costs do not compare where they include different things. */
function perDollar(group: Group): string {
  const known = group.rates.filter(rate => rate.usd !== null && rate.usd > 0)
  if (known.length === 0)
    return 'The cost is unknown: agent costs are not recorded, and no price of a device-hour was given.'
  const paid = [...new Set(known.map(rate => rate.paid.join(' and ')))]
  if (paid.length > 1)
    return 'Gains per dollar are not comparable: for some sessions the cost of the agent is known, for others that of the GPU.'
  const text = rateSentence('dollar', group, byMachine({ ...group, rates: known }, 'usd'))
  if (text === null) return 'No session cost a dollar, so there is no rate per dollar.'
  return `${text} Dollars are the cost of ${{ agent: 'the agent only', gpu: 'the GPU only' }[paid[0] ?? ''] ?? 'agent and GPU'}.`
}

interface Spent {
  name: string
  gain: number
  spent: number
  /** Whether all of its sessions are confirmed. */
  confirmed: boolean
}

/** Gain and cost by machine, over the sessions that have a rate; best rate first. */
function byMachine({ all, sides, rates }: Group, of: 'deviceHours' | 'usd'): Spent[] {
  const known = sides.flatMap(side => {
    const rate = rates.find(own => own.side === side.id)
    const [perUnit, spent] = of === 'usd' ? [rate?.perDollar, rate?.usd] : [rate?.perDeviceHour, rate?.deviceHours]
    if (!rate || perUnit == null || spent == null || rate.gain === null) return []
    return [{ side, gain: rate.gain, spent, confirmed: rate.by === 'confirmed' }]
  })
  return [...Map.groupBy(known, ({ side }) => machineKey(side)).values()]
    .map(own => ({
      name: machineName(
        own.map(({ side }) => side),
        all,
      ),
      gain: sum(own.map(({ gain }) => gain)),
      spent: sum(own.map(({ spent }) => spent)),
      confirmed: own.every(({ confirmed }) => confirmed),
    }))
    .sort((a, b) => b.gain / b.spent - a.gain / a.spent)
}

/** The machine of these sessions: its label, or the session's name where that alone has it. */
const machineName = (own: Side[], all: Side[]): string =>
  own.length === 1 ? nameOf(own[0] as Side, all) : (own[0]?.machine.label ?? '')

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)

/** Machines that a sentence names. */
const MAX_NAMED = 4

function rateSentence(unit: string, { sides }: Group, machines: Spent[]): string | null {
  const [side] = sides
  if (side === undefined || machines.length === 0) return null
  const shown = machines.slice(0, MAX_NAMED).map(({ name, gain, spent, confirmed }) => ({
    name: confirmed ? name : `${name} (not confirmed)`,
    gain: gain / spent,
  }))
  const more = machines.length - shown.length
  const rest = more > 0 ? `; ${plural(more, 'other machine')} less` : ''
  return `Change per ${unit}: ${changesText(shown, side)}${rest}.`
}

/**
 * Most of a session's gain comes at its beginning. Where sessions differ in length, compares the machines at the end of
 * the shortest, if each had made an experiment beside the baseline by then.
 */
function equalTime({ all, sides }: Group): string[] {
  const timed = sides.flatMap(side => {
    const { deviceHours, frontier, running, budget } = side
    return deviceHours && deviceHours.value > 0 && !running && frontier.every(s => s.deviceHours !== null)
      ? [{ side, hours: deviceHours.value, least: (2 * (budget ?? 0)) / 3600 }]
      : []
  })
  const machines = [...Map.groupBy(timed, ({ side }) => machineKey(side)).values()]
  const shortest = Math.min(...timed.map(({ hours }) => hours))
  const longest = Math.max(...timed.map(({ hours }) => hours))
  const [first] = sides
  if (first === undefined || machines.length < 2 || longest < 1.5 * shortest) return []
  if (timed.some(({ least }) => least > shortest)) return []
  const had = ({ frontier }: Side) => frontier.findLast(s => (s.deviceHours ?? 0) <= shortest)?.change ?? 0
  const gains = machines
    .map(own => ({
      name: `${machineName(
        own.map(({ side }) => side),
        all,
      )}${own.length > 1 ? ` (mean of ${plural(own.length, 'session')})` : ''}`,
      gain: sum(own.map(({ side }) => had(side))) / own.length,
    }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, MAX_NAMED)
  const who = timed.length < sides.length ? `the ${plural(timed.length, 'session')} with known times` : 'all sessions'
  return [
    `Best single runs in the first ${duration(shortest * 3600).replace(' 00 s', '')} of device time, which ${who} had: ${changesText(gains, first)}.`,
  ]
}

/** "h100 1.2% lower and rtx4090 0.31% lower" */
const changesText = (gains: { name: string; gain: number }[], { metric }: Pick<Side, 'metric'>): string =>
  list(gains.map(({ name, gain }) => `${name} ${relativeText(gain, metric.goal)}`))
