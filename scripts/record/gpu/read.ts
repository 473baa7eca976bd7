/** Asks nvidia-smi for the state of all GPUs. It may be missing, take seconds, or hang in the driver, where nothing ends it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { killOrphans, runMarkVariable } from '../../lib/process/orphans.ts'
import {
  type GpuProcess,
  type GpuRow,
  gpuFields,
  olderReasonsField,
  parseGpus,
  parseProcesses,
  processFields,
  reasonsField,
  unknownField,
} from './parse.ts'

export interface GpuReading {
  /** ISO 8601, UTC. */
  at: string
  gpus: GpuRow[]
  /** null: the driver does not list them. */
  processes: GpuProcess[] | null
}

export interface GpuReader {
  /** null: there is no nvidia-smi, it failed, printed something else, or did not answer in time. A second call shares the first's reading. */
  read(): Promise<GpuReading | null>
  /** Calls in which nvidia-smi did not answer in time. */
  timeouts(): number
  /** Ends a call under way. */
  close(): Promise<void>
}

/** Milliseconds in which nvidia-smi answers: usually 20 to 100, and a few seconds where it has to load the driver. */
export const answerTime = 10_000

/** Milliseconds until one that was killed counts as hanging in the driver. */
const exitGrace = 1000

/** After so many calls without an answer it is not called any more. */
const mostTimeouts = 3

/** @param mark finds its processes, to end them @param timeout milliseconds for a whole reading */
export function openGpuReader(mark: string, timeout = answerTime): GpuReader {
  let fields: readonly string[] = gpuFields
  let timeouts = 0
  let isClosed = false
  let underWay: Promise<GpuReading | null> | null = null
  // One that hangs in the driver outlives SIGKILL; no other is started beside it.
  const alive = new Map<ChildProcess, Promise<void>>()
  let stop = () => {}
  /** Whether the reading under way has still time. */
  let mayAsk = false

  async function readOnce(): Promise<GpuReading | null> {
    const at = new Date().toISOString()
    mayAsk = true
    let timer: NodeJS.Timeout | undefined
    const ended = new Promise<null>(resolve => {
      stop = () => resolve(null)
      timer = setTimeout(() => {
        timeouts++
        resolve(null)
      }, timeout)
    })
    const answer = Promise.all([queryGpus(), query('compute-apps', processFields)])
    const [gpus, processes] = (await Promise.race([answer, ended])) ?? [null, null]
    clearTimeout(timer)
    mayAsk = false
    if (alive.size > 0) await endAll()
    return gpus === null ? null : { at, gpus, processes: processes === null ? null : parseProcesses(processes) }
  }

  /** Asks again without what this driver does not know, and remembers that. */
  async function queryGpus(): Promise<GpuRow[] | null> {
    for (let left = gpuFields.length; left > 0 && mayAsk; left--) {
      const output = await query('gpu', fields)
      const unknown = output === null ? null : unknownField(output)
      if (output === null || unknown === null || !fields.includes(unknown))
        return output === null ? null : parseGpus(output, fields)
      fields = fields.flatMap(field => (field !== unknown ? field : field === reasonsField ? olderReasonsField : []))
    }
    return null
  }

  /** What it prints; null where it does not run. A failed query says on its output what it does not know. */
  const query = (what: 'gpu' | 'compute-apps', asked: readonly string[]): Promise<string | null> =>
    new Promise(resolve => {
      const child = spawn('nvidia-smi', [`--query-${what}=${asked.join(',')}`, '--format=csv,noheader,nounits'], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, [runMarkVariable]: mark },
      })
      const ended = new Promise<void>(done => {
        // Without the program there is no exit.
        for (const event of ['exit', 'error'])
          child.on(event, () => {
            alive.delete(child)
            done()
          })
      })
      alive.set(child, ended)
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (output.length < maxOutput) output += text
      })
      child.on('error', () => resolve(null))
      child.on('close', code => resolve(code === 0 || unknownField(output) !== null ? output : null))
    })

  async function endAll(): Promise<void> {
    await killOrphans(mark)
    await Promise.race([Promise.all(alive.values()), wait(exitGrace, null, { ref: false })])
    // What cannot be ended shall not keep the harness alive.
    for (const child of alive.keys()) {
      child.stdout?.destroy()
      child.unref()
    }
  }

  return {
    read() {
      if (underWay !== null) return underWay
      if (isClosed || timeouts >= mostTimeouts || alive.size > 0) return Promise.resolve(null)
      underWay = readOnce().finally(() => {
        underWay = null
      })
      return underWay
    },
    timeouts: () => timeouts,
    async close() {
      isClosed = true
      stop()
      await underWay
    },
  }
}

/** Characters; a machine with eight GPUs and hundreds of processes prints less. */
const maxOutput = 2 ** 20
