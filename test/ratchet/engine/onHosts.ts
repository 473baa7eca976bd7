/** Sessions whose runs execute on hosts of an ssh engine, which are this machine. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type SshHosts, startHosts } from '../../helpers/sshd.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { type Finished, repository, scratch, write } from '../../helpers/throwaway.ts'

/** A keep, a discard, a keep. */
export const steps = [set('RATE', '0.04'), set('RATE', '0.01'), set('RATE', '0.08')]

export interface OnHosts {
  root: string
  hosts: SshHosts
  /** Folder of the sessions' folders on the hosts. */
  nodes: string
}

interface Setting {
  slots?: number
  /** Shell commands of the agent, one a proposal. */
  played?: string[]
  trainer?: string
  /** Further lines of program.md. */
  more?: string
  /** Variables of runs there, by the number of the host, from 1. */
  env?: (host: number) => Record<string, string>
  /** Further files of the repository. */
  files?: Record<string, string>
}

/** A repository whose program.md names a host for each slot. */
export async function onHosts(
  { slots = 1, played = steps, trainer = shellTrainer, more = '', env = () => ({}), files = {} }: Setting,
  finished: Finished,
): Promise<OnHosts> {
  const names = Array.from({ length: slots }, (_, i) => `node${i + 1}`)
  // A home without the settings of a login shell, which every call to a host would wait for.
  const home = await scratch(finished)
  const hosts = await startHosts(
    names.map((name, i) => ({ name, env: { HOME: home, ...env(i + 1) } })),
    finished,
  )
  const nodes = join(hosts.folder, 'nodes')
  const root = await repository({ 'train.js': trainer, 'frozen.txt': 'as it is\n', ...files }, finished)
  await write(join(root, '..'), { 'agent.sh': player(played) })
  // The player counts its turns, and each of its edits is made on the head that the one before left.
  const serial = more.includes('proposers') ? '' : 'proposers: 1\nahead: 0\n'
  const engine = `engine: { use: ssh, hosts: [${names.join(', ')}], config: ${hosts.config}, root: ${nodes} }\n`
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), `${engine}${serial}${more}`)) })
  return { root, hosts, nodes }
}

/** What sessions have left on the hosts. */
export const leftOn = ({ nodes }: OnHosts): Promise<string[]> => readdir(nodes).catch(() => [])
