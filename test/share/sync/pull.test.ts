import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jsonLine } from '../../../scripts/lib/text.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { exampleSession } from '../../helpers/exampleRecords.ts'
import { git, nightshift, scratch, write } from '../../helpers/throwaway.ts'
import { bareRemote, listed, pullingFrom, sessionFiles } from './remote.ts'

/** Files below `sessions/<id>` on a branch. */
const on = (id: string, over = {}) =>
  Object.fromEntries(
    Object.entries(sessionFiles({ id, ...over })).map(([path, text]) => [`sessions/${id}/${path}`, text]),
  )

test('sessions of other branches are brought in, changed ones again, and what was deleted here stays deleted', async () => {
  const remote = await bareRemote()
  await remote.commit('sessions/h200-abcd', { ...on('a'), ...on('b', { tag: 'other' }) })
  await remote.commit('sessions/mine', on('own'))
  const notebook = await pullingFrom(remote)

  expect(listed(await notebook.pull({ dryRun: true }, 'sessions/mine'))).toEqual(['new a', 'new b'])
  expect(existsSync(join(notebook.root, 'a'))).toBe(false)

  expect(listed(await notebook.pull({ tag: 'other' }, 'sessions/mine'))).toEqual(['new b'])
  expect(listed(await notebook.pull({}, 'sessions/mine'))).toEqual(['new a'])
  const { session, experiments } = await readSession(join(notebook.root, 'a'))
  expect(session.source).toMatchObject({
    kind: 'shared',
    from: `sessions/h200-abcd of ${remote.path}`,
    shared: { branch: 'sessions/h200-abcd', person: 'Ada' },
  })
  expect(session.source?.shared).not.toHaveProperty('signature')
  expect(experiments).toHaveLength(exampleSession().experiments.length)
  expect(await readFile(join(notebook.root, 'a/report.md'), 'utf8')).toContain('sessions/h200-abcd')
  expect(existsSync(join(notebook.root, 'a/runs/0001/1/curve.csv'))).toBe(true)

  expect(listed(await notebook.pull({}, 'sessions/mine'))).toEqual([])
  await rm(join(notebook.root, 'b'), { recursive: true })
  const more = jsonLine({ ...exampleSession().experiments.at(-1), number: 9, description: 'one more' })
  await remote.commit('sessions/h200-abcd', {
    'sessions/a/experiments.jsonl': `${on('a')['sessions/a/experiments.jsonl']}${more}`,
  })
  expect(listed(await notebook.pull({}, 'sessions/mine'))).toEqual(['changed a', 'deleted b'])
  expect((await readSession(join(notebook.root, 'a'))).experiments.at(-1)?.description).toBe('one more')
  expect(listed(await notebook.pull({ restore: ['b'] }, 'sessions/mine'))).toEqual(['new b'])

  await remote.commit('sessions/h200-abcd', { 'sessions/a': null })
  expect(listed(await notebook.pull({}, 'sessions/mine'))).toEqual(['withdrawn a'])
  expect(existsSync(join(notebook.root, 'a/session.json'))).toBe(true)
})

test('a branch that was rewritten is one error, and the others are brought in', async () => {
  const remote = await bareRemote()
  await remote.commit('sessions/a100', on('a'))
  await remote.commit('sessions/h200', on('h'))
  const notebook = await pullingFrom(remote)
  await notebook.pull()
  const tree = await git(remote.path, 'rev-parse', 'sessions/a100^{tree}')
  await remote.commitTree('sessions/a100', tree)
  await remote.commit('sessions/h200', on('h2'))

  const pulled = await notebook.pull()
  expect(listed(pulled)).toEqual(['new h2'])
  expect(pulled.failures.map(f => f.message)).toEqual([
    expect.stringMatching(/^1 branch of .* was rewritten, .*: sessions\/a100 \(\w{7}\)\.$/),
  ])
  expect(pulled.failures[0]?.advice).toContain('sync --accept a100')
  const accepted = await notebook.pull({ accept: ['a100'] })
  expect([listed(accepted), accepted.failures]).toEqual([[], []])
  expect((await notebook.pull()).failures).toEqual([])
  await expect(notebook.pull({ machines: ['rtx'] })).rejects.toThrow('no branch sessions/rtx')
})

