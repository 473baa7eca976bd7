/**
 * Measures how busy 16 slots are. An agent thinks 90 s, a run trains 300 s and waits 30 s in a queue, all scaled down: so many
 * answers of one turn at a time are too few, and the bench says what each remedy gives. The slots are stand-in GPUs of this
 * machine, the runs sleep.
 */
import { Failure } from '../../scripts/lib/errors.ts'
import { runSession, type SessionRun, type SessionTrace } from './standIn.ts'

const slots = 16

type Remedies = Pick<SessionRun, 'ahead' | 'proposers' | 'sweep' | 'queue'>

/** @param queue seconds */
const sessions = (queue: number): Record<string, { what: string; remedies: Remedies; share: number }> => ({
  one: { what: 'one turn at a time, a job a run', remedies: { ahead: 1, queue }, share: 0.25 },
  held: { what: 'the same, held jobs', remedies: { ahead: 1 }, share: 0.25 },
  auto: { what: 'proposers: auto, a job a run', remedies: { ahead: 'auto', proposers: 'auto', queue }, share: 1 },
  sweeps: { what: 'one turn, sweeps of 4, a job a run', remedies: { ahead: 'auto', sweep: 4, queue }, share: 1 },
  'auto-held': { what: 'proposers: auto, held jobs', remedies: { ahead: 'auto', proposers: 'auto' }, share: 1 },
  all: { what: 'auto, sweeps of 4, held jobs', remedies: { ahead: 'auto', proposers: 'auto', sweep: 4 }, share: 1 },
})

/**
 * @param args.run seconds that a run trains; the agent thinks three tenths of that, and the queue takes a tenth
 * @param args.experiments of each slot; a session whose slots mostly wait makes a quarter of them
 * @param args.topics names of the sessions, with commas
 */
export async function benchBusy({
  run = 30,
  experiments = 8,
  topics,
  json = false,
}: {
  run?: number
  experiments?: number
  topics?: string
  json?: boolean
}): Promise<void> {
  const all = sessions(run / 10)
  const names = topics?.split(',') ?? Object.keys(all)
  const results: Record<string, { busy: number; early: number; experiments: number }> = {}
  for (const name of names) {
    const session = all[name]
    if (!session) throw new Failure(`There is no session ${name}.`, `Name some of: ${Object.keys(all).join(', ')}.`)
    const { what, remedies, share } = session
    const count = Math.ceil(slots * experiments * share)
    const about = { run, proposal: (3 * run) / 10, slots, gpus: slots, sandbox: 'off', experiments: count } as const
    const trace = await runSession({ ...about, ...remedies })
    const found = busyShares(trace, remedies.queue ?? 0, run)
    results[name] = { ...found, experiments: count }
    if (!json) console.log(`${what.padEnd(36)} ${percent(found.busy)} busy, ${percent(found.early)} from the start on`)
  }
  if (json) process.stdout.write(`${JSON.stringify({ run, slots, results })}\n`)
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`

/**
 * Shares of the slots' time in which they train, until the last run begins.
 * @returns `busy`: from the moment at which every slot has had a run, or half of the runs have begun; `early`: from the end of
 * the baseline, so that it has the wait for the first answers too
 */
export function busyShares({ events }: SessionTrace, queue: number, train: number): { busy: number; early: number } {
  const runs = events.flatMap(e => (e.event === 'run-finished' && e.experiment > 0 ? [e.run] : []))
  const begins = runs.map(run => Date.parse(run.startedAt) / 1000).sort((a, b) => a - b)
  const end = begins.at(-1) ?? 0
  const baseline = events.find(e => e.event === 'judged')
  const share = (from: number) => {
    const trained = begins.map(at => Math.max(0, Math.min(end, at + queue + train) - Math.max(from, at + queue)))
    return trained.reduce((sum, seconds) => sum + seconds, 0) / (slots * (end - from))
  }
  const full = begins[Math.min(slots, Math.floor(begins.length / 2)) - 1] ?? 0
  return { busy: share(full), early: share(Date.parse(baseline?.at ?? '') / 1000) }
}
