/** Measures what 16 slots of a real Ray of this machine give against one, with runs that sleep: each run is a job of its own. */
import { rate } from '../../loop/loop.ts'
import { runSession } from '../../loop/standIn.ts'
import { startRay } from './cluster.ts'

/**
 * @param args.experiments of each slot
 * @param args.run seconds of a run
 */
export async function benchRay({
  experiments,
  run,
  json,
}: {
  experiments: number
  run: number
  json: boolean
}): Promise<void> {
  const cleanups: (() => Promise<void>)[] = []
  try {
    const cluster = await startRay({ cpus: 32 }, end => cleanups.push(end))
    const session = (slots: number) =>
      runSession({
        slots,
        run,
        proposal: 0,
        ahead: Math.min(slots, 16),
        experiments: slots * experiments,
        engine: `{ use: ray, address: "${cluster.address}", root: ${cluster.folder}/nodes }`,
      })
    const [one, sixteen] = [rate(await session(1)), rate(await session(16))]
    const results = { run, ratio: sixteen / one, oneSlot: one, sixteenSlots: sixteen }
    if (json) process.stdout.write(`${JSON.stringify(results)}\n`)
    else console.log(`Ray, runs of ${run} s: experiments of 16 slots / one   ${results.ratio.toFixed(1)} times`)
  } finally {
    for (const cleanup of cleanups) await cleanup()
  }
}
