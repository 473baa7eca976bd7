/** The table of changes by replication: a group of rows per change, a row per session, one axis for all. */
import { betterText } from '../../../scripts/analysis/relative.ts'
import { assumedNoiseText, changeBasis, labelText, replicationTexts } from '../../../scripts/compare/names.ts'
import type { Cell, Comparison, Row } from '../../../scripts/compare/schema.ts'
import { effectOf, pooledCell, stepText, valueText } from '../../data/compare/effects.ts'
import { styleKeysOf } from '../../data/compare/names.ts'
import { capital, countText, hrefs } from '../../data/words.ts'
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
  const { groups, triedOnce } = context.comparison
  const isIn = (ids: string[]) => (row: Row) => ids.includes(row.cells[0]?.side ?? '')
  const shared = context.comparison.replication.filter(row => row.label !== 'tried once')
  const parts = groups.flatMap(group =>
    ofMetric(make, context, group, context.comparison.replication.filter(isIn(group.sides))),
  )
  return [
    make(
      'p',
      { class: 'meta' },
      shared.length > 0
        ? 'A dot is a session’s result with its 95% interval, filled where that excludes zero; a diamond is all sessions together. An arrow or triangle at the edge lies off the axis. '
        : 'No change was tried in more than one of these sessions. ',
      shared.length > 0 ? `${changeBasis} ${assumedNoiseText(context.sides)}`.trimEnd() + ' ' : null,
      triedOnce > 0
        ? `${capital(countText(triedOnce, 'other change was', 'other changes were'))} tried in one session and not kept. `
        : null,
      context.links('replication.csv', 'replication'),
    ),
    ...replicationTexts(context.sides).map(text => make('p', {}, text)),
    ...parts,
  ]
}

/** The changes measured by one metric, on an axis of their own. */
function ofMetric(make: Make, context: CompareContext, { metric }: Group, rows: Row[]): Element[] {
  const shared = rows.filter(row => row.label !== 'tried once')
  const once = rows.filter(row => row.label === 'tried once')
  const effectsOf = (row: Row) => [...row.cells, ...pooledOf(row)].flatMap(cell => effectOf(cell, metric.goal) ?? [])
  const tableOf = (list: Row[], caption: string) => {
    const shown = list.slice(0, MAX_TABLE_CHANGES)
    return effects(make, { context, metric, half: axisOf(shown.flatMap(effectsOf)) }, shown, caption)
  }
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
    shared.length > 0 ? tableOf(shared.slice(0, MAX_OPEN_CHANGES), 'Changes tried in more than one session') : null,
    more(shared.slice(MAX_OPEN_CHANGES), countText(shared.length - MAX_OPEN_CHANGES, 'more change')),
    more(
      once,
      capital(
        `${countText(once.length, 'change')} kept by the only session that tried ${once.length === 1 ? 'it' : 'them'}`,
      ),
    ),
  ].filter(element => element !== null)
}

type Group = Comparison['groups'][number]

/** What the rows of a table have in common. */
interface Drawn {
  context: CompareContext
  metric: Group['metric']
  /** Half the axis, in percent. */
  half: number
}

const pooledOf = ({ pooled }: Row) => (pooled ? [pooledCell(pooled)] : [])

function effects(make: Make, drawn: Drawn, rows: Row[], caption: string): Element {
  const { metric, half } = drawn
  return make(
    'div',
    { class: 'table effects' },
    table(
      make,
      caption,
      [
        make('th', { scope: 'col' }, 'Change and session'),
        make('th', { scope: 'col', class: 'hide-narrow' }, 'Step'),
        make('th', { scope: 'col', class: 'n' }, `Change in ${metric.name}`),
        make(
          'th',
          { scope: 'col', class: 'mid effect' },
          make('span', { class: 'axis-note' }, betterText(metric.goal)),
          effectAxis(make, half),
        ),
      ],
      rows.map(row => change(make, drawn, row)),
    ),
  )
}

function change(make: Make, drawn: Drawn, row: Row): Element {
  const { context } = drawn
  const styleKeys = styleKeysOf(context.sides)
  return make(
    'tbody',
    { class: row.way ?? row.label.replace(' ', '-') },
    make(
      'tr',
      { class: 'change' },
      make(
        'th',
        { colspan: 4, scope: 'rowgroup' },
        make('b', {}, cut(row.name, 90)),
        ' ',
        make('span', { class: 'verdict' }, labelText(row)),
        row.label === 'tried once' ? null : make('span', { class: 'why' }, row.why),
      ),
    ),
    row.cells.map(cell => line(make, drawn, row, cell, styleKeys.get(cell.side) ?? [0, 0])),
    row.pooled ? together(make, drawn, row.pooled) : null,
  )
}

function line(
  make: Make,
  { context: { names }, metric: { goal }, half }: Drawn,
  row: Row,
  cell: Cell,
  styleKey: [number, number],
): Element {
  const found = effectOf(cell, goal)
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
    make('td', { class: 'n' }, valueText(cell, goal)),
    make('td', { class: 'mid effect' }, found ? effectRow(make, found, half, styleKey) : null),
  )
}

function together(make: Make, { metric: { goal }, half }: Drawn, pooled: NonNullable<Row['pooled']>): Element {
  const cell = pooledCell(pooled)
  const found = effectOf(cell, goal)
  return make(
    'tr',
    { class: 'together' },
    make('td', {}, 'all together'),
    make('td', { class: 'hide-narrow' }),
    make('td', { class: 'n' }, valueText(cell, goal)),
    make('td', { class: 'mid effect' }, found ? effectRow(make, found, half, null) : null),
  )
}
