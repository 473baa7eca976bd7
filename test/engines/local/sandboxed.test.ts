/** A real runner whose command is in a sandbox: nothing survives the run, nor a runner that was killed. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { exitSchema } from '../../../scripts/engines/local/exit.ts'
import type { Job } from '../../../scripts/engines/local/job.ts'
import { createKeys, readSigned } from '../../../scripts/engines/local/signature.ts'
import { findOrphans, killOrphans } from '../../../scripts/lib/process/orphans.ts'
import {
  findSandbox,
  type Mechanism,
  type Policy,
  sandboxedCommand,
  sandboxVariables,
} from '../../../scripts/lib/sandbox/sandbox.ts'
import { type RunnerProgram, runnerPrograms } from '../../helpers/runnerPrograms.ts'
import { type Finished, scratch } from '../../helpers/throwaway.ts'
import { leaveTwo, living } from '../../lib/sandbox/survivors.ts'

/** Starts a runner on a shell script, in a sandbox. */
async function start(
  { command }: RunnerProgram,
  mechanism: Mechanism,
  finished: Finished,
  scriptOf: (mark: string) => string,
) {
  const found = await findSandbox(mechanism)
  if (found.sandbox === null) throw new Error(found.why[0]?.reason)
  const root = await scratch(finished)
  const [slot, home, tmp] = ['slot', 'home', 'tmp'].map(name => join(root, name)) as [string, string, string]
  for (const folder of [slot, home, tmp]) await mkdir(folder)
  const policy: Policy = { writable: [slot, home], hidden: [], readable: [], home, tmp, network: 'local', relay: null }
  const mark = randomUUID()
  const keys = createKeys()
  const job = {
    key: keys.secret,
    argv: sandboxedCommand(found.sandbox, policy, ['sh', '-c', scriptOf(mark)]),
    cwd: slot,
    env: { PATH: process.env.PATH ?? '', NIGHTSHIFT_RUN: mark, ...sandboxVariables(found.sandbox, policy) },
    log: join(root, 'run.log'),
    exit: join(root, 'exit.json'),
    owner: join(root, 'owner.json'),
    mark,
    timeoutSeconds: 30,
    relay: null,
    frozen: { folder: slot, hashes: {} },
  } satisfies Job
  const [file = '', ...args] = command
  const runner = execa(file, args, {
    detached: true,
    reject: false,
    input: JSON.stringify(job),
    env: { NIGHTSHIFT_RUN: mark },
  })
  const exit = async () => {
    await runner
    return exitSchema.parse(readSigned(await readFile(job.exit, 'utf8'), keys.public))
  }
  return { runner, exit, mark, slot, log: () => readFile(job.log, 'utf8') }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(20)
}

const mechanisms: Mechanism[] = process.platform === 'linux' ? ['bubblewrap', 'namespaces', 'landlock'] : ['seatbelt']

const both = mechanisms.flatMap(mechanism => runnerPrograms.map(program => ({ mechanism, by: program.name, program })))

describe.concurrent.each(both)('$mechanism, by the $by runner', ({ mechanism, program }) => {
  test('what outlives the command is ended and counted, whatever its session and environment', async ({
    onTestFinished: finished,
  }) => {
    const { exit, mark } = await start(program, mechanism, finished, leaveTwo)
    expect(await exit()).toMatchObject({ code: 3, signal: null, ended: null, orphans: 2 })
    expect(living(mark)).toBe(0)
  })

  test('SIGTERM to the runner gives the command time to end its work', async ({ onTestFinished: finished }) => {
    const script = 'trap "sleep 0.2; echo ended; exit 0" TERM; echo 1 > begun; while :; do sleep 0.05; done'
    const { runner, exit, mark, slot, log } = await start(program, mechanism, finished, () => script)
    await until(() => existsSync(join(slot, 'begun')))
    runner.kill('SIGTERM')
    expect((await exit()).ended).toBe('aborted')
    expect(await log()).toContain('ended')
    expect(await findOrphans(mark)).toEqual([])
  })

  test('one that ignores SIGTERM is killed', async ({ onTestFinished: finished }) => {
    const script = (mark: string) => `trap '' TERM; echo 1 > begun; exec perl -e 'sleep 60 while 1' ${mark}`
    const { runner, exit, mark, slot } = await start(program, mechanism, finished, script)
    await until(() => existsSync(join(slot, 'begun')) && living(mark) === 1)
    runner.kill('SIGTERM')
    expect((await exit()).ended).toBe('aborted')
    expect(living(mark)).toBe(0)
  })

  test('what a killed runner left is found by its mark', async ({ onTestFinished: finished }) => {
    const script = (mark: string) => `exec perl -e 'sleep 60' ${mark}`
    const { runner, mark } = await start(program, mechanism, finished, script)
    await until(() => living(mark) === 1)
    runner.kill('SIGKILL')
    await runner
    expect(living(mark)).toBe(1)
    await killOrphans(mark)
    expect(living(mark)).toBe(0)
  })
})
