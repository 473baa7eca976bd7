/** Kills a session, resumes it, and checks it by reading git and the files. */
import { existsSync } from 'node:fs'
import { readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { expect, vi } from 'vitest'
import { killOrphans } from '../../../scripts/lib/process/orphans.ts'
import { agentMark } from '../../../scripts/ratchet/session/prepare.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { type Finished, git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

// A keep, a discard, a keep.
const steps = [set('RATE', '0.04'), set('RATE', '0.01'), set('RATE', '0.08')]
export const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '2']

/** @param extra shell commands that the agent runs before a proposal, by the proposal's index */
export async function target(
  extra: Record<number, string> = {},
  finished?: Finished,
  train = shellTrainer,
): Promise<string> {
  const root = await repository({ 'train.js': train, 'frozen.txt': 'as it is\n' }, finished)
  const played = steps.map((step, i) => (extra[i] ? `${extra[i]}; ${step}` : step))
  await write(join(root, '..'), { 'agent.sh': player(played) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'))) })
  return root
}

export const folderOf = async (root: string): Promise<string> =>
  join(sessionsOf(root), (await readdir(sessionsOf(root)).catch(() => []))[0] ?? 'none')

/**
 * Sets the player to a step, because a player killed during its turn would skip that step. A player that outlived its
 * harness may still count, so the new one counts in another file; one that has only started would read the new one's
 * script, and is ended first.
 */
export async function playFrom(root: string, step: number): Promise<void> {
  await killOrphans(agentMark(basename(await folderOf(root)), 0))
  await writeFile(join(root, '../agent.sh.resumed'), `${step}\n`)
  await rewrite(root, text => text.replaceAll('$0.count', '$0.resumed'))
}

/** Replaces the player atomically, because a shell reads its script while running it. */
export async function rewrite(root: string, change: (text: string) => string): Promise<void> {
  const agent = join(root, '../agent.sh')
  await writeFile(`${agent}.new`, change(await readFile(agent, 'utf8')))
  await rename(`${agent}.new`, agent)
}

/** Resumes the session, or starts it again when its journal has no event yet; it is killed at the failpoint, if one is given. */
export async function resume(root: string, failpoint = '') {
  const begun = (await readFile(files.journal(await folderOf(root)), 'utf8').catch(() => '')).includes('\n')
  if (!begun) {
    await rm(sessionsOf(root), { recursive: true, force: true })
    await git(root, 'update-ref', '-d', 'refs/heads/autoresearch/try')
  }
  const events = begun ? await readJournal(files.journal(await folderOf(root))) : []
  const made = new Set(events.flatMap(e => (e.event === 'candidate' ? [e.candidate.number] : []))).size
  await playFrom(root, made)
  const isReported = existsSync(files.report(await folderOf(root)))
  const asked = begun ? ['--resume', basename(await folderOf(root))] : args
  const result = await nightshift(root, 'session', asked, failpoint === '' ? {} : { NIGHTSHIFT_FAILPOINT: failpoint })
  return { result, last: events.at(-1), isReported }
}

/** Resumes or starts the session to its end. */
export async function finish(root: string): Promise<void> {
  const { result, last, isReported } = await resume(root)
  // A session killed after its last event is over: at most the report is left. With that, to resume is an error, but
  // still restores its records.
  const over = last?.event === 'stopped' && last.kind === 'experiments'
  expect(result.exitCode, result.stderr).toBe(over && isReported ? 2 : 0)
  if (over) expect(result.stderr).toContain(isReported ? 'Nothing is left to do' : 'only its report is left')
}

/** Pids with a working directory below a folder, e.g. of runners, whose arguments do not name it; on Linux. */
export async function processesIn(folder: string): Promise<string[]> {
  const pids = await readdir('/proc').catch(() => [])
  const places = await Promise.all(pids.map(pid => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  return pids.filter((_, i) => places[i]?.startsWith(`${folder}/`))
}

/** Checks a finished session by reading git and the files. */
export async function checkWhole(root: string): Promise<void> {
  const folder = await folderOf(root)
  const { session, experiments } = await readSession(folder)
  expect(session.stop?.kind).toBe('experiments')
  expect(await readFile(files.report(folder), 'utf8')).toContain('RATE to 0.08')
  expect(experiments.map(e => [e.number, e.status])).toEqual([
    [0, 'keep'],
    [1, 'keep'],
    [2, 'discard'],
    [3, 'keep'],
  ])
  // No finished run is lost or counted twice.
  for (const { number, runs } of experiments) {
    expect(new Set(runs.map(run => run.k)).size, `runs of ${number}`).toBe(runs.length)
    expect(runs.filter(run => run.purpose === 'candidate' || run.purpose === 'baseline')).toHaveLength(1)
    for (const { k } of runs) expect(await readFile(files.log(folder, number, k), 'utf8')).toContain('loss: ')
  }
  expect(experiments[0]?.runs.filter(run => run.purpose === 'seed')).toHaveLength(1)
  const events = await readJournal(files.journal(folder))
  const finished = events.flatMap(e => (e.event === 'run-finished' ? [`${e.experiment}/${e.run.k}`] : []))
  expect(new Set(finished).size).toBe(finished.length)
  // Branch, refs and tables agree; the head is the best.
  const refs = (
    await git(root, 'for-each-ref', '--format=%(refname:lstrip=3) %(objectname)', 'refs/autoresearch/try')
  ).split('\n')
  expect(refs).toEqual(experiments.slice(1).map(e => `000${e.number} ${e.commit}`))
  const log = await git(root, 'log', '--format=%H %s', `${session.baseCommit}..autoresearch/try`)
  expect(log.split('\n')).toEqual([`${experiments[3]?.commit} RATE to 0.08`, `${experiments[1]?.commit} RATE to 0.04`])
  const rows = (await readFile(files.results(folder), 'utf8')).trimEnd().split('\n').slice(1)
  expect(rows.map(row => row.split('\t')[0])).toEqual(experiments.map(e => e.commit?.slice(0, 7)))
  for (const number of [1, 2, 3]) expect(await readFile(files.patch(folder, number), 'utf8')).toMatch(/^diff --git/)
  // No process and no worktree is left, and the checkout is clean.
  const { stdout } = await execa('ps', ['-eo', 'args='])
  expect(stdout.split('\n').filter(line => line.includes(join(root, '..')))).toEqual([])
  // The runner that waited last was killed just before the harness ended.
  await vi.waitFor(async () => expect(await processesIn(join(root, '..'))).toEqual([]), 5000)
  expect((await git(root, 'worktree', 'list')).split('\n')).toHaveLength(1)
  expect(await git(root, 'status', '--porcelain')).toBe('?? program.md')
}
