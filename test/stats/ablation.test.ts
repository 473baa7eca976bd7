import { expect, test } from 'vitest'
import { ablationsInTable } from '../../scripts/stats/ablation.ts'
import { studentQuantile } from '../../scripts/stats/distributions.ts'
import { levelOfLook } from '../../scripts/stats/sequential.ts'

const row = (...values: number[]) => new Map(values.map((value, i) => [1001 + i, value]))
const t = (df: number, looks = [3]) => studentQuantile(1 - levelOfLook(looks) / 2, df)

test('what a seed does to all trees alike is not noise', () => {
  // Seeds move both by 0, 1 and 2; what is left is ±0.01, 0 and ∓0.01: 4e-4 over 2 degrees of freedom.
  const [found] = ablationsInTable(row(1.01, 2.00001, 2.99), [row(1.49, 2.50001, 3.51)], [], 'minimize', null)
  expect(found).toMatchObject({ seeds: 3, looks: 1, spread: null, plannedRuns: 0, verdict: 'better' })
  expect(found?.gain).toBeCloseTo(0.5, 9)
  expect(found?.baseline).toBeCloseTo(2.50000333, 7)
  expect((found?.gain ?? 0) - (found?.interval[0] ?? 0)).toBeCloseTo(t(2) * Math.sqrt((2e-4 * 2) / 3), 6)
})

test('all trees of the table estimate the noise together', () => {
  const rows = [row(1.49, 2.50001, 3.51), row(1.2, 2.2, 3.20001)]
  const one = ablationsInTable(row(1.01, 2.00001, 2.99), rows.slice(0, 1), [], 'minimize', null)[0]
  const two = ablationsInTable(row(1.01, 2.00001, 2.99), rows, [], 'minimize', null)[0]
  const width = (found: typeof one) => (found?.interval[1] ?? 0) - (found?.interval[0] ?? 0)
  // The same squares over 4 degrees of freedom, and a smaller t.
  expect(width(two) / width(one)).toBeCloseTo((t(4) / t(2)) * Math.sqrt(2 / 4), 4)
})

test("the session's σ counts unless it clearly exceeds the noise within a seed", () => {
  const tables = { head: row(1.01, 2.00001, 2.99), without: [row(1.49, 2.50001, 3.51)] }
  const half = (sigma: number) => {
    const noise = { sigma, df: 2 }
    const [found] = ablationsInTable(tables.head, tables.without, [], 'minimize', noise)
    return ((found?.interval[1] ?? 0) - (found?.interval[0] ?? 0)) / 2
  }
  expect(half(0.02)).toBeCloseTo(t(4) * Math.sqrt((((2e-4 + 4e-4) / 2) * 2) / 3), 6)
  expect(half(1)).toBeCloseTo(t(2) * Math.sqrt((2e-4 * 2) / 3), 6)
})

test('a run that failed takes its seed out of its own comparison only', () => {
  const head = row(1, 2.01, 3.02)
  const short = new Map([...row(1.5, 2.52, 3.5)].slice(1))
  const [first, second] = ablationsInTable(head, [short, row(1.3, 2.31001, 3.3)], [], 'minimize', null)
  expect(first).toMatchObject({ seeds: 2 })
  expect(first?.gain).toBeCloseTo((2.52 + 3.5 - 2.01 - 3.02) / 2, 9)
  expect(second).toMatchObject({ seeds: 3 })
})

test('each look at an ablation widens its own interval; without a shared seed or any noise there is none', () => {
  const table = [row(1.49, 2.50001, 3.51), row(1.49, 2.50001, 3.51)]
  const [twice, once] = ablationsInTable(row(1.01, 2.00001, 2.99), table, [[2], []], 'minimize', null)
  expect(twice?.looks).toBe(2)
  expect(twice?.interval[0]).toBeLessThan(once?.interval[0] ?? 0)
  expect(ablationsInTable(row(1), [new Map([[9, 1]])], [], 'minimize', { sigma: 1, df: 2 })).toEqual([null])
  expect(ablationsInTable(row(1), [row(2)], [], 'minimize', null)).toEqual([null])
  expect(ablationsInTable(row(1.00001), [row(2)], [], 'maximize', { sigma: 0.1, df: 2 })[0]?.verdict).toBe('worse')
})
