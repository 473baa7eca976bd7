/** The contract: the frontmatter of program.md that the harness enforces, resolved and with its defaults. */
import { posix } from 'node:path'
import { z } from 'zod'
import { isPlainLine } from '../lib/text.ts'
import { nextClockTime } from '../lib/time.ts'
import { automationShape } from './automation.ts'
import { checkEngine, engine, resources, storedEngine } from './engine.ts'
import { span } from './span.ts'

const relative = (path: string) => path !== '' && !path.startsWith('/') && !path.includes('\\')
const relativeAdvice = 'takes paths relative to the folder of program.md, with forward slashes'

const paths = z
  .union([z.string(), z.array(z.string())])
  .transform(value => (Array.isArray(value) ? value : [value]))
  .refine(list => list.every(relative), relativeAdvice)
  .transform(list => list.map(path => posix.normalize(path)))

/** What is written before a path in the trainer's cache folder. */
export const inCache = 'cache:'

/** Paths that a run cannot read: beside program.md, or `cache:NAME`. Those in the cache stay as they are written. */
const hidden = z
  .union([z.string(), z.array(z.string())])
  .transform(value => (Array.isArray(value) ? value : [value]))
  .refine(list => list.every(path => relative(withoutCache(path))), relativeAdvice)
  .transform(list => list.map(path => (isInCache(path) ? path : posix.normalize(path).replace(/\/$/, ''))))
  .refine(
    list => list.every(path => !isInCache(path) || isBelowCache(withoutCache(path))),
    'takes names inside of the cache folder after `cache:`, e.g. cache:held-out',
  )

export const isInCache = (path: string): boolean => path.startsWith(inCache)
export const withoutCache = (path: string): string => (isInCache(path) ? path.slice(inCache.length) : path)
const isBelowCache = (name: string): boolean => !['.', '..'].includes(posix.normalize(name).split('/')[0] ?? '.')

/** One or more paths, as `edit` has them: a path or a list. */
export const filePaths = paths.refine(list => list.length > 0, 'needs at least one path')

const agentNames = ['claude', 'codex', 'gemini', 'opencode', 'command', 'tuner'] as const
export type AgentName = (typeof agentNames)[number]

/** Values of `effort` that each client accepts; null: any, as they depend on its model. Other clients take none. */
const efforts: Partial<Record<AgentName, readonly string[] | null>> = {
  claude: ['low', 'medium', 'high', 'xhigh', 'max'],
  codex: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra'],
  opencode: null,
}
const clients: readonly AgentName[] = ['claude', 'codex', 'gemini', 'opencode']

export const defaultAgent = 'claude' satisfies AgentName

/** Names of environment variables. */
const variables = z
  .array(z.string().regex(/^[A-Za-z_]\w*$/, 'takes names of environment variables'), {
    error: 'takes a list of names of environment variables: [WANDB_API_KEY]',
  })
  .default([])

const agentShape = {
  use: z.enum(agentNames, { error: `is one of ${agentNames.join(', ')}` }),
  /** The client's name of the model; null: the client's default. */
  model: z.string().min(1).nullable().default(null),
  effort: z.string().min(1).nullable().default(null),
  /** Extra arguments for the client, after Nightshift's. */
  args: z.array(z.string()).default([]),
  /** Names of extra environment variables to pass to the client. */
  env: variables,
  /** The command that makes proposals, for `use: command`; passed verbatim to `sh -c`. */
  command: z.string().nullable().default(null),
  /** Whether the command runs in a sandbox; only for `use: command`. */
  sandbox: z.boolean({ error: 'is true or false' }).default(false),
  /** How long one proposal may take, seconds. */
  timeout: span.default(600),
}

const agentObject = z
  .strictObject(agentShape)
  .refine(
    agent => (agent.use === 'command') === (agent.command !== null),
    'needs `command: …` with `use: command`, and only there',
  )
  .superRefine(({ use, effort, args, sandbox }, { addIssue }) => {
    if (sandbox && use !== 'command')
      addIssue({ code: 'custom', path: ['sandbox'], message: `goes with \`use: command\`, not ${use}` })
    const known = efforts[use]
    if (effort !== null && known === undefined)
      addIssue({
        code: 'custom',
        path: ['effort'],
        message: `goes with ${Object.keys(efforts).join(', ')}, not ${use}`,
      })
    else if (effort !== null && known !== null && !known?.includes(effort))
      addIssue({ code: 'custom', path: ['effort'], message: `is one of ${known?.join(', ')} with ${use}` })
    if (args.length > 0 && !clients.includes(use))
      addIssue({ code: 'custom', path: ['args'], message: `goes with ${clients.join(', ')}, not ${use}` })
  })