test('a session that cannot be read is refused with its reason, and read again only when it has changed', async () => {
  const remote = await bareRemote()
  const newer = { ...JSON.parse(sessionFiles({ id: 'newer' })['session.json'] ?? ''), schema: 99 }
  await remote.commit('sessions/h200', {
    ...on('good', { program: '\u001b[31mred\u202e.md' }),
    'sessions/bad/session.json': '{"id": 3}',
    'sessions/bad/experiments.jsonl': '',
    'sessions/newer/session.json': JSON.stringify(newer),
    'sessions/newer/experiments.jsonl': '',
    'sessions/other/session.json': sessionFiles({ id: 'else' })['session.json'] ?? '',
    'sessions/other/experiments.jsonl': '',
    ...on('ours'),
    ...on('taken'),
    ...on('foreign', { source: { kind: 'session', from: 'x' } }),
    'sessions/__proto__/session.json': '{}',
    'sessions/crash/session.json': sessionFiles({ id: 'crash' })['session.json'] ?? '',
    'sessions/crash/experiments.jsonl': `${jsonLine(exampleSession().experiments[0])}`.repeat(2),
  })
  await remote.commit('sessions/z', on('good'))
  const notebook = await pullingFrom(remote)
  await write(join(notebook.root, 'ours'), sessionFiles({ id: 'ours' }))
  await write(join(notebook.root, 'taken'), sessionFiles({ id: 'taken', source: { kind: 'table', from: 'x.tsv' } }))

  const first = listed(await notebook.pull())
  expect(first).toEqual([
    'refused __proto__: "__proto__" is not a valid session id',
    expect.stringMatching(/^refused bad: session\.json/),
    'refused crash: experiments.jsonl lists an experiment twice',
    'refused foreign: it was not run there: only the notebook in which a session ran shares it',
    'new good',
    expect.stringMatching(/^refused newer: Session newer was written by a newer Nightshift/),
    'refused other: its session.json has another id, else',
    'refused ours: this notebook has a session of its own with this id',
    'refused taken: this notebook has a session with this id, collected from x.tsv',
    'refused good: it was brought from sessions/h200, which the remote still has; delete it here to take this one',
  ])
  expect((await readSession(join(notebook.root, 'good'))).session.program).toBe('red.md')
  expect((await readSession(join(notebook.root, 'ours'))).session.source).toBeUndefined()

  const again = listed(await notebook.pull())
  expect(again.toSorted()).toEqual(first.filter(line => line !== 'new good').toSorted())
  await remote.commit('sessions/h200', on('bad'))
  expect(listed(await notebook.pull())).toContain('new bad')
})

test('a tree that git would not make is refused before anything of it is written', async () => {
  const remote = await bareRemote()
  const text = await remote.blob('x')
  const record = await remote.blob(sessionFiles({ id: 'x' })['session.json'] ?? '')
  const inside = await remote.tree([['100644', 'f', text]])
  let bomb = inside
  for (let depth = 0; depth < 6; depth++)
    bomb = await remote.tree(Array.from({ length: 8 }, (_, i) => ['40000', `d${i}`, bomb]))
  const sessions: [id: string, tree: string][] = [
    ['bomb', await remote.tree([['40000', 'source', bomb]])],
    ['control', await remote.tree([['100644', 'a\u0007b', text]])],
    ['dots', await remote.tree([['40000', '..', inside]])],
    ['git', await remote.tree([['40000', '.GIT', inside]])],
    ['link', await remote.tree([['120000', 'report.md', text]])],
    ['module', await remote.tree([['160000', 'source', 'a'.repeat(40)]])],
    ['slash', await remote.tree([['100644', '../../escape', text]])],
    ['twice', await remote.tree([['100644', 'session.json', record], ['100644', 'session.json', text]])], // biome-ignore format: one line each
    ['under', await remote.tree([['100644', 'source', text], ['40000', 'source', inside]])], // biome-ignore format: one line each
  ]
  const folder = await remote.tree([
    ...sessions.map(([id, tree]): [string, string, string] => ['40000', id, tree]),
    ['40000', '../up', inside],
    ['100644', 'file', text],
    ['40000', 'same', inside],
    ['40000', 'same', inside],
  ])
  await remote.commitTree('sessions/evil', await remote.tree([['40000', 'sessions', folder]]))
  const notebook = await pullingFrom(remote)

  expect(listed(await notebook.pull())).toEqual([
    'refused ../up: "../up" is not a valid session id',
    'refused bomb: it has more than 20000 files',
    'refused control: the path "a b" is not allowed',
    'refused dots: the path "../f" is not allowed',
    'refused file: it is no folder, or is listed twice',
    'refused git: the path ".GIT/f" is not allowed',
    'refused link: report.md is a link',
    'refused module: source is a submodule',
    'refused same: it is no folder, or is listed twice',
    'refused slash: the path "../../escape" is not allowed',
    'refused twice: session.json is listed twice',
    'refused under: source is listed twice',
  ])
  expect(existsSync(join(notebook.root, '../escape'))).toBe(false)
  expect((await readdir(notebook.share.folder)).sort()).toEqual(['repository.git', 'state.json'])
  expect(await readdir(notebook.root)).toEqual([])
})

test('a sync that is killed after a session was brought goes on at the next one', async () => {
  const remote = await bareRemote()
  await remote.commit('sessions/h200', { ...on('a'), ...on('b') })
  const home = await scratch()
  const root = join(home, 'repo')
  const sync = (env = {}) => nightshift(home, 'sync', [remote.path, '--pull'], { ...at, ...env })
  const at = { NIGHTSHIFT_SESSIONS: join(root, 'sessions'), NIGHTSHIFT_WORK: join(root, 'work') }
  expect((await sync({ NIGHTSHIFT_FAILPOINT: 'session brought' })).signal).toBe('SIGKILL')
  expect(await readdir(join(root, 'sessions'))).toEqual(['a'])
  const { stderr, exitCode } = await sync()
  expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/brought +a from sessions\/h200\nbrought +b from/)])
  expect((await sync()).stderr).toContain('nothing new')
})
