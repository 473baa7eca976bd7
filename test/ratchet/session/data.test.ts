/** Which data runs get: named by a flag, program.md or the shell of the start, and the same in every later run of the session. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { player } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const run = `echo "measures <$NIGHTSHIFT_DATA>"
awk -v seed="$NIGHTSHIFT_SEED" '{ printf "---\\nloss: %.6f\\n", 2 - $3 / 10 + seed / 10000 }' knobs.txt
`
const step = (rate: number) => `echo 'RATE = ${rate}' > knobs.txt; echo 'RATE to ${rate}'`

/** A target in a folder of its repository. @param more frontmatter lines */
async function lab(more = ''): Promise<string> {
  const root = await repository({ 'lab/knobs.txt': 'RATE = 1\n', 'lab/run.sh': run })
  await write(join(root, '..'), { 'agent.sh': player([2, 3, 4, 5].map(step)) })
  const agent = `agent: { use: command, command: "sh ${join(root, '../agent.sh')}" }\nfallback: []`
  const keys = `edit: knobs.txt\nrun: sh run.sh\nmetric: loss\nbudget: 1s\nseeds: 1\n${agent}\n${more}`
  await write(root, { 'lab/program.md': `---\n${keys}---\n\nMake the loss smaller.\n` })
  return root
}

const start = (root: string, flags: string[] = [], env = {}) =>
  nightshift(root, 'session', ['--program', 'lab/program.md', '--tag', 'try', '--experiments', '1', ...flags], env)

const folderOf = async (root: string, tag = 'try'): Promise<string> =>
  join(
    sessionsOf(root),
    (await readdir(sessionsOf(root))).find(name => name.split('-').slice(5).join('-') === tag) ?? 'none',
  )

/** What each run of a session got, without repeats, and the data that its contract records. */
async function measured(
  root: string,
  tag?: string,
): Promise<{ got: (string | undefined)[]; recorded: unknown; runs: number }> {
  const folder = await folderOf(root, tag)
  const { session } = await readSession(folder)
  // Those of adopt, too, which no experiment holds.
  const logs = (await readdir(join(folder, 'runs'), { recursive: true }))
    .filter(path => path.endsWith('run.log'))
    .map(path => readFile(join(folder, 'runs', path), 'utf8'))
  const got = (await Promise.all(logs)).map(log => /^measures <(.*)>$/m.exec(log)?.[1])
  return { got: [...new Set(got)].sort(), recorded: session.contract.data, runs: got.length }
}

const plain = (text: string) => text.replace(/\s+/g, ' ')

test('a folder of program.md is recorded as it is written, and measured by every later run, whatever the shell says', {
  timeout: 120_000,
}, async () => {
  const root = await lab('data: folder:rows\nsetup: echo "prepares $NIGHTSHIFT_DATA"\n')
  const other = { NIGHTSHIFT_DATA: 'other' }
  const missing = await start(root)
  expect(missing.exitCode).toBe(2)
  expect(plain(missing.stderr)).toContain(`program.md: data: ${root}/lab/rows is not a folder.`)
  expect(existsSync(sessionsOf(root))).toBe(false)

  await mkdir(join(root, 'lab/rows'))
  const first = await start(root, [], other)
  expect(first.exitCode, first.stderr).toBe(0)
  const place = `folder:${root}/lab/rows`
  expect(first.stderr).toContain('data      folder:lab/rows; NIGHTSHIFT_DATA=other of this shell is not used')
  expect(plain(first.stderr)).toContain(`prepares ${place}`)
  const one = await measured(root)
  expect(one).toMatchObject({ got: [place], recorded: 'folder:lab/rows' })
  const report = await readFile(join(await folderOf(root), 'report.md'), 'utf8')
  expect(report).toContain('NIGHTSHIFT_DATA=folder:../lab/rows')
  expect(report).toContain('Data: folder:lab/rows, of which the runs reported nothing.')
  expect(report).not.toContain(`folder:${root}`)

  const id = (await folderOf(root)).split('/').at(-1) ?? ''
  await git(root, 'config', 'user.name', 'A Person')
  await git(root, 'config', 'user.email', 'person@example.org')
  for (const [command, ...args] of [
    ['session', 'resume', 'try', '--experiments', '2'],
    ['confirm', 'try', '--seeds', '2'],
    ['adopt', 'try', '--all', '--seeds', '2'],
  ] as [string, ...string[]][]) {
    const result = await nightshift(root, command, args, other)
    expect([command, result.exitCode, result.exitCode === 0 ? '' : result.stderr]).toEqual([command, 0, ''])
  }
  const where = (await nightshift(root, 'experiment', [id, '--where'])).stdout.trim()
  await writeFile(join(where, 'lab/knobs.txt'), 'RATE = 7\n')
  const byHand = await nightshift(root, 'experiment', [id, '-m', 'by hand'], other)
  expect(byHand.exitCode, byHand.stderr).toBe(0)
  const all = await measured(root)
  expect(all.runs).toBeGreaterThan(one.runs + 4)
  expect(all.got).toEqual([place])

  // The session that it takes says what it measures; program.md no longer does.
  const path = join(root, 'lab/program.md')
  await writeFile(path, (await readFile(path, 'utf8')).replace('data: folder:rows\n', ''))
  const replicate = ['try', '--program', 'lab/program.md', '--seeds', '2']
  const replicated = await nightshift(root, 'replicate', replicate, other)
  expect(replicated.exitCode, replicated.stderr).toBe(0)
  expect(await measured(root, 'replicate-try')).toMatchObject({ got: [place], recorded: 'folder:lab/rows' })

  // So does a session that starts from its final.
  const from = ['--program', 'lab/program.md', '--tag', 'next', '--from', 'try', '--experiments', '1']
  const next = await nightshift(root, 'session', from, other)
  expect(next.exitCode, next.stderr).toBe(0)
  expect(next.stderr).toContain('data      folder:lab/rows; NIGHTSHIFT_DATA=other of this shell is not used')
  expect(await measured(root, 'next')).toMatchObject({ got: [place], recorded: 'folder:lab/rows' })
  const elsewhere = await nightshift(root, 'session', [...from, '--tag', 'third', '--data', 'stories', '--dry-run'])
  expect(plain(elsewhere.stderr)).toContain(
    'try: its runs there got the data folder:lab/rows, and get stories here; --data names them',
  )

  await rm(join(root, 'lab/rows'), { recursive: true })
  for (const [command, ...args] of [
    ['session', 'resume', 'try', '--experiments', '9'],
    ['confirm', 'try'],
  ] as [string, ...string[]][]) {
    const gone = await nightshift(root, command, args)
    expect([command, gone.exitCode]).toEqual([command, 2])
    expect(plain(gone.stderr)).toContain(`data: ${root}/lab/rows is not a folder.`)
  }
  expect((await measured(root)).runs).toBe(all.runs)
})

