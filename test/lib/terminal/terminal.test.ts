import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { openTerminal } from '../../../scripts/lib/terminal/terminal.ts'

afterEach(() => void vi.unstubAllEnvs())

/** A stream that keeps what is written to it. @param columns null: not a terminal */
function screen(columns: number | null) {
  let written = ''
  const stream = new Writable({
    write: (chunk, _, done) => {
      written += String(chunk)
      done()
    },
  })
  const tty = columns === null ? {} : { isTTY: true, columns, getColorDepth: () => 8 }
  return { stream: Object.assign(stream, tty) as unknown as NodeJS.WriteStream, text: () => written }
}

const row = 'crash    a change with a long description that fails (Crash: exit code 1: NameError: x)'

test('a step wraps between words, indented, with its time at the end', () => {
  vi.stubEnv('COLUMNS', undefined)
  const { stream, text } = screen(null)
  const terminal = openTerminal(stream)
  terminal.step('note', 'train.py has uncommitted changes; the session starts from HEAD, without them')
  terminal.step('0007', row, 12, { verdict: 'crash', hang: 9 })
  terminal.step('next', `npx pnpm session resume ${'x'.repeat(70)}`)
  expect(text().split('\n')).toEqual([
    'note      train.py has uncommitted changes; the session starts from HEAD,',
    '          without them',
    '0007      crash    a change with a long description that fails (Crash: exit code',
    '                   1: NameError: x)  12 s',
    `next      npx pnpm session resume ${'x'.repeat(70)}`,
    '',
  ])
})

test('the current activity takes no more than one line of the terminal, whatever its script', () => {
  const { stream, text } = screen(20)
  openTerminal(stream).live(`train     0001  ${'学習率'.repeat(20)}`)
  expect(text()).toBe('\r\u001b[Ktrain     0001  学')
})

test('on a terminal a keep is green, a failed run red, and nothing else has a colour', () => {
  vi.stubEnv('NO_COLOR', undefined)
  vi.stubEnv('NODE_DISABLE_COLORS', undefined)
  vi.stubEnv('FORCE_COLOR', undefined)
  const { stream, text } = screen(60)
  const terminal = openTerminal(stream)
  terminal.step('0001', 'keep     1.5', 3, { verdict: 'keep', hang: 9 })
  terminal.step('0002', 'discard  1.6', 3, { verdict: 'discard', hang: 9 })
  terminal.step('0003', row, 3, { verdict: 'crash', hang: 9 })
  terminal.headline('The end')
  const colours = [...text().matchAll(/\u001b\[3\dm(\S+?)\u001b\[39m/g)].map(([code, word]) => [code.slice(1, 5), word])
  expect(colours).toEqual([
    ['[32m', 'keep'],
    ['[31m', 'crash'],
  ])
  expect(text().match(/\u001b\[(3|4|9)\d/g)).toHaveLength(4)
  for (const line of stripVTControlCharacters(text()).split('\n')) expect(line.length).toBeLessThanOrEqual(60)
})
