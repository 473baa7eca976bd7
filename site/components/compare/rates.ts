/** The gain of each session per device-hour and per dollar. */
import { briefMetric } from '../../../scripts/analysis/numbers.ts'
import { gainText } from '../../../scripts/compare/names.ts'
import type { Rate, Side } from '../../../scripts/compare/schema.ts'
import { ratesText, resultWithBasis } from '../../data/compare/words.ts'
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
  const [answer = '', ...more] = ratesText(sides, comparison)
  const columns = columnsOf(make, context)
  const cell = (tag: string, { number, hide }: Column, content: Child) =>
    make(tag, { class: [number ? 'n' : '', hide ? `hide-${hide}` : ''].join(' ').trim() || null }, content)
  return [
    make('p', {}, [answer, ...more].join(' ')),
    make(
      'div',
      { class: 'table' },
      table(
        make,
        'Gain of each session, and what it took',
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
    make('p', { class: 'meta after' }, notes(sides)),
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
        { head: 'US$', number: true, hide: 'narrow', cell: (_, { usd }) => usd?.toFixed(2) ?? '' },
        { head: 'per US$', number: true, cell: (_, { perDollar }) => (perDollar === null ? '' : gainText(perDollar)) },
      ]
    : []
  return [
    { head: 'Session', cell: side => make('a', { href: hrefs.session(side.id) }, names.get(side.id) ?? side.id) },
    { head: 'Machine', hide: 'middle', cell: side => side.machine.label },
    { head: 'Agent', hide: 'middle', cell: side => side.agent ?? '' },
    { head: 'Experiments', number: true, hide: 'narrow', cell: side => side.experiments },
    { head: 'Kept', number: true, hide: 'narrow', cell: side => side.kept },
    ...values,
    {
      head: 'Best single run',
      number: true,
      cell: side => (side.bestSingleRun === null ? '' : gainText(side.bestSingleRun)),
    },
    {
      head: 'Confirm',
      number: true,
      hide: 'narrow',
      cell: side => (side.confirmed ? resultWithBasis(side) : side.running ? 'running' : 'not yet'),
    },
    { head: 'Device-hours', number: true, hide: 'narrow', cell: hoursText },
    {
      head: 'per device-hour',
      number: true,
      cell: (_, { perDeviceHour }) => (perDeviceHour === null ? '' : gainText(perDeviceHour)),
    },
    ...costs,
  ]
}

const signs = { runs: '', clock: '≈ ', budget: '≥ ' }

const hoursText = ({ deviceHours }: Side): string =>
  deviceHours === null ? '' : `${signs[deviceHours.basis]}${deviceHours.value.toFixed(deviceHours.value < 10 ? 2 : 1)}`

function notes(sides: Side[]): string {
  const has = (basis: string) => sides.some(({ deviceHours }) => deviceHours?.basis === basis)
  return [
    'Gains are percent of each session’s own baseline; + is better. A device is a GPU, or a CPU slot; device-hours are those of the search, without confirm. A rate needs at least one device-hour or one dollar.',
    has('clock') ? '≈ session length times devices.' : '',
    has('budget') ? '≥ training time only.' : '',
  ]
    .filter(text => text !== '')
    .join(' ')
}
