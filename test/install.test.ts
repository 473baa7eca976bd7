/** Each script installs the packages that it needs, with the real pnpm and packages from a folder. */
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { notebook } from '../scripts/lib/paths.ts'
import { scratch, untilLast, write } from './helpers/throwaway.ts'

let root = ''

const manifest = (dependencies: object, devDependencies: object) =>
  JSON.stringify({ name: 'target', version: '1.0.0', dependencies, devDependencies })

const local = (name: string) => JSON.stringify({ name, version: '1.0.0' })

/** Runs install.mjs in the copy. */
const install = (...args: string[]) =>
  execa(process.execPath, ['scripts/install.mjs', ...args], {
    cwd: root,
    reject: false,
    env: { PATH: [join(notebook, 'node_modules/.bin'), process.env.PATH].join(delimiter) },
  })

const isThere = (name: string): boolean => existsSync(join(root, 'node_modules', name))

beforeAll(async () => {
  root = await scratch(untilLast())
  await mkdir(join(root, 'scripts'))
  await copyFile(join(notebook, 'scripts/install.mjs'), join(root, 'scripts/install.mjs'))
  await write(root, {
    'package.json': manifest({ used: 'file:./used' }, { tested: 'file:./tested' }),
    'pnpm-workspace.yaml': 'verifyDepsBeforeRun: false\n',
    'used/package.json': local('used'),
    'tested/package.json': local('tested'),
  })
  await execa(join(notebook, 'node_modules/.bin/pnpm'), ['install', '--lockfile-only', '--offline'], { cwd: root })
})

test('the first command installs the packages without those of the tests, and says so in one line', async () => {
  const { exitCode, stdout, stderr } = await install()
  expect(exitCode, stderr).toBe(0)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^install {3}1 package, without those of the tests {2}[\d.]+ s$/)
  expect([isThere('used'), isThere('tested')]).toEqual([true, false])
})

test('the next command installs nothing and prints nothing', async () => {
  const { exitCode, stdout, stderr } = await install()
  expect([exitCode, stdout, stderr]).toEqual([0, '', ''])
})

test('tests and benchmarks add the packages of the tests', async () => {
  const { exitCode, stderr } = await install('--all')
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toMatch(/^install {3}\d packages? {2}/)
  expect([isThere('used'), isThere('tested')]).toEqual([true, true])
})

test('a later command leaves them there', async () => {
  const { exitCode, stderr } = await install()
  expect([exitCode, stderr]).toEqual([0, ''])
  expect(isThere('tested')).toBe(true)
})

test('packages that are gone are installed again', async () => {
  await rm(join(root, 'node_modules'), { recursive: true })
  const { exitCode, stderr } = await install()
  expect(exitCode, stderr).toBe(0)
  expect([isThere('used'), isThere('tested')]).toEqual([true, false])
})

test('a command runs with the Node that its installation brought, also in a shell that remembers where Node was', async () => {
  const { scripts } = JSON.parse(await readFile(join(notebook, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const bin = join(await scratch(), 'bin')
  await write(join(bin, '..'), {
    'machine/node': `#!/bin/sh\nmkdir -p ${bin} && ln -sf ../installed ${bin}/node\n`,
    installed: '#!/bin/sh\necho installed "$1"\n',
  })
  for (const file of ['machine/node', 'installed']) await chmod(join(bin, '..', file), 0o755)
  const env = { PATH: [bin, join(bin, '../machine'), process.env.PATH].join(delimiter) }
  for (const shell of ['sh', 'bash']) {
    const { stdout } = await execa(shell, ['-c', scripts.demo ?? ''], { env })
    expect(stdout, shell).toBe('installed --import=./scripts/compileCache.mjs')
    await rm(bin, { recursive: true })
  }
})

test('an installation that fails says why and what shows more, and the command does not run', async () => {
  await write(root, { 'package.json': manifest({ used: 'file:./used', other: 'file:./missing' }, {}) })
  const { exitCode, stderr } = await install()
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/^error: pnpm install failed\.\n/)
  expect(stderr).toContain('lockfile')
  expect(stderr).toContain('`npx pnpm install` shows all of its output.')
})
