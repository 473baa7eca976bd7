import { expect, test } from 'vitest'
import { markdown } from '../../scripts/report/markdown.ts'
import { exampleSession, reportInputOf } from '../helpers/exampleRecords.ts'

const { session, experiments, patches } = exampleSession()
const made = reportInputOf(session, experiments, patches)
const render = (source: string) => markdown(made, source).trim()

test('references are replaced with facts', () => {
  expect(render('It gained :fact[kept.1.gain] by :knob[LEARNING_RATE] in :exp[1], not :exp[2].')).toBe(
    'It gained −0.1200 by `LEARNING_RATE` in 0001, not 0002.',
  )
  expect(render('## Here\n\n- one\n- **:fact[headline.gain]**')).toBe('## Here\n\n- one\n- **−0.1340 ± 0.0065**')
  expect(render('::table{failures}')).toContain('| 0003 | change 3 | crashed |')
  expect(render('::figure{#frontier}')).toContain('xychart-beta')
})

test.each([
  [':fact[kept.99.gain]', 'kept.99.gain'],
  [':exp[99]', '99'],
  [':exp[1e0]', '1e0'],
  [':knob[NOBODY]', 'NOBODY'],
  ['::table{nothing}', 'nothing'],
  ['::figure{picture}', 'picture'],
  ['::other{x}', '::other'],
  [':other[x]', ':other'],
  [':::part\nx\n:::', ':::part'],
])('%s, which is nowhere, is named with its line', (source, name) => {
  expect(() => render(`Text.\n\n${source}`)).toThrow(`Line 3 of the report's source refers to “${name}”`)
})

test('a ratio such as 5:short is unchanged, and links become text', () => {
  expect(render('A ratio of 5:short to 1.')).toBe('A ratio of 5:short to 1.')
  expect(render('a [b](https://e.org) ![c](https://e.org/c.png) d')).toBe('a b c d')
  expect(render('<b>bold</b> and @me')).toBe('\\<b>bold\\</b> and `@me`')
})

test('names of parts and facts of earlier versions still read', () => {
  expect(render('::part{night}')).toBe(render('::part{session}'))
  expect(render('::part{session}')).toContain('σ')
  expect(render('It tried :fact[night.tried].')).toBe(render('It tried :fact[session.tried].'))
  const warned = {
    ...made,
    digest: { ...made.digest, warnings: [{ experiment: 1, claim: '12 layers', found: 'it has 8' }] },
  }
  expect(markdown(warned, '::table{doubts}')).toBe(markdown(warned, '::table{warnings}'))
  expect(markdown(warned, 'Of :fact[doubts.count]: :fact[doubt.1.claim].')).toBe('Of 1 description: 12 layers.\n')
})
