/**
 * Slurm clusters for tests and benchmarks: munged, slurmctld and several slurmd of this machine, without systemd. Each node has its own
 * processes, host name and mounts, so that it can be taken down like a machine, and nothing of it outlives the test.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { execa } from 'execa'
import { inNamespaces, openDaemons, takePorts } from './daemons.ts'

/** Why there can be no cluster on this machine, and what would change that; null where there can. */
export const slurmMissing: string | null = whatIsMissing()

export interface ClusterOptions {
  /** Number of nodes, which are called n1, n2, … */
  nodes?: number
  /** Of each node; both are only counted. */
  cpus?: number
  gpus?: number
  /** Folders that are empty on the nodes: what no shared file system brings there. */
  hidden?: string[]
  /** Further lines of slurm.conf; a later one counts. */
  settings?: string[]
}

export interface Cluster {
  /** What Slurm's commands need to reach it. */
  env: { SLURM_CONF: string }
  nodes: string[]
  /** A folder that is another one on each node: its own disk. */
  local: string
  /** Executes a command of Slurm. @returns its standard output */
  run(program: string, ...args: string[]): Promise<string>
  /** Ends all processes of a node at once, as a power cut does. */
  killNode(node: string): Promise<void>
  startNode(node: string): Promise<void>
  killController(): Promise<void>
  startController(): Promise<void>
}

/**
 * Starts a cluster of its own. Resolves when every node is idle. Partitions: `main`, the default, and `urgent`, whose jobs
 * preempt those of `main`.
 * @param finished registers what ends it
 */
export async function startCluster(
  { nodes: count = 4, cpus = 16, gpus = 0, hidden = [], settings = [] }: ClusterOptions,
  finished: (end: () => Promise<void>) => void,
): Promise<Cluster> {
  if (slurmMissing !== null) throw new Error(slurmMissing)
  const daemons = await openDaemons('slurm-', finished)
  const { folder, end } = daemons
  const nodes = Array.from({ length: count }, (_, i) => `n${i + 1}`)
  const local = join(folder, 'local')
  for (const each of ['munge', 'state', 'local', ...nodes]) await mkdir(join(folder, each), { mode: 0o755 })
  await writeFile(join(folder, 'munge/key'), randomBytes(1024), { mode: 0o400 })
  const conf = join(folder, 'slurm.conf')
  const env = { SLURM_CONF: conf }
  const start = (name: string, command: string[]) => daemons.start(name, command, env)
  const cluster: Cluster = {
    env,
    nodes,
    local,
    run: async (program, ...args) => (await execa(program, args, { env, timeout: 20_000 })).stdout,
    killNode: end,
    startNode: node => start(node, onNode(node, [local, ...hidden], ['slurmd', '-D', '-N', node, '-f', conf])),
    killController: () => end('slurmctld'),
    startController: () => start('slurmctld', ['slurmctld', '-D', '-f', conf]),
  }
  const taken = await takePorts(count + 1)
  await writeFile(conf, configuration({ folder, nodes, cpus, gpus, ports: taken.ports, settings }))
  if (gpus > 0) await appendFile(join(folder, 'gres.conf'), gresOf(nodes, gpus))
  await start('munged', mungedIn(folder))
  await until('munged listens', folder, () => execa('munge', ['-n', '-S', join(folder, 'munge/socket')]))
  await taken.release()
  await cluster.startController()
  await Promise.all(nodes.map(cluster.startNode))
  await until('all nodes are idle', folder, async () => {
    const states = (await cluster.run('sinfo', '-h', '-N', '-p', 'main', '-o', '%t')).split('\n')
    if (states.length !== count || states.some(state => state !== 'idle')) throw new Error(states.join())
  })
  return cluster
}

