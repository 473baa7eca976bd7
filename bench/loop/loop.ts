/**
 * Measures the harness with stand-in agents and runs at reduced scale: idle time with and without proposing ahead, four
 * slots against one, its overhead per experiment compared with a plain bash loop, and what the sandbox adds to a run. Only ratios within one run are
 * meaningful.
 */
import { median } from 'simple-statistics'
import type { JournalEvent } from '../../scripts/record/journal.ts'
import { bashLoop, runSession, type SessionTrace } from './standIn.ts'

/** @param args.experiments length of the session that measures the harness's overhead */
export async function benchLoop({
  experiments = 200,
  json = false,
}: {
  experiments?: number
  json?: boolean
}): Promise<void> {
  // One minute per proposal and five per run, scaled by 1/30.
  const scaled = { experiments: 8, run: 10, proposal: 2, slots: 1 }
  const empty = { experiments: 20, run: 0, proposal: 0.3, slots: 1, ahead: 0 }
  const results = {
    serialIdle: idleShare(await runSession({ ...scaled, ahead: 0 })),
    aheadIdle: idleShare(await runSession({ ...scaled, ahead: 1 })),
    oneSlot: rate(await runSession({ experiments: 12, run: 4, proposal: 0, slots: 1, ahead: 1 })),
    fourSlots: rate(await runSession({ experiments: 48, run: 4, proposal: 0, slots: 4, ahead: 1 })),
    bash: await bashLoop(50),
    inSandbox: runTime(await runSession({ ...empty, sandbox: 'auto' })),
    withoutSandbox: runTime(await runSession({ ...empty, sandbox: 'off' })),
    // Faster than any agent, but with time to load what runs the candidate, as it is in a session.
    ...ownCost(await runSession({ experiments, run: 0, proposal: 0.3, slots: 1, ahead: 0 })),
  }
  if (json) {
    process.stdout.write(`${JSON.stringify(results)}\n`)
    return
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`
  console.log(
    `GPU waits, think 2 s, run 10 s     serial ${percent(results.serialIdle)}   ahead: 1 ${percent(results.aheadIdle)}`,
  )
  console.log(`experiments, four slots / one      ${(results.fourSlots / results.oneSlot).toFixed(2)} times`)
  console.log(
    `harness an experiment (median)     ${ms(results.cost)}, a 20-line bash loop ${ms(results.bash)}: ${(results.cost / results.bash).toFixed(1)} times`,
  )
  console.log(
    `a run that does nothing (median)   ${ms(results.inSandbox)} in the sandbox of this machine, ${ms(results.withoutSandbox)} without one`,
  )
  console.log(
    `the last tenth against the first   ${(results.late / results.early).toFixed(2)} times over ${experiments} experiments`,
  )
  console.log(
    `resident memory                    last tenth ${results.memoryLate.toFixed(0)} MB, second tenth ${results.memoryEarly.toFixed(0)} MB: ${(results.memoryLate / results.memoryEarly).toFixed(2)} times`,
  )
}

/** Share of the loop's time without a running run. */
function idleShare({ events }: SessionTrace): number {
  const runs = events.flatMap(e => (e.event === 'run-finished' && e.experiment > 0 ? [e.run] : []))
  const start = Math.min(...runs.map(run => Date.parse(run.startedAt)))
  const end = Math.max(...runs.map(run => Date.parse(run.startedAt) + 1000 * run.seconds))
  return 1 - runs.reduce((sum, run) => sum + 1000 * run.seconds, 0) / (end - start)
}

/** Experiments per second, without the baseline and the first proposal, which equals the baseline and is refused. */
export function rate({ events }: SessionTrace): number {
  const at = (name: JournalEvent['event']) => events.filter(e => e.event === name).map(e => Date.parse(e.at))
  const judged = at('judged')
  const trained = events.filter(e => e.event === 'run-finished' && e.experiment > 0).length
  return (1000 * trained) / ((judged.at(-1) ?? 0) - (judged[0] ?? 0))
}

/** Median of the runs' seconds. */
const runTime = ({ events }: SessionTrace): number =>
  median(events.flatMap(e => (e.event === 'run-finished' ? [e.run.seconds] : [])))

/** Time between verdicts minus the agent's and the run's, and memory in MB; medians, in seconds. */
export function ownCost({ events, memory }: SessionTrace) {
  const judged = events.flatMap(e =>
    e.event === 'judged'
      ? [{ at: Date.parse(e.at), number: e.experiment.number, think: e.experiment.agent.seconds }]
      : [],
  )
  const ran = new Map(events.flatMap(e => (e.event === 'run-finished' ? [[e.experiment, e.run.seconds] as const] : [])))
  const costs = judged.slice(1).map((e, i) => (e.at - (judged[i]?.at ?? 0)) / 1000 - e.think - (ran.get(e.number) ?? 0))
  const tenth = Math.max(5, Math.floor(costs.length / 10))
  const sampled = Math.max(1, Math.floor(memory.length / 10))
  return {
    cost: median(costs),
    early: median(costs.slice(0, tenth)),
    late: median(costs.slice(-tenth)),
    memoryEarly: median(memory.slice(sampled, 2 * sampled + 1)),
    memoryLate: median(memory.slice(-sampled)),
  }
}
