/** A target whose runs log where and when they ran and wait for one another, so that no test depends on timing. */
import { chmod, readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect } from 'vitest'
import { files, readSession } from '../../scripts/record/files/paths.ts'
import { candidatesOf, readJournal } from '../../scripts/record/journal.ts'
import { player } from '../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../helpers/throwaway.ts'

// Constants are in separate hunks, so that edits of two of them merge. Each unit lowers the loss by 0.1.
const trainer = `import { gate, log } from './gate.js'
${['A', 'B', 'C', 'D'].map(name => `const ${name} = 0\n${'// .\n'.repeat(4)}`).join('')}
const values = [A, B, C, D].join('')
log('start', values)
await gate(values)
log('end', values)
const seed = Number(process.env.NIGHTSHIFT_SEED)
console.log('---')
console.log('loss: ' + (10 - (A + B + C + D) / 10 + ((seed * 7919) % 11) / 110000).toFixed(6))
`

// Runs write to a log that all of them read, which no sandbox lets them do.
// <around> is the folder that contains the repository: records are in <around>/sessions, the runs' log in <around>/log.
const gate = (rule: string): string => `import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
const around = process.env.NIGHTSHIFT_CURVE.split('/sessions/')[0]
const read = path => (existsSync(path) ? readFileSync(path, 'utf8').split('\\n').slice(0, -1).map(line => JSON.parse(line)) : [])
export const log = (what, values) =>
  appendFileSync(around + '/log', JSON.stringify({ what, values, gpu: process.env.CUDA_VISIBLE_DEVICES, cwd: process.cwd() }) + '\\n')
const started = () => read(around + '/log').filter(line => line.what === 'start' && line.values !== '0000').length
const events = () => read(around + '/sessions/' + readdirSync(around + '/sessions')[0] + '/journal.jsonl')
const judged = () => events().filter(e => e.event === 'judged').length - 1
const prepared = () => events().filter(e => e.event === 'candidate').length
const opened = () => existsSync(around + '/open')
const until = async holds => {
  while (!holds()) {
    // The test has ended and removed its folder.
    if (!existsSync(around)) throw new Error('the gate stays shut')
    await new Promise(done => setTimeout(done, 20))
  }
}
export async function gate(values) {
  ${rule}
}
`

/**
 * A repository with the target, an agent that plays these steps, and a machine with fake GPUs.
 * @param rule code that a run executes before it ends: `values` are its constants; `await until(…)` waits for a number
 * of `started()`, `judged()` or `prepared()` candidates, or until the test writes the file `open` (`opened()`)
 */
export async function gated(rule: string, steps: string[], more = '', gpus = 4): Promise<string> {
  const root = await repository({ 'train.js': trainer, 'gate.js': gate(rule), 'package.json': '{"type":"module"}\n' })
  const cards = Array.from({ length: gpus }, () => "echo 'NVIDIA Stand-in, 1.0'")
  await write(join(root, '..'), { 'agent.sh': player(steps), 'bin/nvidia-smi': `#!/bin/sh\n${cards.join('\n')}\n` })
  await chmod(join(root, '../bin/nvidia-smi'), 0o755)
  await write(root, { 'program.md': program(join(root, '../agent.sh'), more) })
  return root
}

const program = (agent: string, more: string): string => `---
edit: train.js
run: node train.js
metric: loss
budget: 1s
sandbox: off
agent: { use: command, command: "sh ${agent}" }
${more.includes('proposers') ? '' : 'proposers: 1\n'}${more.includes('fallback') ? '' : 'fallback: []\n'}${more}---

Make the loss smaller.
`

/** Runs a session on the machine with the fake GPUs. */
export const session = (root: string, args: string[]) =>
  nightshift(root, 'session', args.includes('--resume') ? args : ['--program', 'program.md', '--tag', 'try', ...args], {
    PATH: [join(root, '../bin'), process.env.PATH].join(delimiter),
  })

