/** Starts a real runner on a shell script. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { exitSchema } from '../../../scripts/engines/local/exit.ts'
import { hashFrozen } from '../../../scripts/engines/local/frozenHashes.ts'
import type { Job } from '../../../scripts/engines/local/job.ts'
import { createKeys, readSigned } from '../../../scripts/engines/local/signature.ts'
import type { RunnerProgram } from '../../helpers/runnerPrograms.ts'
import { type Finished, scratch, write } from '../../helpers/throwaway.ts'

interface Options {
  finished: Finished
  timeoutSeconds?: number
  /** What is done in the folder before. */
  before?: (folder: string) => Promise<unknown>
  /** What the runner's command is an argument of, e.g. a shell script that sets a limit. */
  within?: (folder: string) => string[]
  /** Variables of the runner. */
  env?: Record<string, string>
  /** Keys of the job that are others. */
  job?: (folder: string) => Partial<Job>
}

export async function startRun(
  { command }: RunnerProgram,
  script: string,
  {
    finished,
    timeoutSeconds = 30,
    before = async () => {},
    within = () => [],
    env = {},
    job: others = () => ({}),
  }: Options,
) {
  const folder = await scratch(finished)
  await write(folder, { 'main.sh': script })
  await before(folder)
  const mark = randomUUID()
  const keys = createKeys()
  const job: Job = {
    key: keys.secret,
    argv: ['sh', 'main.sh'],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', NIGHTSHIFT_RUN: mark },
    log: join(folder, 'run.log'),
    exit: join(folder, 'exit.json'),
    owner: join(folder, 'owner.json'),
    mark,
    timeoutSeconds,
    relay: null,
    frozen: { folder, hashes: Object.fromEntries(await hashFrozen(folder, ['main.sh'])) },
    ...others(folder),
  }
  const [file = '', ...args] = [...within(folder), ...command]
  const runner = execa(file, args, {
    detached: true,
    reject: false,
    input: JSON.stringify(job),
    env: { NIGHTSHIFT_RUN: mark, ...env },
  })
  const finish = async () => {
    await runner
    return {
      exit: exitSchema.parse(readSigned(await readFile(job.exit, 'utf8'), keys.public)),
      log: await readFile(job.log, 'utf8'),
      folder,
      keys,
    }
  }
  return { runner, finish, folder, keys }
}

/** Waits for a line that a script writes to a file. */
export async function readWhenWritten(folder: string, name: string): Promise<string> {
  for (;;) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    if (text.endsWith('\n')) return text.trim()
    await wait(20)
  }
}