export const agentSchema = z.preprocess(value => (typeof value === 'string' ? { use: value } : value), agentObject)
export type AgentSpec = z.infer<typeof agentSchema>

const word = z.string().regex(/^[A-Za-z_][\w./@-]*$/, 'takes a name as the run prints it, e.g. val_bpb')

const metric = z.preprocess(
  value => (typeof value === 'string' ? { name: value } : value),
  z.strictObject({
    name: word,
    goal: z.enum(['minimize', 'maximize'], { error: 'is minimize or maximize' }).default('minimize'),
    unit: z.string().nullable().default(null),
    holdout: word.nullable().default(null),
    /** The session ends when the best value reaches this. */
    target: z.number().nullable().default(null),
    /** [low, high]: a value outside is recorded as a crash with that reason. */
    plausible: z.tuple([z.number(), z.number()]).nullable().default(null),
  }),
)

/** A clock time, e.g. "07:00". YAML reads it as text even without quotes. */
const clock = z
  .string({ error: 'takes a clock time in quotes: "07:00"' })
  .refine(text => nextClockTime(text, new Date(0)) !== null, 'takes a clock time in quotes: "07:00"')

/** Characters; reports and commands show no more. */
export const MAX_DATA = 1000

/** Which data runs measure. They get it in their environment, and records and pages show it in one line. */
export const dataText = z
  .string({ error: 'takes the name of data, e.g. climbmix:20 or folder:PATH' })
  .refine(text => text.trim() !== '' && text !== 'folder:', 'takes the name of data, e.g. climbmix:20 or folder:PATH')
  .refine(isPlainLine, 'takes one line, without control or invisible characters')
  .refine(text => text.length <= MAX_DATA, `takes at most ${MAX_DATA} characters`)

const evaluateAdvice = 'takes a command, or { serve: COMMAND }'
const evaluateCommand = z.string({ error: evaluateAdvice }).min(1, evaluateAdvice).nullable().default(null)

/**
 * The frozen command that measures a run from outside: `after` it, or `serve`, which is started with the run and connected to
 * it by a socket. One of the two is null.
 */
const evaluate = z.preprocess(
  value => (typeof value === 'string' ? { after: value } : value),
  z
    .strictObject({ after: evaluateCommand, serve: evaluateCommand }, { error: evaluateAdvice })
    .refine(({ after, serve }) => (after === null) !== (serve === null), evaluateAdvice),
)
export type Evaluate = z.infer<typeof evaluate>

/** Turns of one agent at the same time, at most: each is a process of its client. */
export const MAX_PROPOSERS = 16

