import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { sendRequest } from '../../../scripts/ratchet/control/requests.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { nightshift, sessionsOf } from '../../helpers/throwaway.ts'
import { checkAgreement, folderOf, open } from '../gated.ts'
import { begin, begun, go, happened, idOf, names, session, status, target, until, untilStatus } from './controlled.ts'

const real = { timeout: 90_000 }

/** A detached session, which is gone after the test whatever happens. */
async function detached(root: string, args: string[]): Promise<{ session: string; process: number; log: string }> {
  const started = await session(root, [...args, '--detach', '--json'])
  expect(started.exitCode, started.stderr).toBe(0)
  const told = JSON.parse(started.stdout)
  onTestFinished(() => execa('kill', ['-9', String(told.process)], { reject: false }).then(() => {}))
  return told
}

/** Whether a process runs; a zombie, which its parent has not asked after yet, does not. */
async function runs(pid: number): Promise<boolean> {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false })
  return /^[^Z]/.test(stdout)
}

test('a detached session is paused, killed, resumed and stopped from other terminals', real, async () => {
  const root = await target()
  const first = await detached(root, begin)
  const id = await idOf(root)
  expect(first).toMatchObject({ session: id, log: join(root, '../work', id, 'session.log') })
  await go(root, 1)
  await until(root, begun(2))

  const paused = await session(root, ['pause'])
  expect(paused.exitCode, paused.stderr).toBe(0)
  expect(paused.stderr).toContain(`${id} is paused: current runs finish, no new run starts`)
  expect(paused.stderr).toContain(`npx pnpm session resume ${id}`)
  expect(await status(root)).toMatchObject({ state: 'paused', alive: true, running: [{ experiment: 1 }] })
  await go(root, 2)
  await until(root, happened('judged', 2))
  const still = await untilStatus(root, ({ running }) => running.length === 0)
  expect(still).toMatchObject({ state: 'paused', resume: `npx pnpm session resume ${id}` })
  const screen = (await nightshift(root, 'status')).stdout
  expect(screen).toMatch(/^now +paused; to continue:\n {12}npx pnpm session resume \S+$/m)
  expect((await names(root)).slice(-3)).toEqual(['paused', 'run-finished', 'judged'])
  const again = await session(root, ['pause', id])
  expect(again.exitCode, again.stderr).toBe(0)
  expect(again.stderr).toContain(`${id} is already paused`)

  process.kill(first.process, 'SIGKILL')
  while (await runs(first.process)) await wait(20)
  expect(await status(root)).toMatchObject({ state: 'paused', alive: false })
  expect((await nightshift(root, 'status')).stdout).toContain('paused, and its process has ended; to continue:')
  for (const named of [[], [id]]) {
    const dead = await session(root, ['stop', ...named])
    expect(dead.exitCode).toBe(2)
    expect(dead.stderr).toContain(`Resume it: \`npx pnpm session resume ${id}\`.`)
  }

  const second = await detached(root, ['resume'])
  expect(second).toMatchObject({ session: id, log: first.log })
  await until(root, begun(3))
  expect(await status(root)).toMatchObject({ state: 'running', alive: true })
  const stopped = await session(root, ['stop'])
  expect(stopped.exitCode, stopped.stderr).toBe(0)
  expect(stopped.stderr).toContain(`${id} finishes the current run, then confirms and reports`)
  expect(await status(root)).toMatchObject({ state: 'stopping', alive: true, running: [{ experiment: 2 }] })
  await go(root)
  while (await runs(second.process)) await wait(20)
  const { session: record, experiments } = await open(root)
  expect(record.stop?.kind).toBe('interrupted')
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'keep'])
  expect(experiments[2]?.runs.map(run => run.purpose)).toEqual(['candidate', 'confirm'])
  expect(await status(root)).toMatchObject({ state: 'interrupted', alive: false })
  await checkAgreement(root)
  expect(await readdir(join(root, '../work', id))).not.toContain('requests')
})

