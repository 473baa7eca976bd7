/** An agent's text is accepted only in its own sections; everything else stays as the template wrote it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CHARACTERS, review } from '../../../scripts/report/agent/review.ts'
import { sectionsOf } from '../../../scripts/report/agent/sections.ts'
import { openSections } from '../../../scripts/report/sections/template.ts'
import { edited, good, known, plain } from './plain.ts'

const kinds = (text: string) => review(plain, text, known, openSections).findings.map(({ kind }) => kind)
const source = (text: string) => review(plain, text, known, openSections).source

test('correct text replaces the template’s, and the tables stay', () => {
  const text = edited(['The template says this.', good], ['A longer session.', '- Go on with :knob[WARMDOWN].'])
  expect(review(plain, text, known, openSections)).toEqual({ findings: [], cut: [], source: text, wrote: true })
})

test('text that an agent wrote under a title of an earlier version stays', () => {
  const template = `${plain}\n## From earlier sessions\n\n::table{deadEnds}\n`
  const { source, findings } = review(template, `${plain}\n## From earlier nights\n\n${good}\n`, known, openSections)
  expect(findings).toEqual([])
  expect(source).toContain(`## From earlier sessions\n\n${good}`)
})

test('an unchanged template counts as not written', () => {
  expect(review(plain, plain, known, openSections)).toEqual({ findings: [], cut: [], source: plain, wrote: false })
})

test('a paragraph may follow the unchanged answer', () => {
  const answer = 'It gained :fact[headline.gain].'
  const after = edited([answer, `${answer}\n\nAll else is noise.`])
  expect(review(plain, after, known, openSections)).toMatchObject({ findings: [], source: after })
  expect(kinds(edited([answer, 'It gained a lot.']))).toEqual(['fixed'])
  expect(source(edited([answer, 'It gained a lot.']))).toBe(plain)
})

describe('changes to computed sections are reported and reverted', () => {
  const cases: [string, string, string[]][] = [
    ['a computed section', edited(['- Which change did it.', '- Nothing at all.']), ['fixed']],
    ['a computed section left out', edited(['## Full log\n\n::table{log}\n', '']), ['fixed']],
    ['the title', edited(['# nov20', '# The best session']), ['fixed']],
    ['a section of its own', `${plain}\n## My thanks\n\nTo all.\n`, ['section']],
    ['a section twice', `${plain}\n## Full log\n\nNothing.\n`, ['section']],
    ['a title of the first level', edited(['## What to try next', '# New\n\n## What to try next']), ['section']],
    ['all of it', '', ['fixed', 'fixed', 'fixed']],
    ['a comment that swallows the rest', edited(['- Which change did it.', '<!--']), ['fixed', 'fixed']],
    ['a fence that swallows the rest', edited(['- Which change did it.', '```']), ['fixed', 'fixed']],
  ]
  test.each(cases)('%s', (_, text, expected) => {
    expect(kinds(text)).toEqual(expected)
    expect(source(text)).toBe(plain)
  })

  test('a table removed from an open section is restored', () => {
    const text = edited(['::table{kept}\n\nThe template says this.', good])
    expect(kinds(text)).toEqual([])
    expect(source(text)).toContain(`${good}\n\n::table{kept}`)
  })

  test('a table that the report already has is not repeated', () => {
    const text = edited(['A longer session.', 'As before.\n\n::table{#log}'])
    expect(kinds(text)).toEqual(['repeated'])
    expect(source(text)).toBe(edited(['A longer session.', 'As before.']))
  })

  test('a table inside a list is rejected', () => {
    const text = edited(['A longer session.', 'As before.\n\n- ::table{log}'])
    expect(kinds(text)).toEqual(['repeated'])
    expect(source(text)).toBe(edited(['A longer session.', 'As before.']))
  })

  test('text that is too long is cut after a whole paragraph', () => {
    const words = 'It is as it was before. '.repeat(100).trim()
    const text = edited(['A longer session.', Array.from({ length: 10 }, () => words).join('\n\n')])
    expect(kinds(text)).toContain('long')
    expect(source(text).length).toBeLessThan(plain.length + MAX_CHARACTERS.section)
    expect(source(text)).toContain(`before.\n\n## Full log`)
  })
})

test('a mistake has its line number, and only its sentence is cut', () => {
  const text = edited(['The template says this.', `${good} It was 40 times better. So go on.`])
  const { findings, source, cut } = review(plain, text, known, openSections)
  expect(findings).toEqual([{ kind: 'number', line: 13, found: '40', why: expect.stringContaining(':fact[…]') }])
  expect(text.split('\n')[12]).toContain('40')
  expect(source).toBe(edited(['The template says this.', `${good} So go on.`]))
  expect(cut).toHaveLength(1)
})

test('a section without remaining text gets the template’s text back', () => {
  const { source, wrote } = review(plain, edited(['A longer session.', 'It was 40 times better.']), known, openSections)
  expect({ source, wrote }).toEqual({ source: plain, wrote: false })
})

test('a table whose section gets the template’s text back is not kept in another section too', () => {
  const text = '## What did not work\n-->\n## What to try next\n::table{deadEnds}\n===='
  expect(kinds(source(text))).toEqual([])
  expect(source(text).match(/::table\{deadEnds}/g)).toHaveLength(1)
})

test('no text can change a computed section or leave a mistake', () => {
  const pieces = fc.constantFrom(
    ...plain.split('\n'),
    ...[
      '<!--',
      '-->',
      '```',
      ':::x',
      '# Title',
      '## Full log',
      '> ',
      '    code',
      '[a]: http://x',
      'word. ',
      '42 ',
      '---',
      '====',
    ],
    ...['\n', '\n\n', '| a |\n| - |', '- ', '<div>', '::table{log}', ':fact[headline.gain]', good],
  )
  const fixed = (text: string) =>
    sectionsOf(text).filter(({ title }) => title === null || !openSections.includes(title))
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.constantFrom('\n', '\n\n', ''), (parts, between) => {
      const reviewed = source(parts.join(between))
      const bodies = (text: string) => fixed(text).map(({ title, body }) => [title, body.trim()])
      expect(bodies(reviewed).slice(1)).toEqual(bodies(plain).slice(1))
      expect(bodies(reviewed)[0]?.[1]).toMatch(/^# nov20 · CPU: :fact\[headline\.gain] confirmed\n\nIt gained/)
      expect(kinds(reviewed)).toEqual([])
    }),
    { numRuns: 60 },
  )
})
