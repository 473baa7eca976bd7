/** The engine `slurm` on a cluster of the test's own, with a tiny base, and jobs whose commands are shell scripts. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, Handle } from '../../../scripts/engines/engine.ts'
import { readSigned } from '../../../scripts/engines/local/signature.ts'
import type { Opening } from '../../../scripts/engines/open.ts'
import { openSlurm } from '../../../scripts/engines/slurm/engine.ts'
import { type Resources, type SlurmSpec, storedEngine } from '../../../scripts/program/engine.ts'
import { tinySession, waits } from '../awaiting.ts'
import { shellJob } from '../shellJob.ts'

/** Names of the test's sessions, which share a cluster. */
let sessions = 0
export const newId = (): string => `s${process.pid}-${++sessions}`

export interface TestOptions {
  id?: string
  /** `.nightshift/<id>`. */
  work: string
  slots?: number
  spec?: Partial<SlurmSpec>
  resources?: Resources
  purpose?: Opening['purpose']
}

export const openTest = async ({
  id = newId(),
  work,
  slots = 1,
  spec,
  resources = null,
  purpose = 'run',
}: TestOptions) => {
  await mkdir(work, { recursive: true })
  return openSlurm(
    { ...(storedEngine.parse({ use: 'slurm' }) as SlurmSpec), ...spec },
    {
      id,
      work,
      folder: work,
      resources,
      slots,
      purpose,
      ...tinySession,
    },
  )
}

/** A job whose command is a shell script in a tree of the base, and the public key of its result. */
export function jobAt(
  engine: Engine,
  place: number,
  script: string,
  { key = `run-${randomUUID()}`, timeout = 60 } = {},
) {
  const { job, publicKey } = shellJob(engine.pathsAt(place, key), key, place, script, timeout)
  return { job: { ...job, inherit: ['SLURM_*'] }, publicKey }
}

export const { until, untilReady, untilState } = waits(90)

/** Fetches an ended run. @returns its signed result and its log */
export async function resultOf(engine: Engine, handle: Handle, publicKey: string, folder: string) {
  const at = join(folder, handle.key)
  await mkdir(at, { recursive: true })
  const file = (name: string) => join(at, name)
  await engine.fetch(handle, {
    run: at,
    exit: file('exit.json'),
    owner: file('owner.json'),
    evaluation: file('eval.json'),
    evaluatorLog: file('evaluator.log'),
  })
  const exit = readSigned(await readFile(file('exit.json'), 'utf8'), publicKey) as { code: number } | null
  return { code: exit?.code, log: await readFile(file('run.log'), 'utf8') }
}

/** Executes a script in a place to its end. */
export async function executed(engine: Engine, place: number, script: string, folder: string) {
  const { job, publicKey } = jobAt(engine, place, script)
  const handle = await engine.submit(place, job)
  await untilState(engine, handle, 'ended')
  return resultOf(engine, handle, publicKey, folder)
}
