/** The order of a session's page, whatever the order and the titles of its report. */
import type { Root } from 'mdast'
import { expect, test } from 'vitest'
import { parser } from '../../../scripts/report/check/check.ts'
import { table } from '../../../scripts/report/nodes.ts'
import { fold } from '../../../scripts/report/render/fold.ts'
import { parseReport, reportSections } from '../../../site/data/session/report.ts'
import { pageSections, withoutTables } from '../../../site/data/session/sections.ts'
import { subjectOfTitle, subjectsInSource } from '../../../site/data/session/topics.ts'

const titles = (sections: { title: string }[]) => sections.map(({ title }) => title)

test('sections stand in the page’s order, background apart, and those of other authors before the ledger', () => {
  const report = parseReport(
    [
      'Themes',
      'What is not proven',
      'Notes of a person',
      'Disclosure',
      'What worked, and the likely why',
      'How to replicate',
    ]
      .concat(['What to try next', 'What did not work', 'Full log', 'How it was imported'])
      .map(title => `## ${title}\n\nText.\n`)
      .join('\n'),
  )
  const { main, background } = pageSections(reportSections(report), [])
  expect(titles(main)).toEqual([
    'What was kept',
    'What to try next',
    'What is not proven',
    'What did not work',
    'Notes of a person',
  ])
  expect(titles(background)).toEqual(['How to replicate', 'Disclosure', 'Themes'])
})

test('a topic with a figure has a section without a report, too', () => {
  const { main, background } = pageSections([], ['kept', 'session'])
  expect(main).toEqual([{ id: 'kept', topic: 'kept', title: 'What was kept', tree: null }])
  expect(titles(background)).toEqual(['Time and noise'])
})

test('what a section of the source contains counts more than its title', () => {
  const source =
    '::part{title}\n\n## Top wins\n\n::table{kept}\n\n## Caveats\n\n::part{unproven}\n\n## A note\n\nText.\n'
  expect(subjectsInSource(source)).toEqual(
    new Map([
      ['Top wins', 'kept'],
      ['Caveats', 'unproven'],
      ['A note', null],
    ]),
  )
  expect(subjectOfTitle('The night')).toBe('session')
  expect(subjectOfTitle('The changes that made most of it')).toBe('replaced')
})

test('the rows of a table that the report folds are in one table again', () => {
  const columns = [{ head: 'Change', cell: (row: string) => row }]
  const other = table(['x'], [{ head: 'Theme', cell: (row: string) => row }])
  const first = table(['a', 'b'], columns)
  const text = parser.parse('Text.') as Root
  const tree: Root = {
    type: 'root',
    children: [first, ...text.children, fold(table(['c'], columns), 'One more'), other],
  }
  const { text: left, tables } = withoutTables(tree)
  expect(left.children).toEqual(text.children)
  expect(tables.children.map(node => node.type === 'table' && node.children.length)).toEqual([4, 2])
  expect(tables.children.map(node => node.data)).toEqual([undefined, undefined])
  // The report's own table is as before.
  expect(first.children).toHaveLength(3)
})

test('commands with a comment each are blocks of their own', () => {
  const shell = '# again\nnpx pnpm confirm x\n# by hand\ngit switch a\ncd b'
  const [section] = reportSections(parseReport(`## How to replicate\n\n\`\`\`sh\n${shell}\n\`\`\`\n`))
  expect(section?.tree.children.map(node => 'value' in node && node.value)).toEqual([
    '# again\nnpx pnpm confirm x',
    '# by hand\ngit switch a\ncd b',
  ])
})
