/** `pnpm report --agent`, and the report at the end of a session. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readJson } from '../../../scripts/lib/files/read.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import type { Session } from '../../../scripts/record/schema.ts'
import { writingSchema } from '../../../scripts/report/agent/schema.ts'
import { exampleSession } from '../../helpers/exampleRecords.ts'
import { player, program, set, trainer } from '../../helpers/target.ts'
import { git, nightshift, repository, scratch, sessionsOf, write } from '../../helpers/throwaway.ts'

/** A repository with the example session, and the session's folder. */
async function example(over: Partial<Session> = {}): Promise<{ root: string; folder: string }> {
  const root = join(await scratch(), 'repo')
  const { session, experiments, patches } = exampleSession()
  const id = over.id ?? session.id
  const folder = join(sessionsOf(root), id)
  await mkdir(root, { recursive: true })
  await mkdir(folder, { recursive: true })
  await writeFile(files.session(folder), JSON.stringify({ ...session, ...over }))
  await writeFile(files.experiments(folder), experiments.map(e => `${JSON.stringify(e)}\n`).join(''))
  for (const [number, patch] of patches) {
    await mkdir(dirname(files.patch(folder, number)), { recursive: true })
    await writeFile(files.patch(folder, number), patch)
  }
  return { root, folder }
}

/** A program that inserts these texts after the answer, one per round. */
async function writer(root: string, ...turns: string[]): Promise<string[]> {
  const path = join(root, '../writer.mjs')
  const text = `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
const count = existsSync(${JSON.stringify(`${path}.n`)}) ? Number(readFileSync(${JSON.stringify(`${path}.n`)})) : 0
writeFileSync(${JSON.stringify(`${path}.n`)}, String(count + 1))
const words = ${JSON.stringify(turns)}[count]
const report = readFileSync('report.md', 'utf8')
const answer = '::part{answer}'
const [before, after] = report.split(answer)
if (words) writeFileSync('report.md', before + answer + '\\n\\n' + words + '\\n\\n' + after.slice(after.indexOf('## ')))
console.log('done')
`
  await writeFile(path, text)
  return ['--agent', 'command', '--command', `${process.execPath} ${path}`]
}

const report = (folder: string) => readFile(files.report(folder), 'utf8')
const check = (folder: string) => readJson(files.reportCheck(folder), writingSchema)

test('an agent’s prose is in the report with numbers filled in, survives a rewrite, and is removed by --agent none', async () => {
  const { root, folder } = await example()
  const agent = await writer(root, 'All of it rests on :fact[headline.seeds]; most came from :exp[1].')
  const { exitCode, stderr } = await nightshift(root, 'report', agent)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('prose     command: the checker found 0; 0 cut')
  const text = await report(folder)
  expect(text).toContain('All of it rests on 2 seeds; most came from 0001.')
  expect(text).toContain('were written by command on cpu')
  expect(await readdir(folder)).toEqual(
    expect.arrayContaining(['report.check.json', 'report.jsonl', 'report.source.md']),
  )

  expect((await nightshift(root, 'report')).exitCode).toBe(0)
  expect(await report(folder)).toBe(text)

  await nightshift(root, 'report', ['--agent', 'none'])
  expect(await report(folder)).toContain("Written by Nightshift's template, not by a model.")
  expect(await report(folder)).not.toContain('All of it rests')
  expect(await readdir(folder)).not.toContain('report.check.json')
})

test('planted errors are sent back, fixed or cut, and the report counts them', async () => {
  const { root, folder } = await example()
  const wrong = 'It is <b>40</b> times better, see https://example.org and :exp[77]. Thrice as good. It was a proof.'
  const agent = await writer(root, wrong, 'Better. It is 40 times better.', 'Better. It is forty times better.')
  const { stderr } = await nightshift(root, 'report', agent)
  expect(stderr).toMatch(/command: the checker found \d+, then 1, then 1; 1 cut/)
  const { rounds, cut } = await check(folder)
  expect(new Set(rounds[0]?.map(({ kind }) => kind))).toEqual(
    new Set(['html', 'number', 'link', 'reference', 'numeral', 'confirmation']),
  )
  expect(cut).toMatchObject([{ kind: 'numeral', found: 'forty' }])
  const text = await report(folder)
  expect(text).toContain('\n\nBetter.\n\n')
  expect(text).toContain('1 mistake stayed and was cut with its sentence.')
  expect(text).not.toMatch(/forty|example\.org|(?<!<summary>)<b>/)
})

test('a sentence that calls a fact confirmed is cut when the fact no longer is', async () => {
  const { root, folder } = await example()
  await nightshift(
    root,
    'report',
    await writer(root, 'A gain of :fact[headline.gain] is confirmed. It began with :exp[1].'),
  )
  expect(await report(folder)).toContain('A gain of −0.1340 ± 0.0065 is confirmed. It began')
  const { experiments } = await readSession(folder)
  const fewer = experiments.map(e => ({ ...e, runs: e.runs.filter(run => run.purpose !== 'confirm') }))
  await writeFile(files.experiments(folder), fewer.map(e => `${JSON.stringify(e)}\n`).join(''))
  expect((await nightshift(root, 'report')).exitCode).toBe(0)
  expect(await report(folder)).toContain('\n\nIt began with 0001.\n\n')
  expect(await report(folder)).not.toContain('A gain of')
  expect((await check(folder)).cut.map(({ kind }) => kind)).toContain('reference')
})

