/** A session in one screen: the facts, and the same as lines of at most 80 columns. */
import { change, duration, metricText, signed } from '../lib/format.ts'
import { clean } from '../lib/terminal.ts'
import { experimentName, files } from './files.ts'
import { readJournal } from './journal.ts'
import type { Experiment, Noise, Session } from './schema.ts'
import { apply, begin, bestValue, nightValues, type State, tip } from './state.ts'

export interface Status {
  id: string
  /** "running", or the kind of its end. */
  state: string
  elapsedSeconds: number
  /** The run under way; null when none is. */
  running: { experiment: number; purpose: string; elapsedSeconds: number; budgetSeconds: number } | null
  experiments: number
  kept: number
  metric: string
  baseline: number | null
  best: { experiment: number; value: number; description: string } | null
  /** Better is positive. */
  gain: number | null
  noise: Noise | null
  experimentsPerHour: number
  agent: string
  last: { number: number; status: string; metric: number | null; gain: number | null; description: string }[]
  goal: Session['metric']['goal']
}

/** Reads a session's journal, which is always up to date. */
export async function readStatus(folder: string, now = new Date()): Promise<Status> {
  const events = await readJournal(files.journal(folder))
  const first = events[0]
  if (first?.event !== 'started') throw new TypeError(`${folder}: the journal does not begin with a session`)
  const state = begin(first.session)
  for (const event of events) apply(state, event)
  const run = events.findLast(event => event.event === 'run-started' || event.event === 'run-finished')
  const lastAgent = events.findLast(event => event.event === 'agent')
  return summarise(
    state,
    now,
    run?.event === 'run-started' && !state.session.stop ? run : null,
    lastAgent?.event === 'agent' ? lastAgent.use : null,
  )
}

type Started = { experiment: number; purpose: string; at: string }

function summarise({ session, experiments }: State, now: Date, run: Started | null, agent: string | null): Status {
  const best = tip({ experiments })
  const baseline = experiments[0]
  const measured = baseline && nightValues(baseline).length > 0 ? bestValue(baseline) : null
  const value = best && nightValues(best).length > 0 ? bestValue(best) : null
  const elapsed = seconds(session.startedAt, session.endedAt ? new Date(session.endedAt) : now)
  const done = Math.max(0, experiments.length - 1)
  const sign = session.metric.goal === 'minimize' ? 1 : -1
  return {
    id: session.id,
    state: session.stop?.kind ?? 'running',
    elapsedSeconds: elapsed,
    running: run && {
      experiment: run.experiment,
      purpose: run.purpose,
      elapsedSeconds: seconds(run.at, now),
      budgetSeconds: session.budget,
    },
    experiments: done,
    kept: experiments.filter(e => e.status === 'keep' && e.number > 0).length,
    metric: session.metric.name,
    baseline: measured,
    best: best && value !== null ? { experiment: best.number, value, description: best.description } : null,
    gain: measured !== null && value !== null ? sign * (measured - value) : null,
    noise: session.noise,
    experimentsPerHour: elapsed > 0 ? (done * 3600) / elapsed : 0,
    agent: agent ?? experiments.at(-1)?.agent.use ?? session.agent.use,
    last: experiments.slice(-10).map(brief),
    goal: session.metric.goal,
  }
}

const brief = ({ number, status, metric, decision, description }: Experiment) => ({
  number,
  status,
  metric,
  gain: decision?.gain ?? null,
  description,
})

const seconds = (from: string, to: Date): number => Math.max(0, (to.getTime() - Date.parse(from)) / 1000)

/** The screen. */
export function statusText(status: Status): string {
  const { running, best, gain, noise, goal } = status
  const line = (key: string, text: string) => `${key.padEnd(11)} ${text}`
  const lines = [
    line('session', `${status.id}  ${status.state}  ${duration(status.elapsedSeconds)}`),
    running
      ? line(
          'now',
          `${experimentName(running.experiment)} ${running.purpose}, ${duration(running.elapsedSeconds)} of ${duration(running.budgetSeconds)} and evaluation`,
        )
      : line('now', status.state === 'running' ? 'between two runs' : 'nothing runs'),
    line(
      'experiments',
      `${status.experiments}, ${status.kept} kept, ${status.experimentsPerHour.toFixed(1)} an hour, proposed by ${status.agent}`,
    ),
  ]
  if (best && status.baseline !== null) {
    lines.push(line('best', `${status.metric} ${metricText(best.value)} by ${experimentName(best.experiment)}`))
    lines.push(line('change', `${signed(change(gain ?? 0, goal))} from the baseline's ${metricText(status.baseline)}`))
  }
  if (noise)
    lines.push(
      line(
        'noise',
        `σ ${noise.sigma.toPrecision(2)}${noise.interval ? `, 95% ${noise.interval.map(v => v.toPrecision(2)).join(' to ')}` : ''}`,
      ),
    )
  lines.push('')
  for (const e of status.last) {
    const delta = e.gain === null ? '' : signed(change(e.gain, goal), 4)
    lines.push(
      `${experimentName(e.number)}  ${e.status.padEnd(8)} ${(e.metric === null ? '' : metricText(e.metric)).padEnd(10)} ${delta.padEnd(8)} ${clean(e.description, 42)}`,
    )
  }
  return lines.join('\n')
}
