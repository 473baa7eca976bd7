/** Texts of strangers in a report, as GitHub shows them: text and code, and nothing else. */
import { expect, test } from 'vitest'
import { Failure } from '../../scripts/lib/errors.ts'
import { markdown, resolved } from '../../scripts/report/markdown.ts'
import { github } from '../../scripts/report/render/github.ts'
import { exampleSession, reportInputOf } from '../helpers/exampleRecords.ts'
import { activeParts } from '../helpers/github.ts'
import { hostileDescriptions } from '../helpers/hostile.ts'

const { session, experiments, patches } = exampleSession()
const [baseline, kept, discarded, crashed] = experiments

/** An experiment of each text and status, so that it stands in all sections that show such a one. */
const hostile = [
  baseline,
  ...hostileDescriptions.flatMap(([, text], i) =>
    [kept, discarded, crashed].map(
      (e, k) =>
        e && {
          ...e,
          number: 3 * i + k + 1,
          description: text,
          reason: text,
          hypothesis: text,
        },
    ),
  ),
].filter(e => e !== undefined)

test('no description, reason or hypothesis does anything on GitHub', () => {
  const text = markdown(reportInputOf(session, hostile, patches))
  expect(text).toContain('octocat')
  expect(activeParts(text)).toEqual([])
})

test('no name does anything on GitHub', () => {
  const all = hostileDescriptions.map(([, text]) => text).join(' ')
  const machine = { ...session.machine, label: all, cpu: all, os: all }
  const named = { ...session, tag: all, branch: all, machine, stop: { kind: 'experiments', detail: all } }
  expect(activeParts(markdown(reportInputOf(named, experiments, patches)))).toEqual([])
})

const input = reportInputOf(session, experiments, patches)
const places: [where: string, around: (text: string) => string][] = [
  ['plain', text => text],
  ['within a sentence', text => `Before ${text} after.`],
  ['bold', text => `**${text}**`],
  ['a link', text => `[${text}](https://evil.example)`],
  ['a list', text => `- one\n- ${text}`],
  ['a task', text => `- [ ] ${text}`],
  ['a quotation', text => `> ${text}\n\nAfter.`],
  ['a heading', text => `### ${text}`],
  ['code', text => `\`${text}\``],
  ['a table', text => `| a |\n| - |\n| ${text} |`],
  ['a fence', text => `\`\`\`mermaid\n${text}\n\`\`\``],
]

/** As `markdown` of this prose alone; "" where it refers to nothing, which is an error. */
function written(prose: string): string {
  try {
    return github(resolved(input, prose), new Map())
  } catch (error) {
    if (error instanceof Failure) return ''
    throw error
  }
}

test.each(places)('prose does nothing on GitHub: %s', (_, around) => {
  const all = hostileDescriptions.map(([, text]) => written(around(text)))
  expect(all.filter(text => text !== '').length).toBeGreaterThan(60)
  expect(activeParts(all.join('\n'))).toEqual([])
})

/** They change the structure at most, which test/report/markdown.test.ts looks at. */
const quiet = [
  'mention split by emphasis',
  'mention that closes code',
  'image of a reference',
  'link of a reference',
  'definition',
  'address split by an invisible character',
  'closing the fold',
  'marker of another post',
  'mermaid',
  'formula over cells',
  'heading',
  'underlined heading',
  'finished task',
  'footnote',
  'table cell',
  'row of a table',
  'struck out',
  'line break',
  'direction override',
  'directive',
  'front matter',
]

test('the same texts do something where they are posted as they are', () => {
  const loud = hostileDescriptions.filter(([what]) => !quiet.includes(what))
  expect(loud.length).toBeGreaterThan(50)
  expect(loud.filter(([, text]) => activeParts(text).length === 0)).toEqual([])
})