test('the shell of the start names the data of a session whose program does not, and no later shell does', {
  timeout: 60_000,
}, async () => {
  const root = await lab()
  expect((await start(root, [], { NIGHTSHIFT_DATA: 'mine:5' })).exitCode).toBe(0)
  expect(await measured(root)).toMatchObject({ got: ['mine:5'], recorded: 'mine:5' })
  for (const [n, env] of [{}, { NIGHTSHIFT_DATA: 'other' }].entries())
    expect((await nightshift(root, 'session', ['resume', 'try', '--experiments', `${n + 2}`], env)).exitCode).toBe(0)
  expect((await measured(root)).got).toEqual(['mine:5'])
})

test('a session without data gets none from a later shell', async () => {
  const root = await lab()
  expect((await start(root)).exitCode).toBe(0)
  const resumed = await nightshift(root, 'session', ['resume', 'try', '--experiments', '2'], {
    NIGHTSHIFT_DATA: 'other',
  })
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect(resumed.stderr).toContain('data      none is named; NIGHTSHIFT_DATA=other of this shell is not used')
  expect(await measured(root)).toMatchObject({ got: [''], recorded: null })
})

test('a session of a version that did not record its data gets it from the shell, as it did', async () => {
  const root = await lab()
  const shell = { NIGHTSHIFT_DATA: 'folder:rows' }
  await mkdir(join(root, 'rows'))
  expect((await start(root)).exitCode).toBe(0)
  const journal = files.journal(await folderOf(root))
  const [first = '', ...rest] = (await readFile(journal, 'utf8')).split('\n')
  expect(first).toContain('"data":null,"budget"')
  await writeFile(journal, [first.replace('"data":null,"budget"', '"budget"'), ...rest].join('\n'))
  const resumed = await nightshift(root, 'session', ['resume', 'try', '--experiments', '2'], shell)
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect(plain(resumed.stderr)).toContain(
    'data folder:rows, by NIGHTSHIFT_DATA of this shell: its records do not hold it',
  )
  expect(await measured(root)).toMatchObject({ got: ['', 'folder:rows'], recorded: undefined })
})

test('a flag stands above program.md, and its folder is relative to where it is typed', async () => {
  const root = await lab('data: stories\n')
  await mkdir(join(root, 'rows'))
  const flags = ['--data', 'folder:rows']
  const dry = await start(root, [...flags, '--dry-run'], { NIGHTSHIFT_DATA: 'other' })
  expect(dry.stderr).toContain('data      folder:rows; NIGHTSHIFT_DATA=other of this shell is not used')
  expect(JSON.parse((await start(root, [...flags, '--dry-run', '--json'])).stdout)).toMatchObject({
    data: 'folder:rows',
    contract: { data: 'folder:rows' },
  })
  expect((await start(root, ['--dry-run'])).stderr).toContain('data      stories\n')
  expect((await start(root, flags)).exitCode).toBe(0)
  expect(await measured(root)).toMatchObject({ got: [`folder:${root}/rows`], recorded: 'folder:rows' })
  const resumed = await nightshift(root, 'session', ['resume', 'try', ...flags])
  expect(resumed.stderr).toContain('--data cannot be changed when a session is resumed.')
})

test.each([
  [
    'a flag with a folder that is not there',
    ['--data', 'folder:~/no such'],
    {},
    `--data: ${homedir()}/no such is not a folder.`,
  ],
  ['a variable with one', [], { NIGHTSHIFT_DATA: 'folder:none' }, '/none is not a folder.'],
  ['a folder without its path', ['--data', 'folder:'], {}, '--data: found "folder:".'],
  [
    'two lines',
    ['--data', 'a\nb'],
    {},
    '--data: found "a\\nb". It takes one line, without control or invisible characters.',
  ],
  [
    'a variable with an escape',
    [],
    { NIGHTSHIFT_DATA: 'a\u001b[1mb' },
    'NIGHTSHIFT_DATA: found "a\\u001b[1mb". It takes',
  ],
  ['a key', ['--data', 'https://me:hunter2hunter2@example.org/rows'], {}, '--data holds what looks like a key.'],
])('%s is one error before anything is made', async (_, flags, env, said) => {
  const root = await lab()
  const result = await start(root, flags, env)
  expect(result.exitCode).toBe(2)
  expect(plain(result.stderr)).toContain(said)
  expect(existsSync(sessionsOf(root))).toBe(false)
})
