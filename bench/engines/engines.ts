/**
 * Measures sessions whose runs execute on a real Slurm of this machine, with runs that sleep: what 16 slots of held jobs
 * give against one, and the harness's time for an experiment with 64.
 */
import { Failure } from '../../scripts/lib/errors.ts'
import { rate } from '../loop/loop.ts'
import { runSession, type SessionTrace } from '../loop/standIn.ts'
import { slurmMissing, startCluster } from './cluster.ts'

/**
 * @param args.experiments of each slot
 * @param args.run seconds of a run
 */
export async function benchEngines({
  experiments = 8,
  run = 30,
  json = false,
}: {
  experiments?: number
  run?: number
  json?: boolean
}): Promise<void> {
  if (slurmMissing !== null)
    throw new Failure(`There is no Slurm on this machine: it ${slurmMissing}.`, 'Install it, and try again.')
  const cleanups: (() => Promise<void>)[] = []
  const cluster = await startCluster({ nodes: 4, cpus: 32 }, end => cleanups.push(end))
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
  try {
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
    }
    if (json) {
      process.stdout.write(`${JSON.stringify(results)}\n`)
      return
    }
    console.log(`Slurm, runs of ${run} s: experiments of 16 slots / one   ${results.ratio.toFixed(1)} times`)
    console.log(`Slurm, 64 slots: harness's CPU time an experiment    ${(1000 * results.harnessSeconds).toFixed(0)} ms`)
  } finally {
    for (const cleanup of cleanups) await cleanup()
  }
}

const trained = ({ events }: SessionTrace): number =>
  events.filter(event => event.event === 'run-finished' && event.experiment > 0).length
