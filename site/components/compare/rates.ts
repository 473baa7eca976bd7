/** The gain of each session per GPU-hour and per dollar. */
import { briefMetric } from '../../../scripts/analysis/numbers.ts'
import { gainText } from '../../../scripts/compare/names.ts'
import type { Rate, Side } from '../../../scripts/compare/schema.ts'
import { ratesText, resultText } from '../../data/compare/words.ts'
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
        'What each session got for what it spent',
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
  const value = (of: 'baseline' | 'best') => (side: Side) => (side[of] === null ? '' : briefMetric(side[of]))
  const values: Column[] = comparison.absolute
    ? [
        { head: 'Baseline', number: true, hide: 'middle', cell: value('baseline') },
        { head: 'Best', number: true, hide: 'narrow', cell: value('best') },
      ]
    : []
  const costs: Column[] = comparison.rates.some(({ usd }) => usd !== null)
    ? [
        { head: 'US$', number: true, hide: 'narrow', cell: (_, { usd }) => usd?.toFixed(2) ?? '' },
        { head: 'a dollar', number: true, cell: (_, { perDollar }) => (perDollar === null ? '' : gainText(perDollar)) },
      ]
    : []
  return [
    { head: 'Session', cell: side => make('a', { href: hrefs.session(side.id) }, names.get(side.id) ?? side.id) },
    { head: 'Machine', hide: 'middle', cell: side => side.machine.label },
    { head: 'Agent', hide: 'middle', cell: side => side.agent ?? '' },
    { head: 'Experiments', number: true, hide: 'narrow', cell: side => side.experiments },
    { head: 'Kept', number: true, hide: 'narrow', cell: side => side.kept ?? 'not known' },
    ...values,
    { head: 'Claimed', number: true, cell: side => (side.claimed === null ? '' : gainText(side.claimed)) },
    {
      head: 'Confirmed',
      number: true,
      hide: 'narrow',
      cell: side => (side.confirmed ? resultText(side) : side.running ? 'running' : 'not yet'),
    },
    { head: 'GPU-hours', number: true, hide: 'narrow', cell: hoursText },
    {
      head: 'a GPU-hour',
      number: true,
      cell: (_, { perGpuHour }) => (perGpuHour === null ? '' : gainText(perGpuHour)),
    },
    ...costs,
  ]
}

const signs = { runs: '', clock: '≈ ', budget: '≥ ' }

const hoursText = ({ gpuHours }: Side): string =>
  gpuHours === null ? '' : `${signs[gpuHours.basis]}${gpuHours.value.toFixed(gpuHours.value < 10 ? 2 : 1)}`

function notes(sides: Side[]): string {
  const has = (basis: string) => sides.some(({ gpuHours }) => gpuHours?.basis === basis)
  return [
    'Gains are percent of each session’s own baseline, + is better; hours are those of the search, confirm left out.',
    has('clock') ? '≈ is the length of the session.' : '',
    has('budget') ? '≥ is training time alone.' : '',
  ]
    .filter(text => text !== '')
    .join(' ')
}
