import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { commandNames, commands } from '../../../scripts/lib/help/commands.ts'
import { fold, helpText } from '../../../scripts/lib/help/help.ts'
import { notebook } from '../../../scripts/lib/paths.ts'
import { nightshift } from '../../helpers/throwaway.ts'

const packages = z.object({ scripts: z.record(z.string(), z.string()) })

test('the list of commands is that of package.json', () => {
  const { scripts } = packages.parse(JSON.parse(readFileSync(join(notebook, 'package.json'), 'utf8')))
  const own = Object.entries(scripts).filter(([name]) => name !== 'test' && name !== 'nightshift')
  expect(own.map(([name]) => name).sort()).toEqual([...commandNames].sort())
  for (const [name, runs] of own)
    expect(runs.replace(/ --(all|max-semi-space-size=4)/, '')).toBe(
      `node scripts/install.mjs && exec env node --import=./scripts/compileCache.mjs scripts/${name}.ts`,
    )
})

test.each(commands)('$name --help says what the list says of it, and each of its flags, in 80 columns', async entry => {
  const { name, does } = entry
  const path = join(notebook, `scripts/${name}.ts`)
  const { stdout } = await execa(process.execPath, [path, '--help'], { env: { COLUMNS: '80' } })
  const [usage, , line] = stdout.split('\n')
  expect(usage).toMatch(new RegExp(`^npx pnpm ${name} `))
  expect(line?.toLowerCase()).toBe(`${does}.`.toLowerCase())
  expect(stdout).toMatch(/\nExamples?: npx pnpm /)
  for (const text of stdout.split('\n').filter(text => !/^Example|^ +npx pnpm/.test(text)))
    expect([...text].length, text).toBeLessThanOrEqual(80)

  // What it takes is what it names for a flag that it does not know.
  const wrong = await nightshift(notebook, name, ['--zzzzzzzzzz'])
  expect(wrong.exitCode).toBe(2)
  const flags = /Flags: (.*)\./.exec(wrong.stderr)?.[1]?.split(', ') ?? []
  expect(flags.length).toBeGreaterThan(1)
  for (const flag of flags) expect(stdout).toMatch(new RegExp(`^ +(-\\w, )?${flag}\\b`, 'm'))
})

test('rows are folded at their text, paragraphs at the margin, examples not at all', () => {
  const body = `
  --a N   one two three
          four (5)
  --long-name-of-a-flag WORD  text
  --none

Words that go
on.

Example: stays as it is, however long the line may be`.slice(1)
  expect(fold(body, 24)).toBe(
    [
      '  --a N   one two three',
      '          four (5)',
      '  --long-name-of-a-flag WORD',
      '          text',
      '  --none',
      '',
      'Words that go on.',
      '',
      'Example: stays as it is, however long the line may be',
    ].join('\n'),
  )
})

test('a word that is longer than the width stands alone, and so does a command', () => {
  expect(fold('go on with `pnpm a --b c`, then', 16)).toBe('go on with\n`pnpm a --b c`,\nthen')
  expect(fold('see https://example.org/a/long/address now', 10)).toBe('see\nhttps://example.org/a/long/address\nnow')
})

test('--help begins with how the command is called and what it does', () => {
  expect(helpText('demo', '[flags]', '\n  --help\n', 80)).toBe(
    `npx pnpm demo [flags]\n\nRuns a small session on this machine, up to its pages.\n\n  --help`,
  )
})
