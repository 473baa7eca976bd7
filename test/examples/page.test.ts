import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Example, example, replaced, run } from './example.ts'

async function edit({ folder }: Example, file: string, ...changes: [from: string | RegExp, to: string][]) {
  const path = join(folder, 'src', file)
  await writeFile(path, replaced(await readFile(path, 'utf8'), ...changes))
}

test('the page as it is gives a number that is believed, and a lighter page a smaller number', {
  timeout: 60_000,
}, async () => {
  const page = await example('page')
  const before = await run(page)
  expect(before).toMatchObject({ outcome: 'ok', why: null })

  await edit(
    page,
    'index.html',
    [/"identifier": "[^"]*", /g, ''],
    [/, "description": [^}]*/g, ''],
    [/.*extra\.css.*/, ''],
  )
  await edit(page, 'app.js', ['LAYOUT_EVERY = 1', 'LAYOUT_EVERY = 64'])
  const after = await run(page)
  expect(after.outcome).toBe('ok')
  expect(after.metric).toBeLessThan(before.metric ?? 0)
  expect(after.summary.bytes).toBeLessThan(0.5 * (before.summary.bytes ?? 0))
})

test.each([
  ['another word', 'index.html', ['the oldest first', 'the newest last'], 'text'],
  ['a colour that is one shade off', 'style.css', ['#12324a', '#12324b'], 'headerLooks'],
  [
    'a row that is a pixel higher',
    'style.css',
    ['height: 32px;\n  padding: 0 8px', 'height: 33px;\n  padding: 0 8px'],
    'table',
  ],
  ['a search that finds less', 'app.js', ['word.startsWith(asked)', 'word === asked'], 'har'],
] as [string, string, [string, string], string][])(
  '%s fails the run, which names it',
  {
    timeout: 30_000,
  },
  async (_, file, change, fact) => {
    const page = await example('page')
    await edit(page, file, change)
    const measured = await run(page)
    expect(measured).toMatchObject({ outcome: 'crash', metric: null })
    expect(measured.why).toContain(`exit code 1: Error: the page differs from what it was: ${fact} is `)
  },
)
