/** Runs for the tests of engines. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Engine, FetchedPaths, Handle, Polled } from '../../../scripts/engines/engine.ts'
import { readSigned } from '../../../scripts/engines/local/signature.ts'
import type { NodeJob } from '../../../scripts/engines/nodeJob.ts'
import type { HostFiles } from '../../../scripts/engines/remote/hostAccess.ts'
import { fileEntry, tarEnd } from '../../../scripts/engines/remote/tar.ts'
import { shellJob } from '../shellJob.ts'

/** The files of a first commit. */
export const filesOf = (contents: Record<string, string>): HostFiles => ({
  base: () => Buffer.concat([...Object.entries(contents).map(([name, content]) => fileEntry(name, content)), tarEnd()]),
  evaluation: null,
  needs: [],
})

/** A run of a shell script at a place that is ready, and the public key of its result. */
export function jobAt(engine: Engine, place: number, script: string, over: Partial<NodeJob> & { key?: string } = {}) {
  const key = over.key ?? `session-0001-1-${randomUUID().slice(0, 8)}`
  const made = shellJob(engine.pathsAt(place, key), key, place, script, 60)
  return { ...made, job: { ...made.job, ...over, key } }
}

/** Asks until something holds, at most 30 s. */
export async function until<T>(ask: () => Promise<T> | T, holds: (found: T) => boolean): Promise<T> {
  const latest = performance.now() + 30_000
  for (;;) {
    const found = await ask()
    if (holds(found)) return found
    if (performance.now() > latest) throw new Error(`still ${JSON.stringify(found)}`)
    await wait(50)
  }
}

export const untilReady = (engine: Engine, place: number) =>
  until(
    () => engine.places[place]?.state,
    state => state?.kind === 'ready',
  )

export const untilState = (engine: Engine, handle: Handle, state: Polled['state']) =>
  until(
    () => engine.poll(handle),
    polled => polled.state === state,
  )

/** Lines of a file that runs append to; none without it. */
export const linesOf = async (path: string): Promise<string[]> =>
  existsSync(path) ? (await readFile(path, 'utf8')).split('\n').filter(line => line !== '') : []

/** Fetches what a run has left. @returns log, curve and the exit that its key signed */
export async function fetched(engine: Engine, handle: Handle, publicKey: string, folder: string) {
  const run = join(folder, handle.key)
  await mkdir(run, { recursive: true })
  const paths: FetchedPaths = {
    run,
    exit: join(run, 'exit.json'),
    owner: join(run, 'owner.json'),
    evaluation: join(run, 'eval.json'),
    evaluatorLog: join(run, 'evaluator.log'),
  }
  await engine.fetch(handle, paths)
  const exit = readSigned(await readFile(paths.exit, 'utf8'), publicKey)
  return { log: await readFile(join(run, 'run.log'), 'utf8'), curve: await linesOf(join(run, 'curve.csv')), exit }
}