export interface LogLine {
  what: 'start' | 'end'
  values: string
  gpu?: string
  cwd: string
}

/** Lines of the runs' log, in order. */
export async function readRunLog(root: string): Promise<LogLine[]> {
  const text = await readFile(join(root, '../log'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as LogLine)
}

export const folderOf = async (root: string): Promise<string> =>
  join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')

export async function open(root: string) {
  const folder = await folderOf(root)
  return { folder, ...(await readSession(folder)), events: await readJournal(files.journal(folder)) }
}

/** Refs of the candidates, by name: `0002-2`. */
export async function refs(root: string): Promise<Map<string, string>> {
  const listed = await git(root, 'for-each-ref', '--format=%(refname:lstrip=3) %(objectname)', 'refs/autoresearch/try')
  return new Map(listed.split('\n').map(line => line.split(' ') as [string, string]))
}

/**
 * Checks that branch, tables, refs and runs agree, from git and the files.
 * @param lost number of runs that started and were killed
 */
export async function checkAgreement(root: string, lost = 0): Promise<void> {
  const { folder, session, experiments, events } = await open(root)
  const kept = experiments.filter(e => e.status === 'keep' && e.number > 0)
  const log = await git(root, 'log', '--format=%H %P', `${session.baseCommit}..autoresearch/try`)
  const chain = kept.map((e, i) => `${e.commit} ${kept[i - 1]?.commit ?? session.baseCommit}`)
  expect(log === '' ? [] : log.split('\n').reverse()).toEqual(chain)
  // Every keep was measured on its own commit, on top of the head before it.
  for (const [i, e] of kept.entries()) {
    const own = e.runs.filter(run => run.commit === e.commit && run.purpose === 'candidate')
    expect(own.map(run => run.metric)).toEqual([e.metric])
    expect(e.parent).toEqual({ number: kept[i - 1]?.number ?? 0, commit: kept[i - 1]?.commit ?? session.baseCommit })
  }
  const byName = await refs(root)
  const candidates = events.flatMap(candidatesOf)
  const names = candidates.map(c => `${String(c.number).padStart(4, '0')}${c.revision > 0 ? `-${c.revision + 1}` : ''}`)
  expect([...byName].sort()).toEqual(names.map((name, i) => [name, candidates[i]?.commit]).sort())
  // No run is lost or counted twice, and each started once.
  const runs = experiments.flatMap(e => e.runs.map(run => `${e.number}/${run.k}`))
  expect(new Set(runs).size).toBe(runs.length)
  const begun = (await readRunLog(root)).filter(line => line.what === 'start')
  expect(begun).toHaveLength(runs.length + lost)
  const seeds = experiments.map(e => e.runs.filter(run => run.commit === e.commit).map(run => run.seed))
  for (const own of seeds) expect(new Set(own).size).toBe(own.length)
  const rows = (await readFile(files.results(folder), 'utf8')).trimEnd().split('\n').slice(1)
  const ran = experiments.filter(e => ['keep', 'discard', 'crash', 'timeout'].includes(e.status))
  expect(rows.map(row => row.split('\t')[0])).toEqual(ran.map(e => e.commit?.slice(0, 7)))
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
}

/** Checks that no two runs shared a worktree at a time, and that each worktree kept its GPU. */
export async function checkIsolation(root: string): Promise<void> {
  const inside = new Set<string>()
  const cards = new Map<string, string | undefined>()
  for (const { what, cwd, gpu } of await readRunLog(root)) {
    expect(inside.has(cwd), `a ${what} in ${cwd}`).toBe(what === 'end')
    if (what === 'start') inside.add(cwd)
    else inside.delete(cwd)
    expect(cards.get(cwd) ?? gpu).toBe(gpu)
    cards.set(cwd, gpu)
  }
  expect(new Set(cards.values()).size).toBe(cards.size)
}
