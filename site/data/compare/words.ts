/** Sentences of a comparison. A gain is positive where better, whatever the metric's goal, as on the terminal. */
import { effectText, gainText, list, nameOf } from '../../../scripts/compare/names.ts'
import { basisOf } from '../../../scripts/compare/rates.ts'
import type { Comparison, Rate, Row, Side } from '../../../scripts/compare/schema.ts'
import { duration } from '../../../scripts/lib/format.ts'
import { capital, countText } from '../words.ts'

/** Name of each side, by id. */
export const namesOf = (sides: Side[]): Map<string, string> => new Map(sides.map(s => [s.id, nameOf(s, sides)]))

/** Index of the machine and of the session within it, by id: they select colour and dash. */
export function styleKeysOf(sides: Side[]): Map<string, [number, number]> {
  const machines = [...Map.groupBy(sides, s => s.machine.label).values()]
  return new Map(machines.flatMap((own, machine) => own.map((s, session) => [s.id, [machine, session]] as const)))
}

/**
 * Formats a gain with its interval. A negligible half interval (under 1e-6 of the gain) shows as 0: then the sessions
 * agree to the last digit.
 */
export const effect = (gain: number, half: number | null): string =>
  effectText(gain, half !== null && half < Math.abs(gain) * 1e-6 ? 0 : half)

export const halfOf = ([low, high]: [number, number]): number => (high - low) / 2

/** A session's gain in the runs of confirm, else of its best single run; empty where nothing was measured. */
export function resultText(side: Side): string {
  if (side.confirmed) return effect(side.confirmed.gain, halfOf(side.confirmed.interval))
  return side.bestSingleRun === null ? '' : gainText(side.bestSingleRun)
}

/** "+1.2 ± 0.3%, confirmed": a session's gain and how far it is to be believed. */
export const resultWithBasis = (side: Side): string => `${resultText(side)}, ${basisTexts[basisOf(side)]}`

const basisTexts: Record<Rate['by'], string> = {
  confirmed: 'confirmed',
  inconclusive: 'inconclusive',
  worse: 'worse in confirm',
  'best single run': 'in its best single run',
}

/** The page's answer: how many changes replicated. */
export function answerOf({ replication }: Pick<Comparison, 'replication'>): string {
  const shared = replication.filter(row => row.word !== 'tried once')
  if (shared.length === 0)
    return 'No change was tried in more than one of these sessions, so nothing could replicate yet.'
  const of = (word: Row['word'], way?: Row['way']) =>
    shared.filter(row => row.word === word && (way === undefined || row.way === way)).length
  const parts: [number, string][] = [
    [of('replicated', 'better'), 'replicated as better'],
    [of('replicated', 'worse'), 'replicated as worse'],
    [of('contradicted'), 'contradicted'],
    [of('not clear'), 'not clear'],
  ]
  const counts = parts.filter(([count]) => count > 0).map(([count, word]) => `${countText(count, word, word)}`)
  return `${capital(countText(shared.length, 'change was', 'changes were'))} tried in more than one of these sessions: ${list(counts)}.`
}

interface Spent {
  machine: string
  gain: number
  spent: number
  /** Whether all of its sessions are confirmed. */
  confirmed: boolean
}

/** Gain and cost by machine, over the sessions that have a rate; best rate first. */
function byMachine(sides: Side[], rates: Rate[], of: 'deviceHours' | 'usd'): Spent[] {
  const known = rates.flatMap(rate => {
    const machine = sides.find(s => s.id === rate.side)?.machine.label
    const [perUnit, spent] = of === 'usd' ? [rate.perDollar, rate.usd] : [rate.perDeviceHour, rate.deviceHours]
    if (machine === undefined || perUnit === null || spent === null || rate.gain === null) return []
    return [{ machine, gain: rate.gain, spent, confirmed: rate.by === 'confirmed' }]
  })
  const sum = (own: Spent[], key: 'gain' | 'spent') => own.reduce((total, one) => total + one[key], 0)
  return [...Map.groupBy(known, one => one.machine)]
    .map(([machine, own]) => ({
      machine,
      gain: sum(own, 'gain'),
      spent: sum(own, 'spent'),
      confirmed: own.every(one => one.confirmed),
    }))
    .sort((a, b) => b.gain / b.spent - a.gain / a.spent)
}

