/** The marks of a change's effect in the comparison, at the ends of its axis. */
import { JSDOM } from 'jsdom'
import { expect, test } from 'vitest'
import { maker } from '../../../site/components/compare/make.ts'
import { effectMarks } from '../../../site/figures/compare/replication.ts'

const make = maker(new JSDOM('').window.document)
const drawn = (change: number, interval: [number, number] | null) =>
  make('svg', {}, effectMarks(make, { change, interval }, { half: 10, styleKey: [0, 0], width: 240 }))

test('an effect off the axis is marked at the end beyond which it lies, however near', () => {
  const points = (change: number) => drawn(change, null).querySelector('.beyond')?.getAttribute('points') ?? ''
  for (const change of [-10.65, -80]) expect(points(change)).toMatch(/^1,/)
  for (const change of [10.65, 80]) expect(points(change)).toMatch(/^239,/)
  expect(drawn(10, null).querySelector('.beyond')).toBeNull()
})

test('an interval that goes on beyond the axis has its arrow at that end', () => {
  const arrows = (interval: [number, number]) =>
    [...drawn(0, interval).querySelectorAll('path.on')].map(path => path.getAttribute('d')?.split('L')[1])
  expect(arrows([-10.65, 3])).toEqual(['2,11'])
  expect(arrows([-3, 10.65])).toEqual(['238,11'])
  expect(arrows([-3, 3])).toEqual([])
})
