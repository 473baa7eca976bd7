/** The comparison of a set of sessions: made at build for the default set, and in the browser for any other. */
import { compare } from '../../../scripts/compare/compare.ts'
import type { Comparison, Side } from '../../../scripts/compare/schema.ts'
import { namesOf } from '../../data/compare/names.ts'
import { comparePictures } from '../../data/compare/pictures.ts'
import { effectRows, type Files, frontierRows } from '../../data/compare/tables.ts'
import { answerOf } from '../../data/compare/words.ts'
import { rowsCsv } from '../../data/csv.ts'
import type { CompareContext } from './context.ts'
import { frontiersSection } from './frontiers.ts'
import type { Make } from './make.ts'
import { prose } from './prose.ts'
import { rates } from './rates.ts'
import { replication } from './replication.ts'
import { settings } from './settings.ts'

/** The sections below the figure, in the page's order. */
export const sections = {
  replications: { id: 'replications', title: 'Replications' },
  rates: { id: 'rates', title: 'Gain per device-hour and per dollar' },
  comparable: { id: 'comparable', title: 'What can be compared' },
  configurations: { id: 'configurations', title: 'Configurations' },
  versions: { id: 'versions', title: 'Versions of program.md' },
}

/**
 * @param place returns the URL of a data file, given its name and text
 * @returns `answer` stands above the page's choices, `rest` below them
 */
export function results(
  make: Make,
  sides: Side[],
  texts: Record<string, string>,
  place: (file: keyof Files, text: string) => string,
): { answer: Element; rest: Element } {
  const comparison = compare(sides, texts)
  const files = filesOf(make, sides, comparison)
  const context = { sides, comparison, names: namesOf(sides), links: linksOf(make, files, place) }
  const answer = make(
    'div',
    { class: 'found' },
    make('p', { class: 'lede' }, answerOf(comparison)),
    make('p', { class: 'basis' }, make('b', {}, comparison.lead)),
  )
  const rest = make(
    'div',
    { class: 'compared' },
    frontiersSection(make, context),
    section(make, sections.replications, replication(make, context)),
    section(make, sections.rates, rates(make, context)),
    section(make, sections.comparable, statements(make, comparison)),
    section(make, sections.configurations, settings(make, context)),
    section(make, sections.versions, prose(make, context)),
  )
  return { answer, rest }
}

/** Data links; where a file is a blob and not on disk, the browser saves it under its name. */
function linksOf(
  make: Make,
  files: Files,
  place: (file: keyof Files, text: string) => string,
): CompareContext['links'] {
  const hrefs = new Map(Object.entries(files).map(([file, text]) => [file, place(file as keyof Files, text)]))
  const link = (text: string, file: keyof Files) => {
    const href = hrefs.get(file) ?? ''
    return make('a', { href, download: href.startsWith('blob:') && file }, text)
  }
  return (csv, picture) => [
    link('data', 'compare.json'),
    ', ',
    link('CSV', csv),
    ...(hrefs.has(`${picture}.svg`) ? [', ', link('SVG', `${picture}.svg`)] : []),
  ]
}

const statements = (make: Make, { statements: said }: Comparison): Element =>
  make(
    'ul',
    { class: 'plain' },
    said.map(({ text }) => make('li', {}, text)),
  )

/** The texts of the data files. */
export function filesOf(make: Make, sides: Side[], comparison: Comparison): Files {
  const pictures = [...comparePictures(make, sides, comparison)].map(([name, svg]) => [`${name}.svg`, svg] as const)
  return {
    ...Object.fromEntries(pictures),
    'compare.json': JSON.stringify({ ...comparison, records: sides }),
    'compare.csv': rowsCsv(frontierRows(sides)),
    'replication.csv': rowsCsv(effectRows(comparison)),
  }
}

const section = (make: Make, { id, title }: { id: string; title: string }, content: Element[] | Element): Element =>
  make('section', { id }, make('h2', {}, title), make('div', {}, content))
