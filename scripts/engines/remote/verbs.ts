/** The verbs of node/ with their types. What a node answers is checked: a candidate may have run there. */
import { z } from 'zod'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import { type LossCause, lossCauses } from '../engine.ts'
import { type Facts, factsSchema } from '../facts.ts'
import type { NodeJob } from '../nodeJob.ts'
import type { CallOptions, Channel } from './channel.ts'
import { keyPattern } from './paths.ts'

const lossCauseSchema = z.enum(Object.keys(lossCauses) as [LossCause, ...LossCause[]])
const wordsSchema = z.string().transform(text => sanitizeText(text.slice(0, 10_000), 300))
/** Index of a slot: a program on the node may have written it. */
const slotSchema = z.number().int().nonnegative()

const runStateSchema = z.object({
  state: z.enum(['waiting', 'running', 'ended', 'lost']),
  slot: slotSchema.nullable(),
  /** Name of the machine that took it; null while it waits. */
  node: wordsSchema.nullable(),
  /** Of a lost run. */
  cause: lossCauseSchema.nullable(),
  detail: wordsSchema.nullable(),
  /** When it was taken, seconds since 1970 by the clock of its machine; null while it waits. */
  began: z.number().nullable().default(null),
})
export type RunState = z.infer<typeof runStateSchema> & {
  /** The same by the clock of this machine, milliseconds since 1970; null while it waits. */
  beganAt?: number | null
}

const workerSchema = z.object({
  node: wordsSchema,
  pid: z.number().int(),
  state: z.enum(['idle', 'busy', 'ended']),
  /** Of the run under way. */
  key: z.string().nullable(),
  /** Number of workers that the slot has had. */
  generation: z.number().int(),
  /** When it ends by the scheduler's time limit, seconds since 1970. */
  until: z.number().nullable(),
  /** SLURM_JOB_ID, and how often it was requeued. */
  schedulerJob: wordsSchema.nullable(),
  restarts: z.number().int(),
  /** Seconds since it last said that it lives, by the clock of the file system. */
  age: z.number(),
  /** Whether its process is there, or where that is not known (another machine), whether it said so lately. */
  isAlive: z.boolean(),
})
export type Worker = z.infer<typeof workerSchema>

const pollSchema = z.object({
  /** The file system's clock, seconds since 1970. */
  now: z.number(),
  /** The clock of the machine that answers, seconds since 1970. */
  clock: z.number(),
  runs: z.record(z.string().regex(keyPattern), runStateSchema),
  /** The last worker of each slot, by index. */
  workers: z.record(z.string().regex(/^\d{1,5}$/), workerSchema),
})
export type PolledRoot = Omit<z.infer<typeof pollSchema>, 'runs'> & { runs: Record<string, RunState> }

/** How a job is started: by the slot's worker, by a process of its own at once, or by whatever calls `execute`. */
export type Start = 'held' | 'now' | 'later'

/** Replaces a folder of the root. @param tar of `files.ts` */
export async function put(
  channel: Channel,
  root: string,
  name: 'node' | 'base' | 'evaluation',
  tar: NonNullable<CallOptions['input']>,
): Promise<void> {
  await channel.call(['put', root, name], { input: tar, seconds: 1800 })
}

const startFlags = { held: [], now: ['--start'], later: ['--file'] } as const satisfies Record<Start, string[]>

/** Gives a job to the node, unless its key is there already. @returns the state of the run with this key */
export const submit = (channel: Channel, root: string, job: NodeJob, start: Start): Promise<RunState> =>
  answerOf(channel, ['submit', root, ...startFlags[start]], runStateSchema, { input: JSON.stringify(job) })

/** All runs and workers of the root. A run whose runner is dead is `lost`; what is left of it on that machine is killed. */
export async function poll(channel: Channel, root: string): Promise<PolledRoot> {
  const polled = await answerOf(channel, ['poll', root], pollSchema)
  const apart = Date.now() - 1000 * polled.clock
  const runs = Object.entries(polled.runs).map(([key, run]) => {
    const beganAt = run.began === null ? null : 1000 * run.began + apart
    return [key, { ...run, beganAt }] as const
  })
  return { ...polled, runs: Object.fromEntries(runs) }
}

