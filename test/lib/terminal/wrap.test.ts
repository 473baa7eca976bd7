import fc from 'fast-check'
import { expect, test } from 'vitest'
import { widthOf } from '../../../scripts/lib/terminal/width.ts'
import { columnsOf, wrap, wrapAfter } from '../../../scripts/lib/terminal/wrap.ts'

test('the width is that of the terminal, else COLUMNS, else 80', () => {
  const stated = process.env.COLUMNS
  try {
    delete process.env.COLUMNS
    expect(columnsOf({})).toBe(80)
    process.env.COLUMNS = '132'
    expect(columnsOf({})).toBe(132)
    expect(columnsOf({ columns: 60 })).toBe(60)
    process.env.COLUMNS = 'wide'
    expect(columnsOf({})).toBe(80)
  } finally {
    if (stated === undefined) delete process.env.COLUMNS
    else process.env.COLUMNS = stated
  }
})

test('lines break between words; a longer word and a command stand alone', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three'])
  expect(wrap('at trainer/.venv/bin/python now', 8)).toEqual(['at', 'trainer/.venv/bin/python', 'now'])
  expect(wrap('then `npx pnpm status --watch`.', 20)).toEqual(['then', '`npx pnpm status --watch`.'])
  expect(wrap('npx pnpm session resume x', 8)).toEqual(['npx pnpm session resume x'])
  expect(wrap('seed 1001  2.844', 80)).toEqual(['seed 1001  2.844'])
  expect(wrap('', 8)).toEqual([''])
})

test('further lines are indented past the head', () => {
  expect(wrapAfter('note      ', 'one two three', 18)).toBe('note      one two\n          three')
  expect(wrapAfter('error: ', 'one\n  two', 80)).toBe('error: one\n         two')
})

test('no word is lost or split, for any text and width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, unit: 'grapheme' })),
      fc.integer({ min: 1, max: 40 }),
      (parts, width) => {
        const words = parts
          .join(' ')
          .split(/\s+/)
          .filter(word => word !== '')
        const text = words.join(' ')
        const lines = wrap(text, width)
        expect(lines.join(' ')).toBe(text)
        for (const line of lines)
          if (!/[\s`]/.test(line)) continue
          else if (!line.includes('`')) expect(widthOf(line)).toBeLessThanOrEqual(width)
      },
    ),
  )
})
