import { expect, test } from 'vitest'
import { searchSession, tunerSearch } from '../../../bench/tuner/searches.ts'
import { type Target, targets, valuesOf } from '../../../bench/tuner/targets.ts'
import { benchSynthetic } from '../../../bench/tuner/tuner.ts'

const rows = await benchSynthetic(5, 25, 3)
const of = (target: string, search: string) =>
  rows.find(row => row.target === target)?.searches.find(({ name }) => name === search)?.median ?? Number.NaN

test.each(targets.map(({ name }) => name))(
  'the tuner beats random search on the median of a few sessions: %s',
  name => {
    expect(of(name, 'tuner')).toBeLessThan(of(name, 'random, one'))
    expect(of(name, 'tuner')).toBeLessThan(of(name, 'random, many'))
  },
)

test('the same seed gives the same table', async () => {
  expect(await benchSynthetic(1, 10, 3)).toEqual(await benchSynthetic(1, 10, 3))
})

test('eight experiments recover most of the loss of a wrong learning rate', async () => {
  const { source, loss } = targets.find(({ name }) => name === 'bowl') as Target
  const at = (text: string) => loss(valuesOf(text)) ?? Number.NaN
  const best = await searchSession(source, at, tunerSearch(1), { experiments: 8, sigma: 1 })
  expect(at(best)).toBeLessThan(at(source) / 2)
})
