/** Any launcher of jobs, through four commands of the user's. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LauncherVerb } from '../../program/commandEngine.ts'
import type { CommandSpec } from '../../program/engine.ts'
import type { LaunchedState, Launcher, Listed } from '../launched/launcher.ts'
import { answerOf, type Call, outputOf } from './call.ts'
import { argvOf } from './firstProgram.ts'
import { openKnownJobs } from './known.ts'
import { type JobMessage, type PolledJob, type PollMessage, polled, type SubmitMessage, submitted } from './messages.ts'

/** Milliseconds for which a job may be left out by `poll`, or be in a state that nobody knows, until it counts as lost. */
const patience = 600_000

/** Milliseconds: services collect what jobs print, and may have the end of it later than the state. */
const logsLate = 30_000

/** As long ago that `poll` is called at once. */
const never = Number.NEGATIVE_INFINITY

/** What is known of the state of a job. */
interface Known {
  state: LaunchedState
  /** Since when its state is not known, by performance.now(); null: it is. */
  unknownSince: number | null
}

export interface LauncherOptions {
  /** Folder on this machine for what is known of the jobs. */
  folder: string
  /** The folder of program.md, in which the commands start. */
  cwd: string
  /** With which the keys of all jobs of the session begin. */
  prefix: string
}

/** @throws {Failure} when what is known of the jobs cannot be read */
export async function openLauncher(spec: CommandSpec, { folder, cwd, prefix }: LauncherOptions): Promise<Launcher> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const jobs = await openKnownJobs(join(folder, 'jobs.json'))
  const states = new Map<string, Known>()
  const removed = new Set<string>()
  const printed = new Map<string, { output: Buffer; at: number; wasOpen: boolean }>()
  let asked = never
  const call = (verb: LauncherVerb): Call => ({ verb, command: spec[verb], cwd, timeout: spec.call_timeout })

  const isOpen = (key: string): boolean => !isFinal(states.get(key)?.state)

  const poll = async (): Promise<void> => {
    const open = [...jobs.all].filter(([key]) => isOpen(key))
    const message: PollMessage = { prefix, jobs: open.map(([key, job]) => ({ key, job })) }
    const answer = await answerOf(call('poll'), message, polled, '{"jobs": [{"key", "job", "state"}, …]}')
    const said = new Map<string, PolledJob>()
    for (const each of answer.jobs) {
      if (!each.key.startsWith(prefix) || removed.has(each.key)) continue
      // Of two jobs with a key, as after a call of `submit` that was not answered, one counts.
      if ((jobs.all.get(each.key) ?? said.get(each.key)?.job ?? each.job) === each.job) said.set(each.key, each)
    }
    for (const { key, job } of said.values()) await jobs.add(key, job)
    for (const key of new Set([...open.map(([key]) => key), ...said.keys()]))
      if (isOpen(key)) states.set(key, next(states.get(key), said.get(key)))
    asked = performance.now()
  }

  return {
    name: 'the launcher of engine.submit',
    lateMs: logsLate,
    async submit({ key, session, run, resources }) {
      const message: SubmitMessage = { key, prefix, argv: argvOf(spec.python), session, run, resources }
      try {
        const { job } = await answerOf(call('submit'), message, submitted, '{"job": "what the launcher calls it"}')
        await jobs.add(key, job)
        states.set(key, { state: { state: 'waiting', reason: null }, unknownSince: null })
        removed.delete(key)
        return job
      } catch (error) {
        // It may be there all the same.
        asked = never
        throw error
      }
    },
    async list() {
      if (performance.now() - asked >= 1000 * spec.poll_every) await poll()
      const listed = [...jobs.all].flatMap(([key, job]): [string, Listed][] => {
        const state = states.get(key)?.state
        return state !== undefined ? [[key, { job, state }]] : []
      })
      return new Map(listed)
    },
    async output(job, key) {
      const message: JobMessage = { key, job }
      const known = printed.get(key)
      // It is asked for again and again; what was printed before the end is not all.
      const isFresh = known !== undefined && performance.now() - known.at < 1000 * spec.poll_every
      if (isFresh && known.wasOpen === isOpen(key)) return known.output
      const wasOpen = isOpen(key)
      const output = await outputOf(call('fetch'), message)
      printed.set(key, { output, at: performance.now(), wasOpen })
      return output
    },
    async cancel(job, key) {
      await outputOf(call('cancel'), { key, job } satisfies JobMessage)
      asked = never
    },
    async remove(_, key) {
      removed.add(key)
      states.delete(key)
      printed.delete(key)
      await jobs.remove(key)
    },
    close: async () => {},
  }
}

const isFinal = (state: LaunchedState | undefined): boolean => state?.state === 'ended' || state?.state === 'failed'

/** @param said undefined: `poll` left it out */
function next(before: Known | undefined, said: PolledJob | undefined): Known {
  switch (said?.state) {
    case 'waiting':
      return { state: { state: 'waiting', reason: said.reason }, unknownSince: null }
    case 'running':
      return { state: { state: 'running', node: said.node }, unknownSince: null }
    case 'ended':
      return { state: { state: 'ended' }, unknownSince: null }
    case 'failed':
      return { state: { state: 'failed', cause: said.cause, detail: said.reason ?? '' }, unknownSince: null }
  }
  const now = performance.now()
  const unknownSince = before?.unknownSince ?? now
  if (now - unknownSince >= patience)
    return { state: { state: 'failed', cause: 'unreachable', detail: lostDetail(said) }, unknownSince }
  const reason = said === undefined ? 'engine.poll does not name it' : (said.reason ?? 'its state is not known')
  return { state: before?.state ?? { state: 'waiting', reason }, unknownSince }
}

const lostDetail = (said: PolledJob | undefined): string =>
  said === undefined
    ? 'engine.poll did not name it for 10 minutes'
    : `its state was not known for 10 minutes${said.reason === null ? '' : `: ${said.reason}`}`
