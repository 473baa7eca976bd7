import { expect, test } from 'vitest'
import { command, shellWord } from '../../scripts/lib/command.ts'

test('a command has the form that works wherever npm is installed', () => {
  expect(command('status x --watch')).toBe('npx pnpm status x --watch')
})

test('a word of a command to be copied is quoted where the shell would read it', () => {
  expect(shellWord('autoresearch/nov21')).toBe('autoresearch/nov21')
  expect(shellWord('a b')).toBe("'a b'")
  expect(shellWord("x$(rm -rf ~)';id")).toBe("'x$(rm -rf ~)'\\'';id'")
})
