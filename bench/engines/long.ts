/** A long session on an engine: whether the harness's memory stays flat, and how soon it goes on once it was killed. */
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { median } from 'simple-statistics'
import { readJournal } from '../../scripts/record/journal.ts'
import { inScratch, journalOf, type SessionRun, startHarness, writeTarget } from '../loop/standIn.ts'

export interface LongSession {
  /** Resident memory of the harness from its start until it was killed, MB; medians of a tenth of that time. */
  memoryEarly: number
  memoryLate: number
  /** From the start of `session resume` until it had submitted or judged a run. */
  resumeSeconds: number
  /** Seconds of its own CPU time and of all time until then, for each experiment. */
  cpuSeconds: number
  seconds: number
  /** Each experiment has one verdict. */
  isComplete: boolean
}

/** Runs a session, kills the harness when seven eighths of its experiments are judged, and resumes it. */
export async function measureLong(session: SessionRun): Promise<LongSession> {
  return inScratch(async root => {
    await writeTarget(root, session)
    const started = performance.now()
    const first = await startHarness(root, session.env)
    const goal = Math.floor((7 * session.experiments) / 8)
    await until(async () => judgedIn(await linesOf(root)) >= goal)
    await first.kill()
    const seconds = (performance.now() - started) / 1000
    const { memory, cpuSeconds } = first.measured
    const tenth = Math.max(1, Math.floor(memory.length / 10))
    const before = await linesOf(root)
    const began = performance.now()
    const second = await startHarness(root, session.env, true)
    await until(async () => (await linesOf(root)).slice(before.length).some(line => isOf(line, goingOn)), 20)
    const resumeSeconds = (performance.now() - began) / 1000
    await second.ended
    const events = await readJournal(await journalOf(root))
    const judged = events.flatMap(event => (event.event === 'judged' ? [event.experiment.number] : []))
    return {
      memoryEarly: median(memory.slice(tenth, 2 * tenth + 1)),
      memoryLate: median(memory.slice(-tenth)),
      resumeSeconds,
      cpuSeconds: cpuSeconds / goal,
      seconds: seconds / goal,
      isComplete: judged.length === new Set(judged).size && judged.length > session.experiments,
    }
  })
}

/** Events by which a session goes on. */
const goingOn = ['run-started', 'run-finished', 'judged']

/** Complete lines of the journal; none before it is there. */
async function linesOf(root: string): Promise<string[]> {
  const text = await journalOf(root)
    .then(path => readFile(path, 'utf8'))
    .catch(() => '')
  return text.split('\n').slice(0, -1)
}

const isOf = (line: string, events: readonly string[]): boolean =>
  events.includes(/^\{"at":"[^"]*","event":"([^"]*)"/.exec(line)?.[1] ?? '')

const judgedIn = (lines: string[]): number => lines.filter(line => isOf(line, ['judged'])).length

async function until(holds: () => Promise<boolean>, everyMs = 1000): Promise<void> {
  while (!(await holds())) await wait(everyMs)
}
