import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, retyped, shellWord, storedCommand } from '../../scripts/lib/command.ts'
import { notebook } from '../../scripts/lib/paths.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'))
  const scripts = { ask: 'node ask.ts' }
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'asks', private: true, type: 'module', scripts }),
  )
  const module = JSON.stringify(join(notebook, 'scripts/lib/command.ts'))
  await writeFile(
    join(folder, 'ask.ts'),
    `import { command } from ${module}\nprocess.stdout.write('typed: ' + command('status x --watch') + '\\n')\n`,
  )
  const shim = (path: string) => writeFile(path, `#!/bin/sh\nexec '${join(notebook, 'node_modules/.bin/pnpm')}' "$@"\n`)
  for (const where of ['node_modules/.bin', 'global']) {
    await mkdir(join(folder, where), { recursive: true })
    await shim(join(folder, where, 'pnpm'))
    await chmod(join(folder, where, 'pnpm'), 0o755)
  }
})
afterAll(() => rm(folder, { recursive: true }))

/** What the program prints as the command, called by a program of PATH in an environment without traces of npm and pnpm. */
function typed(program: string, ...args: string[]): string | undefined {
  const kept = Object.entries(process.env).filter(([name]) => !/^p?npm_/i.test(name))
  // This Node first: another may not read TypeScript.
  const path = [join(process.execPath, '..'), join(folder, 'global'), process.env.PATH].join(delimiter)
  const output = execFileSync(program, args, {
    cwd: folder,
    env: { ...Object.fromEntries(kept), PATH: path },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return /^typed: (.*)$/m.exec(output)?.[1]
}

test('a command is printed as it was called: by npx, by an installed pnpm, by npm', () => {
  expect(typed('npx', 'pnpm', 'ask')).toBe('npx pnpm status x --watch')
  expect(typed('pnpm', 'ask')).toBe('pnpm status x --watch')
  expect(typed('npm', 'run', 'ask')).toBe('npm run status -- x --watch')
  expect(typed('node', 'ask.ts')).toBe('npx pnpm status x --watch')
}, 60_000)

test('what calls otherwise gets what always works', () => {
  for (const agent of [undefined, '', 'yarn/4.9.1 npm/? node/v24', 'bun/1.3.0'])
    expect(command('status', { npm_config_user_agent: agent })).toBe('npx pnpm status')
  expect(command('status', { npm_config_user_agent: 'npm/11.1.0', npm_command: 'exec' })).toBe('npx pnpm status')
  expect(command('status', { npm_config_user_agent: 'npm/10.1.0', npm_command: 'run-script' })).toBe('npm run status')
})

test('a stored command is the same for all, and is printed as this user types it', () => {
  expect(storedCommand('site')).toBe('npx pnpm site')
  const installed = { npm_config_user_agent: 'pnpm/12.21.0' }
  expect(retyped('npx pnpm site --serve', installed)).toBe('pnpm site --serve')
  expect(retyped('npx pnpm site --serve', {})).toBe('npx pnpm site --serve')
})

test('a word of a command to be copied is quoted where the shell would read it', () => {
  expect(shellWord('autoresearch/nov21')).toBe('autoresearch/nov21')
  expect(shellWord('a b')).toBe("'a b'")
  expect(shellWord("x$(rm -rf ~)';id")).toBe("'x$(rm -rf ~)'\\'';id'")
})
