import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands, groups } from '../scripts/lib/help/commands.ts'
import { nightshift, scratch } from './helpers/throwaway.ts'

test('nightshift lists the commands by group, each with its line', async () => {
  const root = await scratch()
  const { stdout, exitCode } = await nightshift(root, 'nightshift')
  expect(exitCode).toBe(0)
  for (const group of groups) expect(stdout).toContain(`\n${group}\n  `)
  for (const { name, does } of commands)
    expect(stdout.replace(/\n {3,}/g, ' ')).toMatch(new RegExp(`\n  ${name} +${does}`))
  for (const flag of ['--help', '-h']) expect((await nightshift(root, 'nightshift', [flag])).stdout).toBe(stdout)
})

test('nightshift runs a command with its arguments and ends as it ends', async () => {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  const alone = await nightshift(root, 'status', ['--help'])
  const { stdout } = await nightshift(root, 'nightshift', ['status', '--help'])
  expect(stdout).toBe(alone.stdout)
  expect((await nightshift(root, 'nightshift', ['--', 'status', '--help'])).stdout).toBe(alone.stdout)

  const failed = await nightshift(root, 'nightshift', ['report', 'nobody', '--json'])
  expect([failed.exitCode, failed.stderr]).toEqual([2, expect.stringContaining('error: There is no session nobody.')])
})

test('a session in the background starts, too', async () => {
  const root = join(await scratch(), 'repo')
  await mkdir(root)
  const background = ['session', '--program', 'nowhere.md', '--detach']
  const { stderr, exitCode } = await nightshift(root, 'nightshift', background)
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^error: \S*nowhere\.md/)])
})

test('an unknown command is an error with the nearest, else with all', async () => {
  const root = await scratch()
  const near = await nightshift(root, 'nightshift', ['raport', '--week'])
  expect([near.exitCode, near.stderr]).toEqual([2, 'error: Unknown command raport.\n       Did you mean report?'])
  const far = await nightshift(root, 'nightshift', ['weather'])
  expect(far.stderr).toBe(
    `error: Unknown command weather.\n       Commands: ${commands.map(({ name }) => name).join(', ')}.`,
  )
})

test.each([
  ['session', '--experimets', '--experiments'],
  ['confirm', '--seed', '--seeds'],
  ['status', '--wach', '--watch'],
])('%s %s gets the flag that was meant', async (command, typed, meant) => {
  const { stderr, exitCode } = await nightshift(await scratch(), command, [typed, '3'])
  expect([exitCode, stderr]).toEqual([2, `error: Unknown option ${typed}.\n       Did you mean ${meant}?`])
})
