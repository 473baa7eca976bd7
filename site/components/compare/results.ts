/** What the page shows of a set of nights. Made at build for the default set, and in the browser for any other. */
import { compare } from '../../../scripts/compare/compare.ts'
import type { Comparison, Side } from '../../../scripts/compare/schema.ts'
import { csvOf, effectRows, type Files, frontierRows } from '../../data/compareTables.ts'
import { answerOf, namesOf } from '../../data/compareWords.ts'
import type { Make } from './make.ts'
import { prose } from './prose.ts'
import { races } from './races.ts'
import { replication } from './replication.ts'
import { settings } from './settings.ts'
import { spent } from './spent.ts'

export interface Shown {
  sides: Side[]
  comparison: Comparison
  names: Map<string, string>
  /** Where a file with this text lies: data links. */
  fileOf: (file: keyof Files) => string
}

/** @param place the address of a data file, given its text */
export function results(
  make: Make,
  sides: Side[],
  texts: Record<string, string>,
  place: (file: keyof Files, text: string) => string,
): Element {
  const comparison = compare(sides, texts)
  const files = filesOf(sides, comparison)
  const shown = { sides, comparison, names: namesOf(sides), fileOf: (file: keyof Files) => place(file, files[file]) }
  return make(
    'div',
    { class: 'results' },
    make('p', { class: 'lede' }, answerOf(comparison)),
    make('p', { class: 'basis' }, make('b', {}, comparison.lead)),
    races(make, shown),
    section(make, 'For an hour, for a dollar', spent(make, shown)),
    section(make, 'What was seen again', replication(make, shown)),
    section(
      make,
      'What may be compared',
      make(
        'ul',
        { class: 'plain' },
        comparison.statements.map(({ text }) => make('li', {}, text)),
      ),
    ),
    section(make, 'Configurations', settings(make, shown)),
    section(make, 'By program.md', prose(make, shown)),
  )
}

/** The data links' texts. */
export function filesOf(sides: Side[], comparison: Comparison): Files {
  return {
    'compare.json': JSON.stringify({ ...comparison, records: sides }),
    'compare.csv': csvOf(frontierRows(sides)),
    'replication.csv': csvOf(effectRows(comparison)),
  }
}

const section = (make: Make, head: string, content: Element[] | Element): Element =>
  make('section', {}, make('h2', {}, head), make('div', {}, content))
