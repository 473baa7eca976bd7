/** Configurations side by side. Constants that differ at the end are shown; the others are in a closed <details>. */
import type { SettingRow } from '../../../scripts/compare/schema.ts'
import { hasAllSettings } from '../../../scripts/compare/settings.ts'
import { capital, countText } from '../../data/words.ts'
import type { CompareContext } from './context.ts'
import type { Child, Make } from './make.ts'
import { table } from './table.ts'

export function settings(make: Make, context: CompareContext): Element[] {
  const { settings: rows } = context.comparison
  const known = context.sides.filter(side => side.settings.values.length > 0)
  if (rows.length === 0) return [make('p', {}, 'No session’s configuration is known.')]
  const differing = rows.filter(row => row.differs)
  const same = rows.filter(row => !row.differs)
  const some = known.filter(side => !side.settings.all).length
  return [
    make('p', { class: 'meta' }, findingOf(differing.length, known.length, some)),
    differing.length > 0 ? constants(make, context, differing, 'Constants that differ at the end') : null,
    same.length > 0
      ? make(
          'details',
          {},
          make('summary', {}, `${same.length} more, equal at the end or known for one session only`),
          constants(make, context, same, 'Constants that end the same'),
        )
      : null,
  ].filter(element => element !== null)
}

function findingOf(differing: number, known: number, some: number): string {
  const found =
    known === 1
      ? 'Only one session’s configuration is known.'
      : differing === 0
        ? 'No constant is known to differ at the end.'
        : `${capital(countText(differing, 'constant differs', 'constants differ'))} at the end. “a → b”: the session changed it from a to b.`
  return `${found}${some > 0 ? ` For ${countText(some, 'session')} only the changed constants are known.` : ''}`
}

function constants(make: Make, { sides, names }: CompareContext, rows: SettingRow[], caption: string): Element {
  return make(
    'div',
    { class: 'scroll wide', tabindex: 0, role: 'region', 'aria-label': caption },
    table(
      make,
      caption,
      [make('th', { scope: 'col' }, 'Constant'), sides.map(s => make('th', { scope: 'col' }, names.get(s.id) ?? s.id))],
      make(
        'tbody',
        {},
        rows.map(row =>
          make(
            'tr',
            {},
            make('th', { scope: 'row' }, row.name),
            row.values.map((value, at) => make('td', {}, valueCell(make, value, hasAllSettings(sides[at])))),
          ),
        ),
      ),
    ),
  )
}

/** @param isWhole whether all constants of the session's files are known */
function valueCell(make: Make, value: SettingRow['values'][number], isWhole: boolean): Child {
  if (value === null) return make('span', { class: 'soft' }, isWhole ? 'none' : 'not known')
  const [from, to] = [value.baseline ?? 'none', value.head ?? 'none']
  return from === to ? make('code', {}, to) : [make('code', {}, from), ' → ', make('code', { class: 'end' }, to)]
}