/** As JSON, of which what differs with each question is left out. */
export const describeRuns = (runs: PolledRoot['runs']): string =>
  JSON.stringify(Object.entries(runs).map(([key, { beganAt: _, ...run }]) => [key, run]))

/** Ends a run; one that waits will not begin. @returns its state at that moment */
export const cancel = (channel: Channel, root: string, key: string): Promise<RunState> =>
  answerOf(channel, ['cancel', root, key], runStateSchema)

/** What an ended run has left, as a tar for `unpackRun`. */
export const fetch = (channel: Channel, root: string, key: string): Promise<Buffer> =>
  channel.call(['fetch', root, key], { seconds: 300, limit: 2 ** 27 })

/** Removes what is left of a run that does not run. Its key stays known: it is never executed again. */
export async function remove(channel: Channel, root: string, key: string): Promise<void> {
  await channel.call(['remove', root, key])
}

/** Lets the worker of a slot end once it has no run. */
export async function end(channel: Channel, root: string, slot: number): Promise<void> {
  await channel.call(['end', root, String(slot)])
}

/** Ends all processes of the session on that machine and removes the root. */
export async function clean(channel: Channel, root: string): Promise<void> {
  await channel.call(['clean', root], { seconds: 300 })
}

/** What is asked of a machine. */
export interface FactsWanted {
  /** Interpreter of runs, or the folder of a virtual environment, where it is not the one in PATH. */
  python?: string | undefined
  root?: string | undefined
  /** Name of a file that the harness made in its own folder `root`, to learn whether the machine sees that. */
  token?: string | undefined
  /** Paths that the session needs there, e.g. targets of links. */
  needs?: readonly string[]
}

/** Facts of a machine. */
export async function facts(channel: Channel, { python, root, token, needs = [] }: FactsWanted = {}): Promise<Facts> {
  const options = Object.entries({ python, root, token }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  )
  const paths = needs.flatMap(path => ['--needs', path])
  const before = Date.now()
  const found = await answerOf(channel, ['facts', ...options, ...paths], factsSchema, { seconds: 180 })
  // What the call itself may explain is no difference.
  const clockApart = Math.min(0, found.clock - before) + Math.max(0, found.clock - Date.now())
  return { ...found, clockApart }
}

/** What `setup` executes, in a tree of the files of `base`. */
export interface SetupJob {
  command: string
  /** Environment of the command, over which `inherit` patterns are taken from the node. */
  env: Record<string, string>
  inherit: string[]
  /** Folder of the target, from the root of the repository. */
  target: string
  /** As in a job. */
  links: Record<string, string>
}

const setupSchema = z.object({ code: z.number().int() })

/** Executes the contract's setup command. @param tell called with each line of its output @returns its exit code */
export async function setup(
  channel: Channel,
  root: string,
  job: SetupJob,
  tell: (line: string) => void,
  options: Pick<CallOptions, 'signal' | 'seconds'> = {},
): Promise<number> {
  // Each line is told when the next one is there: the last one is the verb's own.
  let last: string | null = null
  await channel.call(['setup', root], {
    ...options,
    seconds: options.seconds ?? 7200,
    input: JSON.stringify(job),
    onLine: line => {
      if (last !== null) tell(sanitizeText(last))
      last = line
    },
  })
  return parsed(channel, 'setup', last ?? '', setupSchema).code
}

async function answerOf<T>(
  channel: Channel,
  args: string[],
  schema: z.ZodType<T>,
  options: CallOptions = {},
): Promise<T> {
  const output = await channel.call(args, { ...options, limit: 2 ** 24 })
  return parsed(channel, args[0] ?? '', output.toString('utf8'), schema)
}

/** @throws {Failure} for an answer that is not what the verb answers */
function parsed<T>(channel: Channel, verb: string, text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(jsonOrNull(text))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Failure(
    `\`${verb}\` on ${sanitizeText(channel.name)} answered what is no answer of it: ${sanitizeText(text, 120)} (${sanitizeText(issue?.path.map(String).join('.') ?? '', 80)}: ${issue?.message}).`,
    'Does the login of that machine print something? Only an interactive shell should.',
  )
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
