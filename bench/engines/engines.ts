/**
 * Measures sessions whose runs execute on a real Slurm of this machine, with runs that sleep: what 16 slots of held jobs
 * give against one, the harness's time for an experiment with 64, and a long session that is killed.
 */
import { Failure } from '../../scripts/lib/errors.ts'
import { rate } from '../loop/loop.ts'
import { runSession, type SessionTrace } from '../loop/standIn.ts'
import { type Cluster, slurmMissing, startCluster } from './cluster.ts'
import { measureLong } from './long.ts'
import { benchRay } from './ray/bench.ts'

const topics = ['slots', 'long', 'ray']

/**
 * @param args.topics by default those on Slurm; `ray`: 16 slots of a Ray of this machine against one
 * @param args.experiments of each slot
 * @param args.run seconds of a run
 */
export async function benchEngines({
  topics: wanted = 'slots,long',
  experiments = 8,
  run = 30,
  json = false,
}: {
  topics?: string
  experiments?: number
  run?: number
  json?: boolean
}): Promise<void> {
  const chosen = wanted.split(',')
  const unknown = chosen.find(topic => !topics.includes(topic))
  if (unknown !== undefined)
    throw new Failure(`There is no topic ${unknown} of engines.`, `There are: ${topics.join(', ')}.`)
  if (chosen.includes('ray')) await benchRay({ experiments, run, json })
  if (chosen.every(topic => topic === 'ray')) return
  if (slurmMissing !== null)
    throw new Failure(`There is no Slurm on this machine: it ${slurmMissing}.`, 'Install it, and try again.')
  const cleanups: (() => Promise<void>)[] = []
  const cluster = await startCluster({ nodes: 4, cpus: 32 }, end => cleanups.push(end))
  try {
    if (chosen.includes('slots')) await benchSlots(cluster, experiments, run, json)
    if (chosen.includes('long')) await benchLong(cluster, json)
  } finally {
    for (const cleanup of cleanups) await cleanup()
  }
}

async function benchSlots(cluster: Cluster, experiments: number, run: number, json: boolean): Promise<void> {
  const session = (slots: number) =>
    runSession({
      slots,
      run,
      proposal: 0,
      ahead: Math.min(slots, 16),
      experiments: slots * experiments,
      engine: '{ use: slurm }',
      env: cluster.env,
    })
  const one = await session(1)
  const sixteen = await session(16)
  const many = await session(64)
  const results = {
    run,
    ratio: rate(sixteen) / rate(one),
    oneSlot: rate(one),
    sixteenSlots: rate(sixteen),
    manySlots: rate(many),
    harnessSeconds: many.cpuSeconds / trained(many),
    childSeconds: many.childSeconds / trained(many),
  }
  if (json) {
    process.stdout.write(`${JSON.stringify(results)}\n`)
    return
  }
  console.log(`Slurm, runs of ${run} s: experiments of 16 slots / one   ${results.ratio.toFixed(1)} times`)
  console.log(`Slurm, 64 slots: harness's CPU time an experiment    ${(1000 * results.harnessSeconds).toFixed(0)} ms`)
  console.log(`Slurm, 64 slots: that of processes it started        ${(1000 * results.childSeconds).toFixed(0)} ms`)
}

/** 910 experiments, as in the longest session that is known of others. */
async function benchLong(cluster: Cluster, json: boolean): Promise<void> {
  const session = { experiments: 910, slots: 16, ahead: 16, run: 0, proposal: 0, sandbox: 'off' } as const
  const results = await measureLong({ ...session, engine: '{ use: slurm }', env: cluster.env })
  if (json) {
    process.stdout.write(`${JSON.stringify(results)}\n`)
    return
  }
  const { memoryEarly, memoryLate, resumeSeconds, isComplete } = results
  console.log(
    `Slurm, 16 slots, 910 experiments: resident memory     last tenth ${memoryLate.toFixed(0)} MB, second tenth ${memoryEarly.toFixed(0)} MB: ${(memoryLate / memoryEarly).toFixed(2)} times`,
  )
  console.log(`the same, killed at seven eighths: goes on after      ${resumeSeconds.toFixed(1)} s`)
  if (!isComplete) throw new Failure('An experiment of it has no verdict, or two.', 'Read its journal.')
}

const trained = ({ events }: SessionTrace): number =>
  events.filter(event => event.event === 'run-finished' && event.experiment > 0).length
