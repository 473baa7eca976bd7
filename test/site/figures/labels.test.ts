import { expect, test } from 'vitest'
import { overlap, place } from '../../../site/figures/labels.ts'
import { cut, short, textWidth } from '../../../site/figures/text.ts'

const bounds = { x0: 0, x1: 400, y0: 0, y1: 300 }
const item = (x: number, y: number, rank: number) => ({ x, y, width: 60, rank })
const box = ({ at: [left, middle], width }: { at: [number, number]; width: number }) => ({
  x0: left,
  x1: left + width,
  y0: middle - 7,
  y1: middle + 7,
})

test('a single label is placed right of its mark', () => {
  const [placed] = place([item(100, 100, 0)], { bounds })
  expect(placed).toMatchObject({ at: [112, 100], leader: null })
})

test('labels of close marks do not overlap', () => {
  const items = Array.from({ length: 8 }, (_, i) => item(100 + 4 * i, 150 + 3 * i, i))
  const boxes = place(items, { bounds }).map(box)
  expect(boxes.length).toBeGreaterThan(4)
  for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(overlap(a, b)).toBe(false)
})

test('labels avoid hard obstacles and stay inside the bounds', () => {
  const wall = { x0: 110, x1: 200, y0: 80, y1: 120 }
  const boxes = place([item(100, 100, 0), item(395, 10, 1)], { bounds, hard: [wall] }).map(box)
  expect(boxes).toHaveLength(2)
  for (const b of boxes) {
    expect(overlap(b, wall)).toBe(false)
    expect(b.x1).toBeLessThanOrEqual(bounds.x1)
  }
})

test('without room the most important label is kept', () => {
  const narrow = { x0: 90, x1: 175, y0: 90, y1: 112 }
  const placed = place([item(100, 100, 1), item(101, 100, 0)], { bounds: narrow })
  expect(placed.map(p => p.rank)).toEqual([0])
})

test('the same items give the same placement', () => {
  const items = Array.from({ length: 12 }, (_, i) => item(100 + 5 * i, 150, i))
  expect(place(items, { bounds })).toEqual(place(items, { bounds }))
})

test('a description is shortened to a label', () => {
  expect(short('halve batch 524K to 262K (more steps in 5 min)')).toBe('halve batch 524K→262K')
  expect(short('(only a remark)')).toBe('(only a remark)')
  expect(cut('abcdef', 4)).toBe('abc…')
  expect([...short('x'.repeat(500))]).toHaveLength(34)
})

test('bold and wide letters are wider', () => {
  expect(textWidth('WWW', 12)).toBeGreaterThan(textWidth('iii', 12))
  expect(textWidth('abc', 12, true)).toBeGreaterThan(textWidth('abc', 12))
})
