/**
 * The keys `engine` and `resources` of program.md: where runs execute, and what each slot has there. Their values reach the
 * command lines of ssh and Slurm, and services, so that each has a form in which it can be no option and no second word.
 */
import { posix } from 'node:path'
import { z } from 'zod'
import { isPlainLine } from '../lib/text.ts'
import { commandShape, missingCommands } from './commandEngine.ts'
import { slurmArguments, slurmTime } from './slurmArguments.ts'
import { span } from './span.ts'

const engineNames = ['local', 'slurm', 'ssh', 'ray', 'command'] as const
export type EngineName = (typeof engineNames)[number]

/** A name as a scheduler has it, or several with commas between them. */
const name = (example: string) =>
  z
    .string({ error: `takes a name: ${example}` })
    .regex(/^\w[\w.,@+-]*$/, `takes a name of letters, digits and . , _ @ + -, e.g. ${example}`)

const isAbsolute = (path: string): boolean => /^\/./.test(path) && isPlainLine(path) && !path.split('/').includes('..')

const pathAdvice = 'takes an absolute path, or one that begins with ~/'

/** A path of this machine. */
const ownPath = z
  .string({ error: pathAdvice })
  .refine(path => isAbsolute(path.replace(/^~\//, '/')), `${pathAdvice}, in one line and without ..`)

/** A path on another machine, where `~` is the home folder. It goes through the login shell there. */
const path = z
  .string({ error: pathAdvice })
  .refine(
    path => /^~?(\/[\p{L}\p{N}_.+@%:,=-]+)+\/?$/u.test(path) && !path.split('/').includes('..'),
    `${pathAdvice}, of letters, digits and . _ - + @ % : , = and without ..`,
  )

/** What a link leads to. */
const target = z
  .string({ error: 'takes an absolute path on the node' })
  .refine(isAbsolute, 'takes an absolute path on the node, in one line and without ..')

const linksAdvice =
  'takes paths in the folder of program.md, each with an absolute path on the node: { data: /scratch/data }'

/** Paths relative to the folder of program.md, with what they are links to where the run executes. */
const links = z
  .record(z.string(), target, { error: linksAdvice })
  .refine(all => Object.keys(all).every(isInside), linksAdvice)
  .transform(all =>
    Object.fromEntries(Object.entries(all).map(([link, target]) => [posix.join(link).replace(/\/$/, ''), target])),
  )

const isInside = (link: string): boolean => {
  const plain = posix.normalize(link)
  return plain !== '.' && !/^(\/|\.\.(\/|$))/.test(plain) && !plain.includes('\\') && isPlainLine(plain)
}

/** `user@host` or a name of the ssh config. Colons: an address of IPv6. */
const hostName = z
  .string({ error: 'takes a host, e.g. a100-1, or { host: a100-1, gpus: 2 }' })
  .regex(
    /^(\w[\w.+-]*@)?[\w:][\w.:%-]*$/,
    'takes a host as ssh has it: a100-1 or ana@10.0.0.7; a port belongs in an ssh config',
  )

/** Keys of every engine that executes runs elsewhere. @param length the form of a time: in the file or as stored, in seconds */
const remoteShape = <T extends z.ZodType>(length: (seconds: number) => T) => ({
  /** Folder for what the session puts on a node; null: `~/.cache/nightshift/nodes`, with a shared file system the session's own. */
  root: path.nullable().default(null),
  /** An interpreter, or the folder of a virtual environment, on the node; null: `python3` of its PATH. */
  python: path.nullable().default(null),
  /** Seconds after which it is said that a place is still waited for. */
  queue_timeout: length(1800),
  links: links.default({}),
})

const hostShape = {
  host: hostName,
  /** GPUs 0 to N-1 of the host are used; null: as many as one slot has. */
  gpus: z.number().int().min(1).max(64).nullable().default(null),
  python: path.nullable().default(null),
  root: path.nullable().default(null),
}

const host = z.preprocess(
  value => (typeof value === 'string' ? { host: value } : value),
  z.strictObject(hostShape, { error: 'takes a host, e.g. a100-1, or { host: a100-1, gpus: 2 }' }),
)

const hosts = z
  .array(host, { error: 'takes a list of hosts: [a100-1, { host: a100-2, gpus: 8 }]' })
  .min(1, 'needs at least one host')
  .max(64, 'takes at most 64 hosts')
  .refine(list => new Set(list.map(({ host }) => host)).size === list.length, 'names a host twice')

const yesNo = z.boolean({ error: 'is true or false' })

const slurmShape = <T extends z.ZodType>(length: (seconds: number) => T, time: z.ZodType<number>) => ({
  use: z.literal('slurm'),
  partition: name('a100').nullable().default(null),
  account: name('lab').nullable().default(null),
  qos: name('high').nullable().default(null),
  gres: z
    .string({ error: 'takes what Slurm calls a generic resource, e.g. gpu:a100:2' })
    .regex(/^\w[\w.:,/()-]*$/, 'takes what Slurm calls a generic resource, e.g. gpu:a100:2')
    .nullable()
    .default(null),
  /** Time limit of a job, seconds; null: the partition's. */
  time: time.nullable().default(null),
  args: slurmArguments.default([]),
  /** A job for each run, instead of jobs that take runs one after another. */
  per_run: yesNo.default(false),
  /** Seconds after which a held job without work is given back. */
  idle: length(600),
  /** Whether the nodes see the harness's own folders. */
  shared: yesNo.default(true),
  ...remoteShape(length),
})

const sshShape = <T extends z.ZodType>(length: (seconds: number) => T) => ({
  use: z.literal('ssh'),
  hosts,
  /** An ssh config to use in the place of the user's. */
  config: ownPath.nullable().default(null),
  ...remoteShape(length),
})

/** Amounts of what a cluster's own nodes offer, by its name there. */
const customResources = z
  .record(z.string().regex(/^[A-Za-z_][\w.:/-]{0,99}$/), z.number().positive().max(1e6), {
    error: 'takes amounts by their names in the cluster: { "accelerator_type:H100": 0.01 }',
  })
  .refine(
    all => !['CPU', 'GPU', 'memory', 'object_store_memory'].some(name => name in all),
    'takes no CPU, GPU or memory: `resources` has keys for them',
  )

const rayShape = <T extends z.ZodType>(length: (seconds: number) => T) => ({
  use: z.literal('ray'),
  /** Of the dashboard; null: what RAY_API_SERVER_ADDRESS or RAY_ADDRESS names, else the one of this machine. */
  address: z
    .string({ error: "takes the address of Ray's dashboard: http://127.0.0.1:8265" })
    .regex(/^https?:\/\/[\w.:[\]@%-]+(\/[\w./~-]*)?$/, "takes the address of Ray's dashboard: http://127.0.0.1:8265")
    .refine(address => !address.includes('@'), 'takes no user or password: RAY_JOB_HEADERS has them')
    .nullable()
    .default(null),
  custom_resources: customResources.default({}),
  ...remoteShape(length),
})

const commandEngineShape = <T extends z.ZodType>(length: (seconds: number) => T) => ({
  ...commandShape(length),
  ...remoteShape(length),
})

const written = (seconds: number) => span.prefault(`${seconds}s`)
const stored = (seconds: number) => z.number().positive().default(seconds)

const localShape = { use: z.literal('local') }
const use = { error: `is one of ${engineNames.join(', ')}` }

const writtenShapes = {
  local: localShape,
  slurm: slurmShape(written, slurmTime),
  ssh: sshShape(written),
  ray: rayShape(written),
  command: commandEngineShape(written),
} as const

/** As a person writes it: a name, or a name with keys. */
export const engine = z
  .preprocess(
    value => (typeof value === 'string' ? { use: value } : value),
    z
      .looseObject({ use: z.enum(engineNames, use) }, { error: 'takes local, slurm, ssh, ray or { use: slurm, … }' })
      .superRefine(refuseKeysOfOthers)
      .pipe(
        z.discriminatedUnion('use', [
          z.strictObject(writtenShapes.local),
          z.strictObject(writtenShapes.slurm),
          z.strictObject(writtenShapes.ssh),
          z.strictObject(writtenShapes.ray),
          z.strictObject(writtenShapes.command),
        ]),
      ),
  )
  .prefault('local')

/** As a session stores it. Sessions from before this key executed their runs on their own machine. */
export const storedEngine = z
  .discriminatedUnion('use', [
    z.object(localShape),
    z.object(slurmShape(stored, z.number().positive())),
    z.object(sshShape(stored)),
    z.object(rayShape(stored)),
    z.object(commandEngineShape(stored)),
  ])
  .default({ use: 'local' })

export type EngineSpec = z.infer<typeof storedEngine>
export type SlurmSpec = Extract<EngineSpec, { use: 'slurm' }>
export type SshSpec = Extract<EngineSpec, { use: 'ssh' }>
export type RaySpec = Extract<EngineSpec, { use: 'ray' }>
export type CommandSpec = Extract<EngineSpec, { use: 'command' }>

const part = (most: number) =>
  z
    .number({ error: 'takes a number' })
    .min(0)
    .max(most)
    .refine(
      count => Number.isInteger(count) || count < 1,
      'takes a whole number, or with `engine: ray` or `command` a part of one: 0.5',
    )

/** What each slot has. With several nodes these are of each node. */
export const resources = z
  .strictObject({
    /** A part of one, or a whole number. */
    gpus: part(64).nullable().default(null),
    nodes: z.number().int().min(1).max(64).default(1),
    cpus: part(1024)
      .refine(cpus => cpus > 0, 'is more than 0')
      .nullable()
      .default(null),
    /** As Slurm has it, e.g. "64G". */
    memory: z
      .string({ error: 'takes a size with its unit, e.g. 64G' })
      .regex(/^[1-9]\d{0,6}[MGT]$/, 'takes a size with its unit, e.g. 64G')
      .nullable()
      .default(null),
  })
  .nullable()
  .default(null)
export type Resources = z.infer<typeof resources>

interface Raise {
  addIssue(issue: { code: 'custom'; path: PropertyKey[]; message: string; continue?: boolean }): void
}

/** A key of another engine is named with its engine, not as unknown. */
function refuseKeysOfOthers(given: { use: EngineName; [key: string]: unknown }, raise: Raise): void {
  // What comes after reads the keys of the engine.
  const add = (path: string[], message: string) => raise.addIssue({ code: 'custom', path, message, continue: false })
  for (const key of Object.keys(given)) {
    if (key in writtenShapes[given.use]) continue
    const others = engineNames.filter(other => key in writtenShapes[other])
    if (others.length > 0) add([key], `goes with \`use: ${others.join('` or `use: ')}\`, not ${given.use}`)
  }
  if (given.use === 'ssh' && given.hosts === undefined)
    add([], 'needs `hosts` with `use: ssh`: { use: ssh, hosts: [a100-1, a100-2] }')
  const missing = given.use === 'command' ? missingCommands(given) : null
  if (missing !== null) add([], missing)
}

/** What of a contract says where runs execute. */
export interface WhereRuns {
  engine: EngineSpec
  resources: Resources
  slots: number | 'auto'
}

/** Checks `engine`, `resources` and `slots` against each other. */
export function checkEngine({ engine, resources, slots }: WhereRuns, raise: Raise): void {
  const add = (path: string[], message: string) => raise.addIssue({ code: 'custom', path, message })
  if (engine.use === 'local') {
    if (resources !== null) add(['resources'], 'goes with every other `engine` than local')
    return
  }
  // The commands are told of it, and know what their launcher can give.
  if (engine.use === 'command') return
  if (engine.use === 'ray') {
    if ((resources?.nodes ?? 1) > 1) add(['resources', 'nodes'], 'is more than 1 only with `engine: slurm`')
    return
  }
  for (const key of ['gpus', 'cpus'] as const)
    if (!Number.isInteger(resources?.[key] ?? 1))
      add(['resources', key], 'is a part of one only with `engine: ray` or `command`')
  if (engine.use === 'slurm') {
    if (engine.gres !== null && gpusInGres(engine.gres) > 0 && resources?.gpus != null)
      add(['resources', 'gpus'], `is said by \`engine.gres\` too, which is ${engine.gres}: leave one out`)
    return
  }
  if ((resources?.nodes ?? 1) > 1) add(['resources', 'nodes'], 'is more than 1 only with `engine: slurm`')
  for (const key of ['cpus', 'memory'] as const)
    if (resources?.[key] != null)
      add(['resources', key], 'goes with `engine: slurm` or `ray`: over ssh nobody holds a run to it')
  const small = engine.hosts.findIndex(({ gpus }) => gpus !== null && gpus < (resources?.gpus ?? 1))
  if (small >= 0)
    add(
      ['engine', 'hosts', String(small), 'gpus'],
      `is at least what one slot has, which \`resources\` says is ${resources?.gpus} GPUs`,
    )
  const places = hostPlaces(engine, resources).length
  if (typeof slots === 'number' && slots > places)
    add(
      ['slots'],
      `is at most ${places} with these \`engine.hosts\`: one for each GPU, or for each \`resources.gpus\` of a host`,
    )
}

/** A place on a host: its GPUs; null: whatever the host shows to a process. */
export interface HostPlace {
  /** Index in `hosts`. */
  host: number
  gpus: number[] | null
}

/** The places that the hosts of `ssh` have, host by host. */
export function hostPlaces({ hosts }: Pick<SshSpec, 'hosts'>, resources: Resources): HostPlace[] {
  const size = resources?.gpus ?? null
  return hosts.flatMap(({ gpus }, host): HostPlace[] => {
    if (size === 0 || (gpus === null && size === null)) return [{ host, gpus: size === 0 ? [] : null }]
    const each = size ?? 1
    const groups = Math.floor((gpus ?? each) / each)
    return Array.from({ length: groups }, (_, group) => ({
      host,
      gpus: Array.from({ length: each }, (_, index) => group * each + index),
    }))
  })
}

/** Slots of a contract; null with `engine: local`, where it depends on the machine. */
export function engineSlots({ engine, resources, slots }: WhereRuns): number | null {
  if (engine.use === 'local') return null
  if (slots !== 'auto') return slots
  return engine.use === 'ssh' ? hostPlaces(engine, resources).length : 1
}

/** GPUs of one slot, on all of its nodes together; null where the contract does not say. */
export function gpusOfSlot({ engine, resources }: Pick<WhereRuns, 'engine' | 'resources'>): number | null {
  const nodes = resources?.nodes ?? 1
  if (engine.use === 'slurm' && engine.gres !== null && resources?.gpus == null) return nodes * gpusInGres(engine.gres)
  if (engine.use === 'ssh' && resources?.gpus == null) return engine.hosts.some(({ gpus }) => gpus !== null) ? 1 : null
  return resources?.gpus == null ? null : nodes * resources.gpus
}

/** GPUs of all slots, or the slots where they have none or it is not said: what a session is paid for; null with `engine: local`. */
export function engineDevices(where: WhereRuns): number | null {
  const slots = engineSlots(where)
  return slots === null ? null : Math.ceil(slots * (gpusOfSlot(where) || 1))
}

/** "gpu:a100:2,gpu:1" → 3; "gpu" → 1. */
function gpusInGres(gres: string): number {
  const counts = gres.split(',').map(part => {
    const [kind, ...rest] = part.replace(/\(.*/, '').split(':')
    if (kind !== 'gpu') return 0
    const last = rest.at(-1)
    return last !== undefined && /^\d+$/.test(last) ? Number(last) : 1
  })
  return counts.reduce((sum, count) => sum + count, 0)
}
