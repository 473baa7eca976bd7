/** Vitest's setup of the files that share a process (test/helpers/alone.ts): each leaves it as it found it. */
import { afterAll, expect } from 'vitest'

// Vitest's own, which name the worker and the file.
const own = /^VITEST/
const variables = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
const state = () => ({ folder: process.cwd(), variables: variables() })

const found = state()
afterAll(() => expect(state(), 'a file that changes its process belongs into test/helpers/alone.ts').toEqual(found))
