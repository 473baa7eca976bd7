/** Formats device-hours and cost of each side, and the gain per each, as a table. Pure. */
import { dollarText } from '../../lib/format.ts'
import { sanitizeText } from '../../lib/text.ts'
import { list } from '../names.ts'
import { equalTimeSentences } from '../rateSentences.ts'
import { deviceHoursText, rateText } from '../rates.ts'
import type { Comparison, Rate, Side } from '../schema.ts'
import { type Column, tableLines, wrapped } from './columns.ts'
import { type Names, unknown } from './text.ts'

export function rates(sides: Side[], found: Comparison, names: Names, wide: number): string[] {
  const { rates: all } = found
  const side = ({ side: id }: Rate) => sides.find(s => s.id === id) as Side
  const rate = (part: number | null, of: Rate) => (part === null ? unknown : rateText(part, of, side(of)))
  const columns: Column<Rate>[] = [
    { head: 'session', cell: of => names.get(of.side) ?? of.side, shrinks: 'all' },
    { head: 'machine', cell: of => machineText(side(of)), shrinks: 'all' },
    { head: 'device-hours', align: 'right', cell: of => deviceHoursText(side(of)) ?? unknown },
    { head: 'per device-hour', align: 'right', cell: of => rate(of.perDeviceHour, of) },
    { head: 'agent', align: 'right', cell: of => money(side(of).agentUsd) },
    { head: 'GPU', align: 'right', cell: of => money(of.gpuUsd) },
    { head: 'per $', align: 'right', cell: of => rate(of.perDollar, of) },
  ]
  const isKnown = (of: Rate, head: string) =>
    head === 'agent'
      ? side(of).agentUsd !== null
      : head === 'GPU'
        ? of.gpuUsd !== null
        : head !== 'per $' || of.usd !== null
  const shown = columns.filter(({ head }) => all.some(of => isKnown(of, head)))
  const sentences = equalTimeSentences(sides, found).map(text => sanitizeText(text, 600))
  return [
    ...tableLines(all, shown, wide),
    ...notes(sides, all, wide),
    ...sentences.flatMap(text => wrapped(text, wide, '  ')),
  ]
}

const money = (usd: number | null): string => (usd === null ? unknown : dollarText(usd))

const machineText = ({ machine }: Side): string =>
  machine.gpu === null && machine.gpus === null ? unknown : sanitizeText(machine.name, 20)

/** Explains the marks that occur in the table. */
function notes(sides: Side[], rates: Rate[], wide: number): string[] {
  const has = (basis: string) => sides.some(({ deviceHours }) => deviceHours?.basis === basis)
  const paid = new Set(rates.flatMap(rate => rate.paid))
  const gpu = sides.find(
    ({ machine, deviceHours, replication }) => replication === null && machine.gpus !== 0 && deviceHours !== null,
  )
  const sentences = [
    rates.some(({ perDeviceHour, perDollar, by }) => by !== 'confirmed' && (perDeviceHour ?? perDollar) !== null)
      ? '* Not confirmed.'
      : '',
    rates.some(({ deviceHours, perDeviceHour }) => deviceHours !== null && perDeviceHour === null)
      ? 'There is no rate below one device-hour or one dollar.'
      : '',
    has('clock') ? '≈ is the session’s length times its devices.' : '',
    has('budget') ? '≥ counts training time only.' : '',
    paid.size === 0
      ? ''
      : `The gain per dollar counts ${list([...paid].map(p => (p === 'gpu' ? 'the GPU' : 'the agent')))}${paid.size > 1 ? '' : ' only'}.`,
    paid.size > 0 && new Set(rates.map(rate => rate.paid.join())).size > 1
      ? 'Some costs are unknown for some sessions.'
      : '',
    paid.has('gpu') || gpu === undefined
      ? ''
      : `The price of a GPU is not known; set it with --price ${sanitizeText(gpu.machine.label)}=2.50.`,
  ]
  const said = sentences.filter(text => text !== '').join(' ')
  return said === '' ? [] : wrapped(said, wide, '  ')
}