/** Sentences on the gain per device-hour and per dollar, by machine. */
export function ratesText(sides: Side[], comparison: Comparison): string[] {
  const group = comparison.groups[0]
  const rates = comparison.rates.filter(rate => group?.sides.includes(rate.side))
  const areTimesKnown = rates.some(rate => rate.deviceHours !== null)
  return [
    rateSentence('device-hour', byMachine(sides, rates, 'deviceHours')) ??
      (areTimesKnown
        ? 'No session took a device-hour, so there is no rate per hour.'
        : 'The times of the runs are not recorded.'),
    dollars(sides, rates),
    ...equalTime(sides.filter(s => group?.sides.includes(s.id))),
  ]
}

function rateSentence(unit: string, machines: Spent[]): string | null {
  const [best, ...others] = machines
  if (!best) return null
  const rate = ({ gain, spent, confirmed }: Spent) => `${gainText(gain / spent)}${confirmed ? '' : ' (not confirmed)'}`
  if (others.length === 0) return `Per ${unit}, ${best.machine} gained ${rate(best)} of its baseline.`
  const rest = others.slice(0, 3).map(one => `${one.machine} ${rate(one)}`)
  const more = others.length > 3 ? `, and ${countText(others.length - 3, 'other machine')} less` : ''
  return `Per ${unit}, ${best.machine} gained most: ${rate(best)} of its baseline; ${list(rest)}${more}.`
}

/** Says that costs do not compare where they include different things. */
function dollars(sides: Side[], rates: Rate[]): string {
  const known = rates.filter(rate => rate.usd !== null && rate.usd > 0)
  if (known.length === 0)
    return 'The cost is unknown: no record has the cost of an agent, and no price of a device-hour was given.'
  const counted = [...new Set(known.map(rate => rate.paid.join(' and ')))]
  if (counted.length > 1)
    return 'Gains per dollar do not compare: for some sessions the cost of the agent is known, for others that of the GPU. The table has each.'
  const text = rateSentence('dollar', byMachine(sides, known, 'usd'))
  if (text === null) return 'No session cost a dollar, so there is no rate per dollar.'
  return `${text.replace(/\.$/, '')}. Dollars are the cost of ${counted[0] === 'agent' ? 'the agent only' : counted[0] === 'gpu' ? 'the GPU only' : 'agent and GPU'}.`
}

/**
 * Most of a session's gain comes at its beginning. Where sessions differ in length, compares the machines at the end of
 * the shortest.
 */
function equalTime(sides: Side[]): string[] {
  const timed = sides.flatMap(side => {
    const { deviceHours, frontier, running } = side
    return deviceHours && deviceHours.value > 0 && !running && frontier.every(s => s.deviceHours !== null)
      ? [{ side, hours: deviceHours.value }]
      : []
  })
  const machines = [...Map.groupBy(timed, ({ side }) => side.machine.label)]
  const shortest = Math.min(...timed.map(({ hours }) => hours))
  const longest = Math.max(...timed.map(({ hours }) => hours))
  if (machines.length < 2 || longest < 1.5 * shortest) return []
  const had = ({ frontier }: Side) => frontier.findLast(s => (s.deviceHours ?? 0) <= shortest)?.change ?? 0
  const gains = machines
    .map(([label, own]) => ({
      label,
      gain: own.reduce((sum, { side }) => sum + had(side), 0) / own.length,
      count: own.length,
    }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, 4)
    .map(({ label, gain, count }) => `${label} ${gainText(gain)}${count > 1 ? ` (mean of ${count} sessions)` : ''}`)
  return [
    `After the device time that all of them had, ${duration(shortest * 3600)}, the best single runs had gained: ${list(gains)}.`,
  ]
}

/** The finding of the frontier figure: the largest and the smallest gain. */
export function frontiersFinding(sides: Side[]): string {
  const known = sides.filter(s => s.bestSingleRun !== null)
  const gain = (s: Side) => s.confirmed?.gain ?? s.bestSingleRun ?? 0
  const [best, ...others] = [...known].sort((a, b) => gain(b) - gain(a))
  if (!best) return 'No session has a measured baseline.'
  const name = namesOf(sides).get(best.id) ?? best.id
  const least = others.at(-1)
  if (!least) return `${name}: ${resultWithBasis(best)}.`
  const last = namesOf(sides).get(least.id) ?? least.id
  return `Largest gain: ${name}, ${resultWithBasis(best)}. Smallest: ${last}, ${resultWithBasis(least)}.`
}
