/** Formats gain, hours and cost of each side as a table. Pure. */
import { sanitizeText } from '../../lib/text.ts'
import { effectText, gainText, list } from '../names.ts'
import type { Comparison, Rate, Side } from '../schema.ts'
import { type Column, tableLines, wrapped } from './columns.ts'
import { markedGain, type Names, unknown } from './text.ts'

export function spent(sides: Side[], { rates }: Comparison, names: Names, wide: number): string[] {
  const side = ({ side: id }: Rate) => sides.find(s => s.id === id) as Side
  const columns: Column<Rate>[] = [
    { head: '', cell: rate => names.get(rate.side) ?? rate.side, shrinks: 'all' },
    { head: 'machine', cell: rate => machineText(side(rate)), shrinks: 'all' },
    { head: 'tried', align: 'right', cell: rate => `${side(rate).experiments}` },
    { head: 'kept', align: 'right', cell: rate => `${side(rate).kept}` },
    { head: 'best run', align: 'right', cell: rate => partText(side(rate).bestSingleRun) },
    { head: 'confirm', align: 'right', cell: rate => confirmedText(side(rate)) },
    { head: 'device-h', align: 'right', cell: rate => hoursText(side(rate)) },
    { head: 'per device-h', align: 'right', cell: rate => markedGain(rate.perDeviceHour, rate) },
    { head: 'cost', align: 'right', cell: ({ usd }) => (usd === null ? unknown : `$${usd.toFixed(2)}`) },
    { head: 'per $', align: 'right', cell: rate => markedGain(rate.perDollar, rate) },
  ]
  const shown = rates.some(({ usd }) => usd !== null) ? columns : columns.slice(0, -2)
  return [...tableLines(rates, shown, wide), ...notes(sides, rates, wide)]
}

const machineText = ({ machine }: Side): string =>
  machine.gpu === null && machine.gpus === null ? unknown : sanitizeText(machine.name, 20)

const partText = (part: number | null): string => (part === null ? unknown : gainText(part))
function confirmedText({ confirmed }: Side): string {
  if (confirmed === null) return 'not yet'
  const { gain, interval, verdict } = confirmed
  const text = effectText(gain, (interval[1] - interval[0]) / 2)
  return verdict === 'better' ? text : `${text} ${verdict}`
}

const hoursText = ({ deviceHours }: Side): string =>
  deviceHours === null
    ? unknown
    : `${{ runs: '', clock: '≈ ', budget: '≥ ' }[deviceHours.basis]}${deviceHours.value.toFixed(deviceHours.value < 10 ? 2 : 1)}`

/** Explains the marks that occur in the table. */
function notes(sides: Side[], rates: Rate[], wide: number): string[] {
  const has = (basis: string) => sides.some(({ deviceHours }) => deviceHours?.basis === basis)
  const paid = new Set(rates.flatMap(rate => rate.paid))
  const sentences = [
    'Changes are relative to each session’s own baseline; + is better.',
    rates.some(({ perDeviceHour, perDollar, by }) => by !== 'confirmed' && (perDeviceHour ?? perDollar) !== null)
      ? '* not confirmed: before confirm the best single run, which is likely optimistic.'
      : '',
    rates.some(({ deviceHours, perDeviceHour }) => deviceHours !== null && perDeviceHour === null)
      ? 'There is no rate below one device-hour or one dollar.'
      : '',
    has('clock') ? '≈ session length times devices.' : '',
    has('budget') ? '≥ training time only.' : '',
    paid.size === 0
      ? ''
      : `Cost includes ${list([...paid].map(p => (p === 'gpu' ? 'the GPU' : 'the agent')))}${paid.size > 1 ? '' : ' only'}.`,
    paid.size > 0 && new Set(rates.map(rate => rate.paid.join())).size > 1
      ? 'Some costs are unknown for some sessions.'
      : '',
    paid.has('gpu')
      ? ''
      : `GPU prices are not recorded: set --price ${sanitizeText(sides[0]?.machine.label ?? '')}=2.50.`,
  ]
  return wrapped(sentences.filter(text => text !== '').join(' '), wide, '  ')
}