test('a pause holds confirm as well, and a living session continues when it is resumed', real, async () => {
  const root = await target()
  for (const n of [1, 2, 3, 4]) await go(root, n)
  const harness = session(root, begin)
  await until(root, begun(5))
  await session(root, ['pause'])
  await go(root, 5)
  const held = await untilStatus(root, ({ running }) => running.length === 0)
  expect(held.state).toBe('paused')
  expect((await names(root)).slice(-2)).toEqual(['paused', 'run-finished'])
  const limited = await session(root, ['resume', '--experiments', '9'])
  expect(limited.exitCode).toBe(2)
  expect(limited.stderr).toMatch(/error: .* is paused, and its process keeps its stop rules\./)
  const resumed = await session(root, ['--resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect(resumed.stderr).toContain('continues')
  await go(root)
  const ended = await harness
  expect(ended.exitCode, ended.stderr).toBe(0)
  expect((await open(root)).session.stop?.kind).toBe('experiments')
  const pauses = (await names(root)).filter(name => ['paused', 'continued', 'resumed'].includes(name))
  expect(pauses).toEqual(['paused', 'continued'])
  await checkAgreement(root)
})

test('a paused session that is stopped begins no candidate, confirms and reports', real, async () => {
  const root = await target()
  for (const n of [1, 2]) await go(root, n)
  const harness = session(root, begin)
  await until(root, begun(3))
  await session(root, ['pause'])
  await go(root)
  await untilStatus(root, ({ running }) => running.length === 0)
  await session(root, ['stop'])
  const ended = await harness
  expect(ended.exitCode, ended.stderr).toBe(0)
  const { session: record, experiments } = await open(root)
  expect(record.stop?.kind).toBe('interrupted')
  expect(experiments.map(e => e.number)).toEqual([0, 1, 2])
  expect(experiments[2]?.runs.map(run => run.purpose)).toEqual(['candidate', 'confirm'])
  await checkAgreement(root)
})

test.each([
  ['a second stop', [['stop'], ['stop']]],
  ['stop --now', [['stop', '--now']]],
])('%s ends the run in progress and leaves no process', real, async (_, stops) => {
  const root = await target()
  await go(root, 1)
  const harness = session(root, begin)
  await until(root, begun(2))
  for (const stop of stops) expect((await session(root, stop)).exitCode).toBe(0)
  const ended = await harness
  expect(ended.exitCode, ended.stderr).toBe(0)
  const { session: record, experiments } = await open(root)
  expect(record.stop?.kind).toBe('interrupted')
  expect(experiments.map(e => e.status)).toEqual(['keep', 'aborted'])
  const { stdout } = await execa('ps', ['-eo', 'args='])
  expect(stdout.split('\n').filter(line => line.includes(join(root, '..')))).toEqual([])
})

test('a request that a killed process never read does not stop the resumed one', real, async () => {
  const root = await target()
  const harness = session(root, begin)
  await until(root, begun(1))
  const id = await idOf(root)
  // Suspended, it reads nothing any more.
  harness.kill('SIGSTOP')
  const asked = await sendRequest(join(root, '../work', id), 'stop')
  expect(asked).not.toBeNull()
  harness.kill('SIGKILL')
  await harness
  await go(root)
  const resumed = await session(root, ['resume', id])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect(resumed.stderr).toMatch(
    /^note +dropped the stop request of \d\d:\d\d: the process that it was sent to was killed$/m,
  )
  expect((await open(root)).session.stop?.kind).toBe('experiments')
  expect(await names(root)).not.toContain('stopping')
  expect(await sendRequest(join(root, '../work', id), 'stop')).toBeNull()
  await checkAgreement(root)
})

test('a session that is stopped before its baseline makes no run, and can go on', real, async () => {
  // A slot lies three folders below what is around the repository.
  const hanging = 'touch ../../../begun; while [ -d ../../../repo ] && ! [ -e ../../../open ]; do sleep 0.05; done'
  const root = await target(`setup: '${hanging}'\n`)
  const harness = session(root, begin)
  while (!existsSync(join(root, '../begun'))) await wait(20)
  harness.kill('SIGINT')
  const ended = await harness
  expect(ended.exitCode, ended.stderr).toBe(0)
  expect((await names(root)).filter(name => name === 'run-started')).toEqual([])
  await go(root)
  const resumed = await session(root, ['resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect((await readSession(await folderOf(root))).session.stop?.kind).toBe('experiments')
})

test('without an ID it must be clear which session is meant, and an unknown one is guessed', real, async () => {
  const root = await target()
  const none = await session(root, ['stop'])
  expect(none.exitCode).toBe(2)
  expect(none.stderr).toContain('error: No session is running.')
  const tagged = (tag: string) => begin.map(arg => (arg === 'try' ? tag : arg))
  const one = await detached(root, tagged('one'))
  const two = await detached(root, tagged('two'))
  const several = await session(root, ['pause'])
  expect(several.exitCode).toBe(2)
  expect(several.stderr).toContain(`error: 2 sessions are running: ${one.session}, ${two.session}.`)
  expect(several.stderr).toContain(`npx pnpm session pause ${one.session}`)
  const busy = await session(root, ['resume'])
  expect(busy.exitCode).toBe(2)
  expect(busy.stderr).toContain('error: There is no session to resume')
  const unknown = await session(root, ['stop', 'twoo'])
  expect(unknown.exitCode).toBe(2)
  expect(unknown.stderr).toContain('error: There is no session twoo.\n       Did you mean two?')
  // One that is paused already is not meant.
  await session(root, ['pause', 'one'])
  expect((await session(root, ['pause'])).stderr).toContain(`${two.session} is paused`)
  for (const tag of ['one', 'two']) expect((await session(root, ['stop', '--now', tag])).exitCode).toBe(0)
  while ((await runs(one.process)) || (await runs(two.process))) await wait(20)
  const over = await session(root, ['stop', 'one'])
  expect(over.exitCode).toBe(2)
  expect(over.stderr).toContain(`error: ${one.session} is not running.`)
})

test('a session that is refused at its start is refused in front of the user', real, async () => {
  const root = await target()
  const refused = await session(root, ['--program', 'nowhere.md', '--detach'])
  const plain = await session(root, ['--program', 'nowhere.md'])
  expect(refused).toMatchObject({ exitCode: 2, stderr: plain.stderr })
  expect(plain.stderr).toMatch(/^error: /)
  expect((await readdir(join(root, '../work'))).filter(name => name.endsWith('.log'))).toEqual([])
  expect(existsSync(sessionsOf(root))).toBe(false)
})
