import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { exitSchema } from '../../../scripts/engines/local/exit.ts'
import { openRunners, type Runner } from '../../../scripts/engines/local/runners.ts'
import { readSigned } from '../../../scripts/engines/local/signature.ts'
import { findOrphans } from '../../../scripts/lib/process/orphans.ts'
import { scratch } from '../../helpers/throwaway.ts'

const environment = { PATH: process.env.PATH ?? '' }

const jobIn = (folder: string, command: string) => ({
  argv: ['sh', '-c', command],
  cwd: folder,
  env: environment,
  log: join(folder, 'run.log'),
  exit: join(folder, 'exit.json'),
  owner: join(folder, 'owner.json'),
  timeoutSeconds: 30,
  relay: null,
  frozen: { folder, hashes: {} },
})

/** The exit that a runner signed, after it has run a command. */
async function exitOf(runner: Runner, command: string) {
  const folder = await scratch()
  await runner.execute(jobIn(folder, command), () => true)
  return exitSchema.parse(readSigned(await readFile(join(folder, 'exit.json'), 'utf8'), runner.key))
}

/** The process of a runner that was just started. While it becomes another program, /proc shows no environment. */
async function processOf({ mark }: Runner): Promise<number> {
  for (;;) {
    const [pid] = await findOrphans(mark)
    if (pid !== undefined) return pid
  }
}

/** Resolves when no process of the runner is left. */
async function ended({ mark }: Runner): Promise<void> {
  while ((await findOrphans(mark)).length > 0) await new Promise(done => setTimeout(done, 20))
}

test('a runner that was prepared executes the next run, and each run has a runner of its own', async () => {
  const runners = openRunners(environment)
  runners.prepare()
  const [first, second] = [runners.take(), runners.take()]
  expect(first.mark).not.toBe(second.mark)
  expect(first.key).not.toBe(second.key)
  expect((await exitOf(first, 'exit 3')).code).toBe(3)
  expect((await exitOf(second, 'exit 4')).code).toBe(4)
})

test('a runner that was killed while it waited is replaced', async () => {
  const runners = openRunners(environment)
  runners.prepare()
  const runner = runners.take()
  process.kill(await processOf(runner), 'SIGKILL')
  await ended(runner)
  expect((await exitOf(runner, 'true')).code).toBe(0)
})

test('a stopped runner ends: the one that waits, with the session; one with a job, after a time', async () => {
  const unused = openRunners(environment)
  unused.prepare()
  const waiting = unused.take()
  process.kill(await processOf(waiting), 'SIGSTOP')
  waiting.dismiss()
  await ended(waiting)

  const runners = openRunners(environment, 2)
  runners.prepare()
  const [replaced, stopped] = [runners.take(), runners.take()]
  process.kill(await processOf(replaced), 'SIGSTOP')
  const folder = await scratch()
  const job = { ...jobIn(folder, 'echo $$ > pid; kill -STOP $PPID; exec sleep 300'), timeoutSeconds: 0.1 }
  const [exit] = await Promise.all([exitOf(replaced, 'true'), stopped.execute(job, () => true)])
  expect(exit.code).toBe(0)
  // It is not given to another process: the command has run.
  expect(existsSync(job.exit)).toBe(false)
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
  process.kill(pid, 'SIGKILL')
})

test('a runner that gets no job ends: at the end of the session, without a run, and when the harness is killed', async () => {
  const runners = openRunners(environment)
  runners.prepare()
  const dismissed = runners.take()
  await processOf(dismissed)
  dismissed.dismiss()
  await ended(dismissed)

  const program = `
    import { openRunners } from '${join(import.meta.dirname, '../../../scripts/engines/local/runners.ts')}'
    const runners = openRunners(${JSON.stringify(environment)})
    const runner = runners.take()
    console.log(runner.mark)
    if (process.argv[1] === 'close') runner.dismiss(), runners.prepare(), runners.close(), runners.prepare()
  `
  const harness = (how: string) =>
    execa(process.execPath, ['--input-type=module', '--eval', program, how], { reject: false })
  // It ends by itself: nothing that waits is left.
  expect((await harness('close')).exitCode).toBe(0)
  const killed = harness('wait')
  for await (const mark of killed.iterable()) {
    killed.kill('SIGKILL')
    while ((await findOrphans(mark)).length > 0) await new Promise(done => setTimeout(done, 20))
  }
  expect((await killed).signal).toBe('SIGKILL')
})

test('a runner that a signal ends before it has begun leaves no trace of a run', async () => {
  const folder = await scratch()
  const runner = openRunners(environment).take()
  const execution = runner.execute(jobIn(folder, 'true'), () => false)
  runner.kill('SIGTERM')
  await execution
  const exit = join(folder, 'exit.json')
  // It may have been faster.
  if (existsSync(exit)) expect(readSigned(await readFile(exit, 'utf8'), runner.key)).not.toBe(null)
})
