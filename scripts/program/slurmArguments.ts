/** `engine.args` and `engine.time` of program.md: what Slurm is given as the user wrote it. */
import { z } from 'zod'
import { isPlainLine } from '../lib/text.ts'
import { parseDuration } from '../lib/time.ts'

/** Flags of sbatch that program.md has a key for. */
const keys: Partial<Record<string, string>> = {
  partition: 'engine.partition',
  account: 'engine.account',
  qos: 'engine.qos',
  gres: 'engine.gres',
  time: 'engine.time',
  gpus: 'resources.gpus',
  'gpus-per-node': 'resources.gpus',
  'gpus-per-task': 'resources.gpus',
  nodes: 'resources.nodes',
  'cpus-per-task': 'resources.cpus',
  mem: 'resources.memory',
  'mem-per-cpu': 'resources.memory',
  'mem-per-gpu': 'resources.memory',
}

/** Flags of sbatch that the session sets itself, or that would change what it relies on. */
const ours = [
  ...[
    'job-name',
    'array',
    'output',
    'error',
    'input',
    'open-mode',
    'wrap',
    'export',
    'export-file',
    'chdir',
    'parsable',
  ],
  ...[
    'test-only',
    'wait',
    'wait-all-nodes',
    'signal',
    'requeue',
    'no-requeue',
    'get-user-env',
    'propagate',
    'dependency',
  ],
  ...[
    'ntasks',
    'ntasks-per-node',
    'clusters',
    'uid',
    'gid',
    'begin',
    'deadline',
    'time-min',
    'hold',
    'quiet',
    'verbose',
  ],
  ...['help', 'usage', 'version', 'container', 'batch', 'bb', 'bbf', 'ignore-pbs', 'kill-on-invalid-dep'],
]

/** Flags that take no value; `exclusive` may. After any other without a value sbatch takes the next word for it. */
const bare = [
  'exclusive',
  'contiguous',
  'overcommit',
  'oversubscribe',
  'spread-job',
  'use-min-nodes',
  'no-kill',
  'reboot',
]

const form = `takes long flags with their value, as in --constraint=a100; without one only ${bare.map(name => `--${name}`).join(', ')}`

/** Extra flags for the scheduler. */
export const slurmArguments = z
  .array(z.string({ error: form }), { error: `takes a list: it ${form}` })
  .superRefine((list, raise) => {
    for (const [index, argument] of list.entries()) {
      const message = fault(argument)
      if (message !== null) raise.addIssue({ code: 'custom', path: [index], message })
    }
  })

/** Why a flag is refused; null when it may be given. */
function fault(argument: string): string | null {
  const [, name = '', value] = /^--([a-z][a-z-]*)(=.+)?$/s.exec(argument) ?? []
  if (name === '' || !isPlainLine(argument) || (value === undefined && !bare.includes(name))) return form
  if (bare.includes(name)) return null
  // A flag may be cut short where it stays unique: --job-n is --job-name.
  const key = Object.keys(keys).find(known => known.startsWith(name))
  if (key !== undefined) return `takes no --${key}, which program.md has a key for: ${keys[key]}`
  const own = ours.find(known => known.startsWith(name))
  return own === undefined ? null : `takes no --${own}, which the session sets or relies on`
}

const timeAdvice = 'takes a time with its unit, as 4h, or as Slurm has it, as 04:00:00 or 1-12:00:00'

/** Seconds. Slurm reads a plain number as minutes and "4:00" as four minutes, so that neither is taken here. */
export const slurmTime = z
  .string({ error: timeAdvice })
  .refine(text => (seconds(text) ?? 0) >= 60, `${timeAdvice}; at least a minute`)
  .transform(text => seconds(text) ?? 0)

function seconds(text: string): number | null {
  const [, days = '0', hours, minutes, rest] = /^(?:(\d{1,3})-)?(\d{1,4}):(\d\d):(\d\d)$/.exec(text) ?? []
  if (hours === undefined) return parseDuration(text)
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(rest)
}
