/** The result of each session, and its gain per device-hour and per dollar. */
import { briefMetric } from '../../../scripts/analysis/numbers.ts'
import { rateSentences } from '../../../scripts/compare/rateSentences.ts'
import { deviceHoursText, rateText } from '../../../scripts/compare/rates.ts'
import { confirmText, resultText, singleRunText } from '../../../scripts/compare/result.ts'
import type { Rate, Side } from '../../../scripts/compare/schema.ts'
import { hrefs } from '../../data/words.ts'
import type { CompareContext } from './context.ts'
import type { Child, Make } from './make.ts'
import { table } from './table.ts'

interface Column {
  head: string
  /** Page width below which the column is hidden. */
  hide?: 'narrow' | 'middle'
  number?: boolean
  cell: (side: Side, rate: Rate) => Child
}

export function rates(make: Make, context: CompareContext): Element[] {
  const { sides, comparison } = context
  const columns = columnsOf(make, context)
  const cell = (tag: string, { number, hide }: Column, content: Child) =>
    make(tag, { class: [number ? 'n' : '', hide ? `hide-${hide}` : ''].join(' ').trim() || null }, content)
  return [
    make('p', {}, rateSentences(sides, comparison).join(' ')),
    make(
      'div',
      { class: 'table' },
      table(
        make,
        'Result of each session, with its device-hours',
        columns.map(column => cell('th', column, column.head)),
        make(
          'tbody',
          {},
          comparison.rates.map(rate => {
            const side = sides.find(s => s.id === rate.side)
            return side
              ? make(
                  'tr',
                  {},
                  columns.map(column => cell('td', column, column.cell(side, rate))),
                )
              : null
          }),
        ),
      ),
    ),
    make('p', { class: 'meta after' }, notes(sides, comparison.rates)),
  ]
}

/** Baseline and best only where the sessions' values are comparable. */
function columnsOf(make: Make, { names, comparison }: CompareContext): Column[] {
  const value = (of: 'baseline' | 'best') => (side: Side) => {
    const own = side[of]
    return own === null
      ? ''
      : briefMetric(
          own,
          [side.baseline, side.best].filter(end => end !== null),
        )
  }
  const values: Column[] = comparison.absolute
    ? [
        { head: 'Baseline', number: true, hide: 'middle', cell: value('baseline') },
        { head: 'Best', number: true, hide: 'narrow', cell: value('best') },
      ]
    : []
  const costs: Column[] = comparison.rates.some(({ usd }) => usd !== null)
    ? [
        { head: 'Agent US$', number: true, hide: 'narrow', cell: side => side.agentUsd?.toFixed(2) ?? '' },
        { head: 'GPU US$', number: true, hide: 'narrow', cell: (_, { gpuUsd }) => gpuUsd?.toFixed(2) ?? '' },
        { head: 'Per US$', number: true, cell: (side, rate) => rateCell(rate.perDollar, rate, side) },
      ]
    : []
  return [
    { head: 'Session', cell: side => make('a', { href: hrefs.session(side.id) }, names.get(side.id) ?? side.id) },
    { head: 'Machine', hide: 'middle', cell: side => side.machine.label },
    { head: 'Agent', hide: 'middle', cell: side => side.agent ?? '' },
    { head: 'Experiments', number: true, hide: 'narrow', cell: side => side.experiments },
    { head: 'Kept', number: true, hide: 'narrow', cell: side => side.kept ?? 'not known' },
    ...values,
    {
      head: 'Best single run',
      number: true,
      cell: singleRunText,
    },
    {
      head: 'In confirm',
      number: true,
      cell: side => [
        side.confirmed ? resultText(side) : '',
        make('span', { class: 'under always' }, confirmText(side)),
      ],
    },
    { head: 'Device-hours', number: true, hide: 'narrow', cell: side => deviceHoursText(side) ?? 'not known' },
    {
      head: 'Per device-hour',
      number: true,
      hide: 'narrow',
      cell: (side, rate) => rateCell(rate.perDeviceHour, rate, side),
    },
    ...costs,
  ]
}

const rateCell = (part: number | null, rate: Rate, side: Side): string =>
  part === null ? 'none' : rateText(part, rate, side)

function notes(sides: Side[], rates: Rate[]): string {
  const has = (basis: string) => sides.some(({ deviceHours }) => deviceHours?.basis === basis)
  const isOpen = ({ by, perDeviceHour, perDollar }: Rate) => by !== 'confirmed' && (perDeviceHour ?? perDollar) !== null
  return [
    'Changes are percentages of each session’s own baseline. A device is a GPU, or a CPU slot; device-hours are those of the search, without confirm. There is no rate below one device-hour or one dollar.',
    rates.some(isOpen) ? '* Not confirmed.' : '',
    has('clock') ? '≈ is the session’s length times its devices.' : '',
    has('budget') ? '≥ counts training time only.' : '',
  ]
    .filter(text => text !== '')
    .join(' ')
}
