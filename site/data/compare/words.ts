/** Sentences of a comparison. A gain is positive where better, whatever the metric's goal, as on the terminal. */
import { effectText, gainText, list, nameOf } from '../../../scripts/compare/names.ts'
import type { Comparison, Rate, Row, Side } from '../../../scripts/compare/schema.ts'
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

/** A session's confirmed gain, else the claimed one; empty where nothing was measured. */
export function resultText(side: Side): string {
  if (side.confirmed) return effect(side.confirmed.gain, halfOf(side.confirmed.interval))
  return side.claimed === null ? '' : gainText(side.claimed)
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
}

/** Gain and cost by machine, over the sessions where both are known; best rate first. */
function byMachine(sides: Side[], rates: Rate[], of: 'gpuHours' | 'usd'): Spent[] {
  const known = rates.flatMap(rate => {
    const machine = sides.find(s => s.id === rate.side)?.machine.label
    const spent = rate[of]
    return machine === undefined || rate.gain === null || !spent ? [] : [{ machine, gain: rate.gain, spent }]
  })
  const sum = (own: Spent[], key: 'gain' | 'spent') => own.reduce((total, one) => total + one[key], 0)
  return [...Map.groupBy(known, one => one.machine)]
    .map(([machine, own]) => ({ machine, gain: sum(own, 'gain'), spent: sum(own, 'spent') }))
    .sort((a, b) => b.gain / b.spent - a.gain / a.spent)
}

/** Sentences on the gain per GPU-hour and per dollar, by machine. */
export function ratesText(sides: Side[], comparison: Comparison): string[] {
  const group = comparison.groups[0]
  const rates = comparison.rates.filter(rate => group?.sides.includes(rate.side))
  const claimed = rates.some(rate => rate.by === 'claimed' && rate.gain !== null)
  return [
    rateSentence('a GPU-hour', byMachine(sides, rates, 'gpuHours')) ?? 'How long the GPUs worked is not recorded.',
    dollars(sides, rates),
    ...equalHours(sides.filter(s => group?.sides.includes(s.id))),
    ...(claimed ? ['Where a session is not confirmed its claimed gain counts, which is the luckier of the two.'] : []),
  ]
}

function rateSentence(unit: string, machines: Spent[]): string | null {
  const [best, ...others] = machines
  if (!best) return null
  const rate = ({ gain, spent }: Spent) => gainText(gain / spent)
  if (others.length === 0) return `For ${unit} ${best.machine} got ${rate(best)}.`
  const rest = others.slice(0, 3).map(one => `${rate(one)} on ${one.machine}`)
  const more = others.length > 3 ? ` and less on ${countText(others.length - 3, 'more machine')}` : ''
  return `For ${unit} ${best.machine} got most: ${rate(best)} of its baseline, against ${list(rest)}${more}.`
}

/** Says that costs do not compare where they include different things. */
function dollars(sides: Side[], rates: Rate[]): string {
  const known = rates.filter(rate => rate.usd !== null && rate.usd > 0)
  if (known.length === 0)
    return 'For a dollar nothing can be said: no record tells what an agent cost, and no price of a GPU-hour was given.'
  const counted = [...new Set(known.map(rate => rate.paid.join(' and ')))]
  if (counted.length > 1)
    return 'For a dollar nothing can be said: of some sessions the agent’s cost counts, of others the GPU’s. The table has each.'
  const text = rateSentence('a dollar', byMachine(sides, known, 'usd')) ?? ''
  return `${text.replace(/\.$/, '')}, counting the cost of ${counted[0] === 'agent' ? 'the agent alone' : counted[0] === 'gpu' ? 'the GPU alone' : 'agent and GPU'}.`
}

/**
 * The first hours bring the largest gains. Where sessions differ in length, compares the machines at the end of the
 * shortest.
 */
function equalHours(sides: Side[]): string[] {
  const timed = sides.flatMap(side => {
    const { gpuHours, frontier, running } = side
    return gpuHours && gpuHours.value > 0 && !running && frontier.every(s => s.gpuHours !== null)
      ? [{ side, hours: gpuHours.value }]
      : []
  })
  const machines = [...Map.groupBy(timed, ({ side }) => side.machine.label)]
  const shortest = Math.min(...timed.map(({ hours }) => hours))
  const longest = Math.max(...timed.map(({ hours }) => hours))
  if (machines.length < 2 || longest < 1.5 * shortest) return []
  const had = ({ frontier }: Side) => frontier.findLast(s => (s.gpuHours ?? 0) <= shortest)?.change ?? 0
  const byMachineText = machines
    .map(([label, own]) => ({ label, gain: own.reduce((sum, { side }) => sum + had(side), 0) / own.length }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, 4)
    .map(({ label, gain }) => `${label} ${gainText(gain)}`)
  return [
    `The first hours yield most, and these sessions differ in length: within the first ${shortest.toFixed(shortest < 10 ? 1 : 0)} GPU-hours, as long as the shortest took, ${list(byMachineText)} were claimed.`,
  ]
}

/** The finding of the frontier figure: the largest and the smallest gain. */
export function frontiersFinding(sides: Side[]): string {
  const known = sides.filter(s => s.claimed !== null)
  const gain = (s: Side) => s.confirmed?.gain ?? s.claimed ?? 0
  const [best, ...others] = [...known].sort((a, b) => gain(b) - gain(a))
  if (!best) return 'None of them measured anything.'
  const name = namesOf(sides).get(best.id) ?? best.id
  const word = (s: Side) => (s.confirmed ? 'confirmed' : 'claimed')
  const least = others.at(-1)
  if (!least) return `${name} came to ${resultText(best)}, ${word(best)}.`
  const last = namesOf(sides).get(least.id) ?? least.id
  return `${name} went furthest: ${resultText(best)} ${word(best)}; ${last} least: ${resultText(least)} ${word(least)}.`
}
