/** What a session does when its terminal goes away, and when a scheduler asks it to end. */
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { sessionsOf } from '../../helpers/throwaway.ts'
import { checkAgreement, open } from '../gated.ts'
import { begin, begun, go, happened, names, session, target, until, untilReleased } from './controlled.ts'

const real = { timeout: 60_000 }

test('a hang-up of the whole group and output that nobody reads end no session', real, async () => {
  const root = await target()
  const harness = session(root, [...begin, '--json'], true)
  await until(root, begun(1))
  harness.stdout.destroy()
  harness.stderr.destroy()
  process.kill(-(harness.pid ?? 0), 'SIGHUP')
  await go(root)
  expect(await harness).toMatchObject({ exitCode: 0 })
  expect((await open(root)).session.stop?.kind).toBe('experiments')
  await checkAgreement(root)
})

test('hang-ups that arrive while processes are started end no session', real, async () => {
  const root = await target()
  await go(root)
  const harness = session(root, begin, true)
  await until(root, begun(1))
  const hangups = setInterval(() => process.kill(-(harness.pid ?? 0), 'SIGHUP'), 1)
  await until(root, happened('run-finished'))
  clearInterval(hangups)
  const ended = await harness
  expect(ended.exitCode, ended.stderr).toBe(0)
  expect((await open(root)).experiments.map(e => e.status)).toEqual(['keep', 'keep', 'keep', 'keep'])
  await checkAgreement(root)
})

/** Runs a program in a terminal of its own, which is closed when standard input ends. */
const inTerminal = `import os, pty, sys, threading
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
def drain():
    try:
        while os.read(terminal, 4096): pass
    except OSError: pass
threading.Thread(target=drain, daemon=True).start()
sys.stdin.read()
os._exit(0)
`

test('closing the terminal does not end a session', real, async () => {
  const root = await target()
  const shell = execa('python3', ['-c', inTerminal, process.execPath, join(notebook, 'scripts/session.ts'), ...begin], {
    cwd: root,
    reject: false,
    env: { NIGHTSHIFT_SESSIONS: sessionsOf(root), NIGHTSHIFT_WORK: join(root, '../work') },
  })
  await until(root, begun(1))
  shell.stdin?.end()
  expect((await shell).exitCode).toBe(0)
  await go(root)
  await until(root, happened('stopped'))
  await untilReleased(root)
  expect((await names(root)).filter(name => name === 'stopping')).toEqual([])
  expect((await open(root)).session.stop?.kind).toBe('experiments')
})

test('SIGTERM finishes the run, confirms and reports, as Ctrl-C does; the session can go on', real, async () => {
  const root = await target()
  await go(root, 1)
  const harness = session(root, begin)
  await until(root, begun(2))
  harness.kill('SIGTERM')
  await until(root, happened('stopping'))
  await go(root)
  const ended = await harness
  expect(ended.exitCode, ended.stderr).toBe(0)
  const first = await open(root)
  expect(first.session.stop?.kind).toBe('interrupted')
  expect(first.experiments.map(e => e.status)).toEqual(['keep', 'keep'])
  expect(first.experiments[1]?.runs.map(run => run.purpose)).toEqual(['candidate', 'confirm'])
  const afterStop = ended.stderr.slice(ended.stderr.indexOf('\nstop '))
  expect(afterStop.match(/npx pnpm [^\n`]*/g)).toEqual([`npx pnpm session resume ${first.session.id}`])
  const resumed = await session(root, ['resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect((await open(root)).experiments.map(e => e.status)).toEqual(['keep', 'keep', 'keep', 'keep'])
  await checkAgreement(root)
})

test('SIGTERM to a session that is stopping already ends the run in progress', real, async () => {
  const root = await target()
  await go(root, 1)
  const harness = session(root, begin)
  await until(root, begun(2))
  await session(root, ['stop'])
  harness.kill('SIGTERM')
  const ended = await harness
  expect(ended.exitCode, ended.stderr).toBe(0)
  expect((await open(root)).experiments.map(e => e.status)).toEqual(['keep', 'aborted'])
})
