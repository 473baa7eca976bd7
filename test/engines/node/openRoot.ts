/** A root on this machine for tests of node/: with a base, jobs, and workers that are real processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readSigned } from '../../../scripts/engines/local/signature.ts'
import type { NodeJob } from '../../../scripts/engines/nodeJob.ts'
import { type Channel, localChannel, pythonFlags } from '../../../scripts/engines/remote/channel.ts'
import { nodeFolder } from '../../../scripts/engines/remote/files.ts'
import { nodePaths } from '../../../scripts/engines/remote/paths.ts'
import { folderEntries, tarEnd } from '../../../scripts/engines/remote/tar.ts'
import { clean, type PolledRoot, poll, put, type RunState } from '../../../scripts/engines/remote/verbs.ts'
import type { Finished } from '../../helpers/throwaway.ts'
import { shellJob } from '../shellJob.ts'
import { python } from './modules.ts'

export interface TestRoot {
  path: string
  channel: Channel
  /** A job whose command is a shell script, and the public key of its result. */
  job(
    script: string,
    over?: Partial<NodeJob> & { key?: string; slot?: number; timeout?: number },
  ): {
    job: NodeJob
    publicKey: string
  }
  /** Starts a worker. */
  serve(slot?: number, args?: string[], env?: Record<string, string>): ChildProcess
  /** Polls until a run has a state, at most 20 s. */
  until(key: string, state: RunState['state']): Promise<RunState>
  /** @param stale seconds without a heartbeat after which a process of another machine is dead */
  poll(stale?: string): Promise<PolledRoot>
  /** Changes a claim.json so that it seems to come from another machine. */
  asOnAnotherMachine(claim: string): Promise<void>
  stateOf(key: string): Promise<RunState | null>
  /** run.log. */
  logOf(key: string): Promise<string>
  /** exit.json, if the key signed it. */
  exitOf(key: string, publicKey: string): Promise<unknown>
}

/**
 * @param base files of the first commit
 * @param elsewhere where the root is, and how it is reached; by default a temporary folder
 */
export async function openRoot(
  finished: Finished,
  base: Record<string, string> = { 'train.sh': 'echo base\n' },
  elsewhere?: { channel: Channel; path: string },
): Promise<TestRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-node-'))
  const path = elsewhere?.path ?? join(folder, 'root')
  const channel = elsewhere?.channel ?? localChannel(python, nodeFolder)
  for (const [name, text] of Object.entries(base)) {
    await mkdir(dirname(join(folder, 'base', name)), { recursive: true })
    await writeFile(join(folder, 'base', name), text)
  }
  const tar = async function* () {
    yield* folderEntries(join(folder, 'base'))
    yield tarEnd()
  }
  await put(channel, path, 'base', tar())
  const started: ChildProcess[] = []
  finished(async () => {
    await clean(channel, path)
    for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  const polled = (stale?: string) =>
    poll(
      stale === undefined
        ? channel
        : { ...channel, call: (args, options) => channel.call([...args, '--stale', stale], options) },
      path,
    )
  const stateOf = async (key: string) => (await polled()).runs[key] ?? null
  return {
    path,
    channel,
    job(script, { timeout = 30, ...over } = {}) {
      const key = over.key ?? `session-0001-1-${randomUUID().slice(0, 8)}`
      const slot = over.slot ?? 0
      const made = shellJob(nodePaths(path, slot, key), key, slot, script, timeout)
      return { ...made, job: { ...made.job, ...over } }
    },
    serve(slot = 0, args = ['--idle', '60'], env = {}) {
      const command = [...pythonFlags, nodeFolder, 'serve', path, String(slot), ...args]
      const child = spawn(python, command, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...env },
        detached: true,
      })
      started.push(child)
      return child
    },
    stateOf,
    poll: polled,
    async asOnAnotherMachine(claim) {
      const value = JSON.parse(await readFile(claim, 'utf8'))
      await writeFile(claim, JSON.stringify({ ...value, machine: 'another' }))
    },
    async until(key, state) {
      const latest = performance.now() + 20_000
      for (;;) {
        const found = await stateOf(key)
        if (found?.state === state) return found
        if (performance.now() > latest) throw new Error(`${key} is ${JSON.stringify(found)}, and not ${state}`)
        await wait(50)
      }
    },
    logOf: key => readFile(join(nodePaths(path, 0, key).run, 'run.log'), 'utf8'),
    async exitOf(key, publicKey) {
      const { exit } = nodePaths(path, 0, key)
      return existsSync(exit) ? readSigned(await readFile(exit, 'utf8'), publicKey) : null
    },
  }
}

/** Waits for a file, at most 20 s. */
export async function untilThere(path: string): Promise<void> {
  const latest = performance.now() + 20_000
  while (!existsSync(path)) {
    if (performance.now() > latest) throw new Error(`${path} is not there`)
    await wait(20)
  }
}

/** Resolves when a process has ended. @returns its exit code, or the signal */
export const endOf = (child: ChildProcess): Promise<number | string | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode ?? child.signalCode)
    : new Promise(done => child.on('exit', (code, signal) => done(code ?? signal)))