test('if the agent is down, the template or the earlier prose stays, and one line says so', async () => {
  const { root, folder } = await example()
  const down = ['--agent', 'command', '--command', 'echo no credit >&2; exit 75']
  const { exitCode, stderr } = await nightshift(root, 'report', down)
  expect(exitCode).toBe(0)
  expect(stderr).toContain('by the template: command failed: The command agent is down for now: no credit')
  expect(await report(folder)).toContain('not by a model: command was asked, but The command agent is down')
  await nightshift(root, 'report', await writer(root, 'It began with :exp[1].'))
  await nightshift(root, 'report', down)
  expect(await report(folder)).toContain('It began with 0001.')
})

/** Runs a session of one experiment on the tiny target. */
async function session(root: string, more: string, step: string) {
  await write(join(root, '..'), { 'agent.sh': player([step]) })
  await write(root, { 'program.md': program(join(root, '../agent.sh'), more) })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the program')
  const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '1', '--seeds', '1']
  const result = await nightshift(root, 'session', args)
  const [id = ''] = await readdir(sessionsOf(root))
  return { ...result, folder: join(sessionsOf(root), id) }
}

test('at the end of a session the agent named in program.md writes the report', {
  timeout: 60_000,
}, async () => {
  const root = await repository({ 'train.js': trainer })
  const [, , , command] = await writer(root, 'It began with :exp[1].')
  const more = `report: { agent: { use: command, command: ${JSON.stringify(command)} } }\n`
  const { exitCode, stderr, folder } = await session(root, more, set('RATE', '0.04'))
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('prose     command: the checker found 0; 0 cut')
  expect(await report(folder)).toContain('It began with 0001.')
})

test('a failed report does not lose the session', { timeout: 60_000 }, async () => {
  const root = await repository({ 'train.js': trainer })
  const spoil = `for s in ${sessionsOf(root)}/*; do mkdir -p $s/report.md/full; done; ${set('RATE', '0.04')}`
  const { exitCode, stderr, folder } = await session(root, '', spoil)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toMatch(/report +failed: .*; the session is saved, retry with `npx pnpm report/)
  const { session: record, experiments } = await readSession(folder)
  expect(record.stop?.kind).toBe('experiments')
  expect(experiments.map(({ status }) => status)).toEqual(['keep', 'keep'])
})

test('several sessions, or a week, give one report in the sessions folder', async () => {
  const { root, folder } = await example({ startedAt: '2020-01-01T00:00:00Z' })
  const { session, experiments, patches } = exampleSession()
  const other = join(sessionsOf(root), '2026-11-19-cpu-abcd-nov19')
  await mkdir(dirname(files.patch(other, 1)), { recursive: true })
  await writeFile(files.patch(other, 1), patches.get(1) ?? '')
  const recent = { id: '2026-11-19-cpu-abcd-nov19', tag: 'nov19', startedAt: new Date().toISOString() }
  await writeFile(files.session(other), JSON.stringify({ ...session, ...recent }))
  await writeFile(
    files.experiments(other),
    experiments
      .slice(0, 2)
      .map(e => `${JSON.stringify(e)}\n`)
      .join(''),
  )

  const out = join(root, 'both.md')
  const words = 'It is as :fact[nov20/headline.gain] says. 12 of it was luck.'
  const command = `grep -q luck report.md || sed -i.bak 's|^## The sessions|${words}\\n\\n&|' report.md`
  const agent = ['--agent', 'command', '--command', command]
  const both = await nightshift(root, 'report', [folder, other, '--out', out, '--json', ...agent])
  expect(both.exitCode, both.stderr).toBe(0)
  expect(both.stderr).toContain(
    '2 sessions, 3 changes kept: 1 replicated, 0 contradicted, 2 untested in other sessions.',
  )
  expect(both.stderr).toContain('command: the checker found 1; 1 cut')
  expect(JSON.parse(both.stdout).sessions).toHaveLength(2)
  const text = await readFile(out, 'utf8')
  expect(text).toContain('“LEARNING_RATE 3e-3 → 1.2e-2”')
  expect(text).toContain('\n\nIt is as −0.1340 ± 0.0065 says.\n\n')

  const week = await nightshift(root, 'report', ['--week'])
  expect(week.exitCode, week.stderr).toBe(0)
  const [name = ''] = (await readdir(sessionsOf(root))).filter(file => /^week-.*\.md$/.test(file))
  expect(await readFile(join(sessionsOf(root), name), 'utf8')).toContain('· 1 session on 1 machine: no gain confirmed')
})

test('a week without sessions is one error', async () => {
  const { root } = await example({ startedAt: '2020-01-01T00:00:00Z' })
  const { exitCode, stderr } = await nightshift(root, 'report', ['--week'])
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('No session started in the last seven days.')])
})
