import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { Failure } from '../../scripts/lib/errors.ts'
import { newestSession } from '../../scripts/record/files/paths.ts'
import { findSession } from '../../scripts/record/find.ts'
import { nightshift, scratch, sessionsOf } from '../helpers/throwaway.ts'

const ids = ['2026-11-20-cpu-abcd-nov20', '2026-11-21-h200-abcd-nov21', '2026-11-21-h200-abcd-nov21-2']
let root = ''

async function add(id: string, startedAt = `${id.slice(0, 10)}T0${id.length % 10}:00:00Z`): Promise<void> {
  await mkdir(join(root, id), { recursive: true })
  await writeFile(join(root, id, 'session.json'), JSON.stringify({ startedAt }))
}

beforeEach(async () => {
  const repository = join(await scratch(), 'repo')
  await mkdir(repository)
  root = sessionsOf(repository)
  for (const id of ids) await add(id)
})

test.each([
  ['its id', ids[1], ids[1]],
  ['a path of its folder', `sessions/${ids[0]}/`, ids[0]],
  ['the beginning of its id', '2026-11-20', ids[0]],
  ['its id without the date', 'h200-abcd-nov21-2', ids[2]],
  ['the beginning of that', 'cpu-abcd', ids[0]],
  ['its tag', 'nov20', ids[0]],
  ['a tag that begins another', 'nov21', ids[1]],
])('a session is found by %s', async (_, name, id) => {
  expect(await findSession(name ?? '', root)).toBe(id)
})

test('a folder without session.json is found by its full name, since its journal may be intact', async () => {
  await mkdir(join(root, '2026-11-22-cpu-abcd-torn'))
  expect(await findSession('2026-11-22-cpu-abcd-torn', root)).toBe('2026-11-22-cpu-abcd-torn')
})

async function wrong(name: string): Promise<string> {
  const failure: unknown = await findSession(name, root).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Failure)
  const { message, advice } = failure as Failure
  return `${message} ${advice}`
}

test('the error for an unknown name suggests the nearest id or tag, and lists the sessions, newest first', async () => {
  const list = `Sessions in ${root}, newest first:\n${[...ids]
    .reverse()
    .map(id => `  ${id}`)
    .join('\n')}`
  expect(await wrong('2026-11-20-cpu-abdc-nov20')).toBe(
    `There is no session 2026-11-20-cpu-abdc-nov20. Did you mean ${ids[0]}?\n${list}`,
  )
  expect(await wrong('nov02')).toBe(`There is no session nov02. Did you mean nov20?\n${list}`)
  expect(await wrong('weather')).toBe(`There is no session weather. ${list}`)
  for (const name of ['', '.', '..', '../..']) expect(await wrong(name)).toContain('There is no session')
})

test('of many sessions the ten newest are listed, by the time at which they started', async () => {
  for (let n = 10; n < 20; n++) await add(`a-${n}`, `2026-12-${n}T00:00:00Z`)
  const listed = (await wrong('weather')).split('\n').slice(1)
  expect(listed[0]).toBe('  a-19')
  expect(listed[9]).toBe('  a-10')
  expect(listed.slice(10)).toEqual(['  and 3 more'])
})

test('the error for an ambiguous name lists the matching sessions', async () => {
  expect(await wrong('2026-11-21')).toBe(
    `2026-11-21 may be any of 2 sessions. Name one, newest first:\n  ${ids[2]}\n  ${ids[1]}`,
  )
})

test.each([
  ['status', []],
  ['report', []],
  ['report', ['nov21']],
  ['confirm', []],
  ['compare', ['nov21']],
  ['experiment', []],
  ['session', ['--resume']],
])('%s %j and an unknown session: the same error', async (command, before) => {
  const { stderr, exitCode } = await nightshift(join(root, '../repo'), command, [...before, 'nov02'])
  expect(exitCode).toBe(2)
  expect(stderr).toBe(
    `error: There is no session nov02.\n       Did you mean nov20?\n       Sessions in ${root}, newest first:\n${[
      ...ids,
    ]
      .reverse()
      .map(id => `         ${id}`)
      .join('\n')}`,
  )
})

test('a tag finds its own session, not one whose tag or name ends alike', async () => {
  const put = (id: string, text: string, name = 'session.json') =>
    mkdir(join(root, id), { recursive: true }).then(() => writeFile(join(root, id, name), text))
  await put('2026-11-22-cpu-abcd-k-foo-exp', '{"tag":"k-foo-exp"}')
  await put('imported-exp', '{"tag":"other"}')
  expect(await wrong('exp')).toContain('There is no session exp.')
  expect(await findSession('k-foo-exp', root)).toBe('2026-11-22-cpu-abcd-k-foo-exp')
  // One that cannot be read may have the tag; one that has it comes first.
  await put('2026-11-23-cpu-abcd-exp', '{')
  expect(await findSession('exp', root)).toBe('2026-11-23-cpu-abcd-exp')
  await put('under-a-name-of-its-own', '{"tag":"exp"}')
  expect(await findSession('exp', root)).toBe('under-a-name-of-its-own')
})

test('without a name the newest session that ran here is meant, and one of others where none did', async () => {
  await mkdir(join(root, 'brought'))
  const record = { startedAt: '2026-12-01T00:00:00Z', source: { kind: 'shared' } }
  await writeFile(join(root, 'brought/session.json'), JSON.stringify(record))
  expect(await newestSession(root)).toBe(ids[2])
  for (const id of ids) await rm(join(root, id), { recursive: true })
  expect(await newestSession(root)).toBe('brought')
})