/** Frontmatter as a person writes it. Strict, so that a misspelt key is an error. */
export const frontmatterSchema = z
  .strictObject({
    edit: filePaths,
    run: z.string().min(1),
    metric,
    target: z.string().refine(relative, relativeAdvice).optional(),
    freeze: filePaths.nullable().default(null),
    evaluate: evaluate.nullable().default(null),
    hide: hidden.default([]),
    link: paths.default([]),
    setup: z.string().min(1).nullable().default(null),
    /** Names of the user's environment variables to pass to runs and setup, beside those that every run gets. */
    env: variables,
    /** What runs and setup get as NIGHTSHIFT_DATA; null: nothing. */
    data: dataText.nullable().default(null),
    budget: span.default(300),
    timeout: span.optional(),
    limits: z.record(z.string(), z.number()).default({}),
    seeds: z.number().int().min(1).max(20).default(3),
    line_cost: z.number().nonnegative().default(0.1),
    repeat: z.enum(['never', 'marginal'], { error: 'is never or marginal' }).default('never'),
    /** Whether kept changes that are likely luck are taken out before confirm. */
    prune: z.boolean({ error: 'is true or false' }).default(true),
    /** `paired`: the head runs beside each candidate, and the differences decide. */
    judge: z.enum(['single', 'paired'], { error: 'is single or paired' }).default('single'),
    /** Experiments without a keep after which the prompt asks for a larger step. */
    bold_after: z.number().int().positive().default(15),
    agent: agentSchema.prefault(defaultAgent),
    fallback: z.array(agentSchema).prefault(['tuner']),
    /** The agent that writes the report's prose, if not the session's agent; "none": the template. */
    report: z.strictObject({ agent: z.union([z.literal('none'), agentSchema]) }).optional(),
    until: clock.nullable().default(null),
    hours: z.number().positive().nullable().default(null),
    experiments: z.number().int().nonnegative().nullable().default(null),
    patience: z.number().int().positive().nullable().default(null),
    cost_usd: z.number().positive().nullable().default(null),
    /** US dollars per hour of one GPU; null: not known. */
    gpu_usd_hour: z.number().nonnegative().nullable().default(null),
    /** How often a crash that looks like a fixable error is sent back to its agent. */
    fixes: z.number().int().min(0).max(5).default(2),
    /** Turns of the agent at the same time; `auto`: as many as the slots need, see ratchet/propose/pace.ts. */
    proposers: z
      .union([z.literal('auto'), z.number().int().min(1).max(MAX_PROPOSERS)], {
        error: `is auto or a whole number from 1 to ${MAX_PROPOSERS}`,
      })
      .default('auto'),
    /** Candidates proposed in advance, while others train; null: see ratchet/propose/pace.ts. */
    ahead: z.number().int().min(0).max(16).nullable().default(null),
    slots: z
      .union([z.literal('auto'), z.number().int().min(1).max(64)], { error: 'is auto or a whole number from 1 to 64' })
      .default('auto'),
    /** `auto`: runs execute in a sandbox where the machine can give one. */
    sandbox: z.enum(['auto', 'off'], { error: 'is auto or off' }).default('auto'),
    /** What a run in a sandbox reaches: `local`: this machine; true: everything; false: nothing. */
    network: z.union([z.literal('local'), z.boolean()], { error: 'is local, true or false' }).default('local'),
    /** Where runs execute. */
    engine,
    /** What a slot has; null: with `engine: local`, where it is a GPU or the machine. */
    resources,
    ...automationShape,
  })
  .superRefine(checkEngine)
  .refine(({ judge, repeat }) => judge === 'single' || repeat === 'never', {
    path: ['repeat'],
    error: 'goes with `judge: single`: with `judge: paired` each candidate runs several times anyway',
  })
  // What acts around a session is no part of its contract, and is not stored.
  .transform(({ target, timeout, line_cost, bold_after, gpu_usd_hour, publish, notify, hooks, share, ...rest }) => ({
    ...rest,
    /** Working directory of a run, relative to the folder of program.md. */
    target: posix.join(target ?? '.', '.'),
    /** Seconds. By default twice the budget, with at least 60 s for start-up and evaluation. */
    timeout: timeout ?? Math.max(2 * rest.budget, rest.budget + 60),
    lineCost: line_cost,
    boldAfter: bold_after,
    gpuUsdHour: gpu_usd_hour,
  }))
type Resolved = z.infer<typeof frontmatterSchema>
/**
 * `data` is undefined in what versions before that key have stored. Their runs got NIGHTSHIFT_DATA of the shell from which
 * the session was started or resumed, and still do, since nothing else says which data it was: where the evaluation reports
 * its data, a run on other data is a crash.
 */
export type Contract = Omit<Resolved, 'data'> & { data?: Resolved['data'] | undefined }
export type Frontmatter = z.input<typeof frontmatterSchema>

const { line_cost, bold_after, gpu_usd_hour, publish, notify, hooks, share, ...stored } = frontmatterSchema.in.shape
const seconds = z.number().positive()
const storedAgent = z.object({ ...agentShape, timeout: seconds })

/** A contract as a session stores it: resolved, paths from the repository's root. Keys added later have defaults. */
export const contractSchema = z.object({
  ...stored,
  target: z.string(),
  data: z.string().nullable().optional(),
  budget: seconds,
  timeout: seconds,
  agent: storedAgent,
  fallback: z.array(storedAgent),
  report: z.strictObject({ agent: z.union([z.literal('none'), storedAgent]) }).optional(),
  engine: storedEngine,
  lineCost: line_cost,
  boldAfter: bold_after,
  gpuUsdHour: gpu_usd_hour,
}) satisfies z.ZodType<Contract>

/** Names of all keys, for the error about an unknown key. */
export const frontmatterKeys = Object.keys(frontmatterSchema.in.shape)
