/** Vitest's setup of the files that share a process (test/helpers/alone.ts): each leaves it as it found it. */
import { afterAll, expect } from 'vitest'

// Vitest's own, which name the worker and the file.
const own = /^VITEST/
const variables = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
// Packages take a process that has these for a browser, e.g. cmark-gfm-js, which then exports nothing.
const browser = () => ['window', 'document'].filter(name => name in globalThis)
const state = () => ({ folder: process.cwd(), variables: variables(), browser: browser() })

const found = state()
afterAll(() => expect(state(), 'a file that changes its process belongs into test/helpers/alone.ts').toEqual(found))