function whatIsMissing(): string | null {
  const missing = ['slurmctld', 'slurmd', 'munged', 'sbatch'].filter(
    name => !succeeds('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${name}`]),
  )
  if (missing.length > 0) return `needs ${missing.join(', ')} (apt-get install slurm-wlm munge)`
  const [file = '', ...args] = inNamespaces(['true'])
  return succeeds(file, args) ? null : 'needs unshare and the right to use it (run the tests as root)'
}

function succeeds(file: string, args: string[]): boolean {
  try {
    execFileSync(file, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** @param empty folders over which a node has an empty file system of its own */
const onNode = (node: string, empty: string[], command: string[]) => {
  const script =
    'hostname "$1"; count=$2; shift 2; while [ $count -gt 0 ]; do mount -t tmpfs -o mode=755 tmpfs "$1" || exit; shift; count=$((count - 1)); done; exec "$@"'
  return ['sh', '-c', script, 'sh', node, `${empty.length}`, ...empty, ...command]
}

const mungedIn = (folder: string) => [
  'munged',
  '--foreground',
  // The folder above is one that others may write to, and the key is of this test alone.
  '--force',
  ...['socket', 'pid-file', 'log-file', 'seed-file', 'key-file'].map(
    name => `--${name}=${join(folder, 'munge', name.replace(/-file$/, ''))}`,
  ),
]

interface Configuration {
  folder: string
  nodes: string[]
  cpus: number
  gpus: number
  /** The controller's first, then the nodes'. */
  ports: number[]
  settings: string[]
}

/** slurm.conf, with the shortest intervals that there are: seconds, where nothing else is said. */
function configuration({ folder, nodes, cpus, gpus, ports, settings }: Configuration): string {
  const user = userInfo().username
  const [controller, ...others] = ports
  const gres = gpus > 0 ? ` Gres=gpu:${gpus}` : ''
  const lines = [
    'ClusterName=test',
    `SlurmctldHost=${hostname()}(127.0.0.1)`,
    `SlurmctldPort=${controller}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    'AuthType=auth/munge',
    // A requeued job begins again when the credential of its first start has expired.
    `AuthInfo=socket=${folder}/munge/socket,cred_expire=5`,
    'CryptoType=crypto/munge',
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/%n`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/%n/pid`,
    'ProctrackType=proctrack/linuxproc',
    'SlurmdParameters=config_overrides',
    'TaskPlugin=task/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU_Memory',
    'DefMemPerCPU=10',
    'SchedulerType=sched/backfill',
    'SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0',
    'PreemptType=preempt/partition_prio',
    'PreemptMode=REQUEUE',
    'JobRequeue=1',
    'ReturnToService=2',
    'MpiDefault=none',
    'SwitchType=switch/none',
    'AccountingStorageType=accounting_storage/none',
    'JobAcctGatherType=jobacct_gather/none',
    'KillWait=2',
    'SlurmdTimeout=10',
    'SlurmctldTimeout=10',
    'MessageTimeout=10',
    'CompleteWait=0',
    'MaxArraySize=1001',
    ...(gpus > 0 ? ['GresTypes=gpu'] : []),
    ...nodes.map(
      (node, i) =>
        `NodeName=${node} NodeAddr=127.0.0.1 NodeHostname=${hostname()} Port=${others[i]} CPUs=${cpus} RealMemory=4000${gres}`,
    ),
    `PartitionName=main Nodes=${nodes.join()} Default=YES MaxTime=INFINITE DefaultTime=01:00:00 PriorityTier=1`,
    `PartitionName=urgent Nodes=${nodes.join()} MaxTime=INFINITE DefaultTime=01:00:00 PriorityTier=10`,
    ...settings,
  ]
  return lines.map(line => `${line}\n`).join('')
}

/** Devices that every machine has stand for cards: Slurm only counts them. */
const gresOf = (nodes: string[], gpus: number): string =>
  nodes
    .map(node => `NodeName=${node} Name=gpu File=${Array.from({ length: gpus }, (_, i) => `/dev/tty${i}`).join()}\n`)
    .join('')

/** @param folder of the daemons' logs, which the error quotes */
async function until(what: string, folder: string, holds: () => Promise<unknown>): Promise<void> {
  const latest = Date.now() + 60_000
  for (;;) {
    try {
      await holds()
      return
    } catch (error) {
      if (Date.now() > latest) {
        const logs = await execa('sh', ['-c', 'tail -n 20 "$1"/log/*', 'sh', folder], { reject: false })
        throw new Error(`Not so after a minute: ${what}.\n${logs.stdout}`, { cause: error })
      }
      await wait(50)
    }
  }
}
