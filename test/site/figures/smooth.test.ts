/** Smoothing of loss curves, and the noise that is left. */
import { expect, test } from 'vitest'
import { levelAtEnd, smooth } from '../../../site/figures/loss/smooth.ts'

/** Normally distributed, the same on every run. */
function noises(n: number, seed: number): number[] {
  let state = seed
  const uniform = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return (state + 1) / (2 ** 32 + 1)
  }
  return Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()))
}
const curve = (losses: number[]) => losses.map((loss, step) => ({ step, seconds: step / 10, loss }))

test('a constant stays as it is from its first point, and steps and times are kept', () => {
  const points = curve(Array.from({ length: 30 }, () => 2.5))
  expect(smooth(points).map(p => [p.step, p.seconds])).toEqual(points.map(p => [p.step, p.seconds]))
  for (const { loss } of smooth(points)) expect(loss).toBeCloseTo(2.5, 12)
  expect(smooth([])).toEqual([])
})

test('the standard error of the level at the end covers its scatter over many curves', () => {
  const levels = Array.from({ length: 400 }, (_, i) => levelAtEnd(curve(noises(200, i + 1).map(z => 3 + 0.2 * z))))
  const within = levels.filter(level => level !== null && Math.abs(level.loss - 3) <= 2 * level.error)
  expect(within.length / levels.length).toBeGreaterThan(0.88)
  expect(within.length / levels.length).toBeLessThan(0.99)
})

test('too few points have no level', () => {
  expect(levelAtEnd(curve([3, 2, 1]))).toBeNull()
  expect(levelAtEnd([])).toBeNull()
})
