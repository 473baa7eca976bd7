/** Rebuild triggers, with fake builds and records. */
import { expect, test } from 'vitest'
import type { Built } from '../../../scripts/notebook/serve/build.ts'
import { rebuildOnChange } from '../../../scripts/notebook/serve/rebuild.ts'
import type { View } from '../../../site/data/view.ts'

/** Polls the given states of the records one by one. @returns the states that were built */
async function builtOver(states: Record<string, string>[], running: string[] = [], failing: string[] = []) {
  const stop = new AbortController()
  const [built, put, errors]: [string[], Built[], unknown[]] = [[], [], []]
  const left = states.map(state => new Map(Object.entries(state)))
  const first = { versions: new Map([['a', '1']]) } as unknown as Built
  const keeping = {
    records: {
      versions: async () => {
        const next = left.shift() ?? new Map()
        if (left.length === 0) stop.abort()
        return next
      },
      session: async (id: string) => ({ running: running.includes(id) }) as View,
    },
    builds: {
      next: async (versions: ReadonlyMap<string, string>, gently: boolean) => {
        expect(gently).toBe(true)
        const text = [...versions].flat().join('')
        built.push(text)
        if (failing.includes(text)) throw new Error('it failed')
        return { versions } as Built
      },
    },
    reportError: (error: unknown) => void errors.push(error),
    signal: stop.signal,
    pace: 0,
  }
  await rebuildOnChange(keeping, first, next => void put.push(next))
  return { built, put: put.length, errors: errors.length }
}

test('a finished, new or removed session triggers a build once nothing changes any more', async () => {
  expect(await builtOver([{ a: '1' }, { a: '1' }])).toMatchObject({ built: [] })
  expect(await builtOver([{ a: '2' }, { a: '3' }, { a: '3' }, { a: '3' }, { a: '3' }])).toMatchObject({ built: ['a3'] })
  expect(
    await builtOver([
      { a: '1', b: '1' },
      { a: '1', b: '1' },
    ]),
  ).toMatchObject({ built: ['a1b1'] })
  expect(await builtOver([{}, {}])).toMatchObject({ built: [''], put: 1 })
})

test('a running session triggers no build', async () => {
  const states = [
    { a: '1', b: '1' },
    { a: '1', b: '2' },
    { a: '1', b: '2' },
  ]
  expect(await builtOver(states, ['b'])).toMatchObject({ built: [] })
})

test('a failed build keeps the last one and is retried after a change', async () => {
  const states = [{ a: '2' }, { a: '2' }, { a: '2' }, { a: '3' }, { a: '3' }]
  expect(await builtOver(states, [], ['a2'])).toEqual({ built: ['a2', 'a3'], put: 1, errors: 1 })
})
