import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Example, example, replaced, run } from './example.ts'

async function edit(
  { folder }: Example,
  ...changes: Parameters<typeof replaced> extends [string, ...infer C] ? C : []
) {
  const path = join(folder, 'engine.js')
  await writeFile(path, replaced(await readFile(path, 'utf8'), ...changes))
}

test('the template engine as it is gives a number that is believed, and a better one a smaller number', async () => {
  const shop = await example('templates')
  const before = await run(shop)
  expect(before).toMatchObject({ outcome: 'ok', why: null, summary: { repeats: expect.any(Number) as number } })

  // A cache that holds all seven templates, and a scanner that takes text in larger bites.
  await edit(
    shop,
    ['CACHE_SIZE = 4', 'CACHE_SIZE = 8'],
    ['LOOKAHEAD = 2', 'LOOKAHEAD = 64'],
    ['FLUSH = 2', 'FLUSH = 8'],
  )
  const after = await run(shop)
  expect(after.outcome).toBe('ok')
  expect(after.metric).toBeLessThan(before.metric ?? 0)
})

test.each([
  ['one byte that differs', ["'&#39;'", "'&#x27;'"]],
  ['a space left out', ['.toFixed(2)} €', '.toFixed(2)}€']],
  ['a scanner that sees no tags', ['LOOKAHEAD = 2', 'LOOKAHEAD = 1']],
] as [string, [string, string]][])('%s fails the run', async (_, change) => {
  const shop = await example('templates')
  await edit(shop, change)
  const measured = await run(shop)
  expect(measured).toMatchObject({ outcome: 'crash', metric: null })
  expect(measured.why).toMatch(/^its evaluator failed: exit code 1: Error: the pages differ from what they were/)
})
