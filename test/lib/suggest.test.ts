import { expect, test } from 'vitest'
import { closest, suggest } from '../../scripts/lib/suggest.ts'

const flags = ['--experiments', '--experiment', '--hours', '--seeds', '--slots', '--tag', '--json']

test.each([
  ['a letter left out', '--experimets', '--experiments'],
  ['a letter too many', '--hourss', '--hours'],
  ['a wrong letter', '--seads', '--seeds'],
  ['two letters swapped', '--tga', '--tag'],
  ['capitals', '--JSON', '--json'],
  ['a beginning of one alone', '--ho', '--hours'],
])('%s is seen through', (_, typed, meant) => {
  expect(closest(typed, flags)).toBe(meant)
})

test('what is far from all, begins several, is empty or is right gets no suggestion', () => {
  for (const name of ['--weather', '--s', '', '--tag']) expect(closest(name, flags)).toBeUndefined()
  expect(closest('x', ['y'])).toBeUndefined()
  expect(closest('status', [])).toBeUndefined()
})

test('one swap is nearer than two other letters', () => {
  expect(closest('abdc', ['abxx', 'abcd'])).toBe('abcd')
  expect(closest('seesion', ['session', 'version'])).toBe('session')
})

test('a suggestion is the nearest name, else what is said otherwise', () => {
  expect(suggest('--seds', flags, 'See --help.')).toBe('Did you mean --seeds?')
  expect(suggest('--weather', flags, 'See --help.')).toBe('See --help.')
})
