/** The contract: what the harness enforces of a program.md's frontmatter, resolved, with its defaults. */
import { posix } from 'node:path'
import { z } from 'zod'
import { nextClockTime, parseDuration } from '../lib/time.ts'

const relative = (path: string) => path !== '' && !path.startsWith('/') && !path.includes('\\')
const relativeAdvice = 'takes paths relative to the folder of program.md, with forward slashes'

const paths = z
  .union([z.string(), z.array(z.string())])
  .transform(value => (Array.isArray(value) ? value : [value]))
  .refine(list => list.every(relative), relativeAdvice)
  .transform(list => list.map(path => posix.normalize(path)))

const filePaths = paths.refine(list => list.length > 0, 'needs at least one path')

const span = z
  .string({ error: 'takes a time with its unit: 300s, 5m or 1h' })
  .refine(text => (parseDuration(text) ?? 0) > 0, 'takes a time with its unit: 300s, 5m or 1h')
  .transform(text => parseDuration(text) ?? 0)

const agentNames = ['claude', 'codex', 'gemini', 'opencode', 'command', 'tuner'] as const
export type AgentName = (typeof agentNames)[number]

/** How hard a client may be told to think, in its own words; null: whatever its model takes. */
const efforts: Partial<Record<AgentName, readonly string[] | null>> = {
  claude: ['low', 'medium', 'high', 'xhigh', 'max'],
  codex: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra'],
  opencode: null,
}
const clients: readonly AgentName[] = ['claude', 'codex', 'gemini', 'opencode']

export const defaultAgent = 'claude' satisfies AgentName

const agentShape = {
  use: z.enum(agentNames, { error: `is one of ${agentNames.join(', ')}` }),
  /** As the client names it; null: the client's own default. */
  model: z.string().min(1).nullable().default(null),
  effort: z.string().min(1).nullable().default(null),
  /** Further arguments for the client, behind ours. */
  args: z.array(z.string()).default([]),
  /** Names of further variables of the environment that it gets. */
  env: z.array(z.string().regex(/^[A-Za-z_]\w*$/, 'takes names of environment variables')).default([]),
  /** Program that proposes, for `use: command`; goes verbatim to `sh -c`. */
  command: z.string().nullable().default(null),
  /** How long one proposal may take, seconds. */
  timeout: span.default(600),
}

const agentObject = z
  .strictObject(agentShape)
  .refine(
    agent => (agent.use === 'command') === (agent.command !== null),
    'needs `command: …` with `use: command`, and only there',
  )
  .superRefine(({ use, effort, args }, { addIssue }) => {
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
    /** The session ends when the best reaches it. */
    target: z.number().nullable().default(null),
    /** [low, high]: a value outside is recorded as a crash that says so. */
    plausible: z.tuple([z.number(), z.number()]).nullable().default(null),
  }),
)

/** YAML reads an unquoted 07:00 as text and 22:30 too; a number here is a mistake worth its own words. */
const clock = z
  .string({ error: 'takes a clock time in quotes: "07:00"' })
  .refine(text => nextClockTime(text, new Date(0)) !== null, 'takes a clock time in quotes: "07:00"')

/** Frontmatter as a person writes it; strict, so that a misspelt key is an error and not a default. */
export const frontmatterSchema = z
  .strictObject({
    edit: filePaths,
    run: z.string().min(1),
    metric,
    target: z.string().refine(relative, relativeAdvice).optional(),
    freeze: filePaths.nullable().default(null),
    link: paths.default([]),
    setup: z.string().min(1).nullable().default(null),
    budget: span.default(300),
    timeout: span.optional(),
    limits: z.record(z.string(), z.number()).default({}),
    seeds: z.number().int().min(1).max(20).default(3),
    line_cost: z.number().nonnegative().default(0.1),
    repeat: z.enum(['never', 'marginal'], { error: 'is never or marginal' }).default('never'),
    /** Experiments without a keep after which a larger step is asked for. */
    bold_after: z.number().int().positive().default(15),
    agent: agentSchema.prefault(defaultAgent),
    fallback: z.array(agentSchema).prefault(['tuner']),
    /** Who writes the report's prose, where it is not the session's own agent; "none": the template. */
    report: z.strictObject({ agent: z.union([z.literal('none'), agentSchema]) }).optional(),
    until: clock.nullable().default(null),
    hours: z.number().positive().nullable().default(null),
    experiments: z.number().int().nonnegative().nullable().default(null),
    patience: z.number().int().positive().nullable().default(null),
    cost_usd: z.number().positive().nullable().default(null),
    /** How often a crash that looks like a slip goes back to its agent to be mended. */
    fixes: z.number().int().min(0).max(5).default(2),
    /** Candidates made while others train; null: 1 with a GPU, else 0. */
    ahead: z.number().int().min(0).max(16).nullable().default(null),
    slots: z
      .union([z.literal('auto'), z.number().int().min(1).max(64)], { error: 'is auto or a whole number from 1 to 64' })
      .default('auto'),
  })
  .transform(({ target, timeout, line_cost, bold_after, ...rest }) => ({
    ...rest,
    /** Working directory of a run, relative to the folder of program.md. */
    target: posix.join(target ?? '.', '.'),
    /** Twice the budget, but at least a minute for start-up and evaluation of a short one. */
    timeout: timeout ?? Math.max(2 * rest.budget, rest.budget + 60),
    lineCost: line_cost,
    boldAfter: bold_after,
  }))
export type Contract = z.infer<typeof frontmatterSchema>
export type Frontmatter = z.input<typeof frontmatterSchema>

const { line_cost, bold_after, ...stored } = frontmatterSchema.in.shape
const seconds = z.number().positive()
const storedAgent = z.object({ ...agentShape, timeout: seconds })

/** A contract as a session stores it: resolved, paths from the root of the repository. Keys that came later have defaults. */
export const contractSchema = z.object({
  ...stored,
  target: z.string(),
  budget: seconds,
  timeout: seconds,
  agent: storedAgent,
  fallback: z.array(storedAgent),
  report: z.strictObject({ agent: z.union([z.literal('none'), storedAgent]) }).optional(),
  lineCost: line_cost,
  boldAfter: bold_after,
}) satisfies z.ZodType<Contract>

/** Names of all keys, for the message about an unknown one. */
export const frontmatterKeys = Object.keys(frontmatterSchema.in.shape)
