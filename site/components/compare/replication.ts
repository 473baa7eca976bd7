/** The table of changes by replication: a group of rows per change, a row per session, one axis for all. */
import type { Cell, Row } from '../../../scripts/compare/schema.ts'
import { effectOf, pooledCell, stepText, valueText, wordText } from '../../data/compare/effects.ts'
import { styleKeysOf } from '../../data/compare/words.ts'
import { countText, hrefs } from '../../data/words.ts'
import { axisOf, effectAxis, effectRow } from '../../figures/compare/replication.ts'
import { cut } from '../../figures/text.ts'
import type { CompareContext } from './context.ts'
import type { Make } from './make.ts'
import { table } from './table.ts'

/** Changes that are shown; the others are in a closed <details>. */
const MAX_OPEN_CHANGES = 12
/** Rows per table; the data files have the rest, so that a page of hundreds of sessions stays light. */
const MAX_TABLE_CHANGES = 60

export function replication(make: Make, context: CompareContext): Element[] {
  const { replication: rows, triedOnce } = context.comparison
  const shared = rows.filter(row => row.word !== 'tried once')
  const once = rows.filter(row => row.word === 'tried once')
  const half = axisOf(rows.flatMap(row => row.cells.flatMap(cell => effectOf(cell) ?? [])))
  const tableOf = (list: Row[], caption: string) =>
    effects(make, context, list.slice(0, MAX_TABLE_CHANGES), half, caption)
  const more = (list: Row[], name: string) =>
    list.length === 0
      ? null
      : make(
          'details',
          {},
          make('summary', {}, `${name}${list.length > MAX_TABLE_CHANGES ? `, the first ${MAX_TABLE_CHANGES}` : ''}`),
          tableOf(list, name),
        )
  return [
    make(
      'p',
      { class: 'meta' },
      shared.length > 0
        ? 'A disc is what a session found, with its 95% interval, filled where that leaves out zero; a lozenge is all together. '
        : 'No change was tried by more than one of them. ',
      triedOnce > 0 ? `${triedOnce} more were tried once and not kept. ` : null,
      context.links('replication.csv', 'replication'),
    ),
    shared.length > 0 ? tableOf(shared.slice(0, MAX_OPEN_CHANGES), 'Changes tried by more than one session') : null,
    more(shared.slice(MAX_OPEN_CHANGES), `${shared.length - MAX_OPEN_CHANGES} more changes`),
    more(
      once,
      `${countText(once.length, 'change')} kept by one session and tried by no other`.replace(/^./, c =>
        c.toUpperCase(),
      ),
    ),
  ].filter(element => element !== null)
}

function effects(make: Make, context: CompareContext, rows: Row[], half: number, caption: string): Element {
  return make(
    'div',
    { class: 'table effects' },
    table(
      make,
      caption,
      [
        make('th', { scope: 'col' }, 'Change and session'),
        make('th', { scope: 'col', class: 'hide-narrow' }, 'Step'),
        make('th', { scope: 'col', class: 'n' }, 'Gain'),
        make(
          'th',
          { scope: 'col', class: 'mid effect' },
          make('span', { class: 'aside' }, 'On one axis'),
          effectAxis(make, half),
        ),
      ],
      rows.map(row => change(make, context, row, half)),
    ),
  )
}

function change(make: Make, context: CompareContext, row: Row, half: number): Element {
  const styleKeys = styleKeysOf(context.sides)
  return make(
    'tbody',
    { class: row.way ?? row.word.replace(' ', '-') },
    make(
      'tr',
      { class: 'change' },
      make(
        'th',
        { colspan: 4, scope: 'rowgroup' },
        make('b', {}, cut(row.name, 90)),
        ' ',
        make('span', { class: 'verdict' }, wordText(row)),
        row.word === 'tried once' ? null : make('span', { class: 'why' }, row.why),
      ),
    ),
    row.cells.map(cell => line(make, context, row, cell, half, styleKeys.get(cell.side) ?? [0, 0])),
    row.pooled ? together(make, row.pooled, half) : null,
  )
}

function line(
  make: Make,
  { names }: CompareContext,
  row: Row,
  cell: Cell,
  half: number,
  styleKey: [number, number],
): Element {
  const found = effectOf(cell)
  return make(
    'tr',
    {},
    make(
      'td',
      {},
      names.get(cell.side) ?? cell.side,
      cell.tries.map(({ experiment, description }) => [
        ' ',
        make('a', { href: hrefs.experiment(cell.side, experiment), title: cut(description, 200) }, `#${experiment}`),
      ]),
    ),
    make('td', { class: 'hide-narrow step' }, stepText(cell, row.name)),
    make('td', { class: 'n' }, valueText(cell)),
    make('td', { class: 'mid effect' }, found ? effectRow(make, found, half, styleKey) : null),
  )
}

const together = (make: Make, pooled: NonNullable<Row['pooled']>, half: number): Element => {
  const cell = pooledCell(pooled)
  const found = effectOf(cell)
  return make(
    'tr',
    { class: 'together' },
    make('td', {}, 'together'),
    make('td', { class: 'hide-narrow' }),
    make('td', { class: 'n' }, valueText(cell)),
    make('td', { class: 'mid effect' }, found ? effectRow(make, found, half, null) : null),
  )
}
