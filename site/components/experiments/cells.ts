/** The cells of the experiments table. Runs in the browser: descriptions become text nodes. */
import { pRealText } from '../../../scripts/analysis/labels.ts'
import { delta, ledgerText } from '../../../scripts/analysis/numbers.ts'
import { duration } from '../../../scripts/lib/format.ts'
import { columns } from '../../data/experiments/columns.ts'
import type { KnobChange, ListedSession } from '../../data/experiments/listing.ts'
import type { Row } from '../../data/experiments/row.ts'
import { hrefs } from '../../data/hrefs.ts'
import { cut } from '../../figures/text.ts'
import type { Child, Make } from '../compare/make.ts'

/** Knob changes of a cell, and characters of a value: a change of a hundred constants is not a change of knobs. */
const MAX_KNOBS = 3
const MAX_VALUE = 24

/** What a cell needs besides its row. */
export interface Context {
  make: Make
  /** Shape and word of a verdict, cloned from the page's templates. */
  verdict: (row: Row) => Child
  /** Whether the rows come from several sessions that no column names. */
  namesSession: boolean
}

/** @param id of a column @throws {Error} for an unknown column */
export function cell(id: string, row: Row, context: Context): Element {
  const { make } = context
  const of = contents[id]
  if (!of) throw new Error(`There is no column ${id}.`)
  const name = [numeric.has(id) ? 'n' : '', classes[id] ?? ''].filter(Boolean).join(' ')
  return make('td', name === '' ? {} : { class: name }, of(row, context))
}

/** Names that the style sheet uses. */
const classes: Record<string, string> = { delta: 'gain', description: 'what', verdict: 'verdict', label: 'label' }
const numeric = new Set(columns.filter(column => column.numeric).map(column => column.id))

const contents: Record<string, (row: Row, context: Context) => Child> = {
  session: ({ session }, { make }) => make('a', { href: hrefs.session(session.id) }, session.name),
  experiment: ({ session, number }, { make }) =>
    make('a', { href: hrefs.experiment(session.id, number), 'aria-label': `experiment ${number}` }, String(number)),
  verdict: (row, { verdict }) => verdict(row),
  description: (row, { make, namesSession }) => [
    row.description || '(no description)',
    namesSession && make('span', { class: 'under always' }, `${row.session.name}, ${row.session.machine}`),
  ],
  value: ({ session, value }) => (value === null ? '' : valueText(session)(value)),
  delta: ({ gain, session, target }) => (gain === null ? '' : delta(gain, target.metric, session.baseline ?? 1)),
  label: ({ label }) => label,
  preal: ({ pReal }) => (pReal === null ? '' : pRealText(pReal)),
  knobs: ({ knobs }) => knobsText(knobs),
  theme: ({ theme }) => theme,
  machine: ({ session }) => session.machine,
  time: ({ seconds }) => (seconds === null ? '' : duration(seconds)),
}

function knobsText(knobs: KnobChange[]): string {
  const value = (text: string) => cut(text, MAX_VALUE)
  const shown = knobs.slice(0, MAX_KNOBS).map(({ knob, from, to }) => `${knob} ${value(from)} to ${value(to)}`)
  const more = knobs.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const texts = new WeakMap<ListedSession, (value: number) => string>()

/** Writes the values of a session with the same digits as its own page. */
function valueText(session: ListedSession): (value: number) => string {
  const known =
    texts.get(session) ??
    ledgerText(session.experiments.map(({ number, status, value }) => ({ number, status, metric: value })))
  texts.set(session, known)
  return known
}
