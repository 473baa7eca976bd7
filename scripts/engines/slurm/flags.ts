/** What sbatch is asked for. */

import { plural } from '../../lib/text.ts'
import type { Resources, SlurmSpec } from '../../program/engine.ts'

/** Of every job of a session. @param output path on the node; null: its output comes back to the command that starts it */
export function jobFlags(
  spec: SlurmSpec,
  resources: Resources,
  { name, output }: { name: string; output: string | null },
) {
  const { partition, account, qos, gres, time } = spec
  const given = {
    'job-name': name,
    partition,
    account,
    qos,
    gres,
    time: time === null ? null : slurmDuration(time),
    nodes: resources === null ? null : resources.nodes,
    'gpus-per-node': resources?.gpus == null ? null : resources.gpus,
    'cpus-per-task': resources?.cpus ?? null,
    mem: resources?.memory ?? null,
    output,
  }
  return [
    ...Object.entries(given).flatMap(([key, value]) => (value === null ? [] : [`--${key}=${value}`])),
    // One worker on each node: what uses several nodes starts its own processes there.
    '--ntasks-per-node=1',
    '--open-mode=append',
    '--chdir=/',
    // See clientEnvironment in commands.ts.
    '--export=ALL',
    ...spec.args,
  ]
}

/** A minute before the time limit its worker is told, so that a run under way is marked as lost. */
export const heldFlags = ['--requeue', '--signal=B:TERM@60']

/** A run's own job is submitted again by the session, under another name. */
export const runFlags = ['--no-requeue', '--signal=B:TERM@60']

/** In a path, %a and the like stand for something. */
export const pathInFlags = (path: string): string => path.replaceAll('%', '%%')

/** "1-02:03:04": Slurm takes whole minutes of it, rounded up. */
export function slurmDuration(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${Math.floor(seconds / 86_400)}-${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`
}

/** "Slurm, partition a100, 4 held jobs with 1 GPU each". */
export function descriptionOf(spec: SlurmSpec, resources: Resources, slots: number): string {
  const nodes = resources?.nodes ?? 1
  const each = [
    ...(nodes > 1 ? [`${nodes} nodes`] : []),
    ...(resources?.gpus == null ? (spec.gres === null ? [] : [spec.gres]) : [plural(resources.gpus, 'GPU')]),
    ...(resources?.cpus == null ? [] : [plural(resources.cpus, 'CPU')]),
    ...(resources?.memory == null ? [] : [`${resources.memory} of memory`]),
  ]
  const jobs = spec.per_run ? `a job for each run, ${slots} at once` : plural(slots, 'held job')
  const what = each.length === 0 ? '' : ` with ${each.join(', ')}${slots === 1 || spec.per_run ? '' : ' each'}`
  return `Slurm${spec.partition === null ? '' : `, partition ${spec.partition}`}, ${jobs}${what}`
}

/** Keeps jobs off nodes; none where the user's own options say which nodes are left out, for Slurm takes the last one. */
export const excludeFlags = ({ args }: Pick<SlurmSpec, 'args'>, nodes: ReadonlySet<string>): string[] =>
  nodes.size === 0 || !canExclude({ args }) ? [] : [`--exclude=${[...nodes].join()}`]

export const canExclude = ({ args }: Pick<SlurmSpec, 'args'>): boolean =>
  !args.some(arg => /^(--exclude\b|-x)/.test(arg))

/** Whether it can be named in a list of nodes. */
export const isNodeName = (node: string): boolean => /^[A-Za-z0-9][\w.-]*$/.test(node)
