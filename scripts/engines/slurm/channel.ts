/** Calls verbs on the node of a job that runs, by steps of the job. */
import { homedir } from 'node:os'
import type { Channel } from '../remote/channel.ts'
import { processChannel, pythonFlags } from '../remote/channel.ts'
import { clientEnvironment } from './commands.ts'

/**
 * @param id of the job @param node its name, for messages
 * @param python as program.md has it @param root of the place, absolute
 */
export const stepChannel = (id: string, node: string, python: string | null, root: string): Channel =>
  processChannel(node, args => stepCommand(id, runnerCommand(python, root, args)))

/** A command that executes another one on the first node of a job. */
export function stepCommand(id: string, command: readonly string[]): string[] {
  const flags = [`--jobid=${id}`, '--overlap', '--nodes=1', '--ntasks=1', '--relative=0', '--chdir=/', '--export=ALL']
  return srun(flags, command)
}

/**
 * Calls verbs on a node by a job of its own, which waits for its node and ends with the call.
 * @param flags as `jobFlags` has them, without an output
 */
export const jobChannel = (flags: readonly string[], python: string | null, root: string): Channel =>
  processChannel('a node of the cluster', args => srun([...flags, '--nodes=1'], runnerCommand(python, root, args)))

function srun(flags: readonly string[], command: readonly string[]): string[] {
  const variables = Object.entries(clientEnvironment(process.env)).map(([name, value]) => `${name}=${value}`)
  // srun passes its environment on.
  return ['env', '-i', ...variables, 'srun', ...flags, '--quiet', '--mpi=none', '--', ...command]
}

/** The node knows whether `python` is a folder. */
const runnerCommand = (python: string | null, root: string, args: readonly string[]): string[] => {
  const find = `${givenPath} if [ -d "$p" ]; then p=$p/bin/python3; fi; exec "$p" "$@"`
  return ['/bin/sh', '-c', find, 'sh', ...pathWords(python ?? 'python3'), ...pythonFlags, `${root}/node`, ...args]
}

/** `~/` of a path on this machine. */
export const atHome = (path: string): string => (path.startsWith('~/') ? `${homedir()}/${path.slice(2)}` : path)

/** Begin of a shell command whose first words are those of `pathWords`: sets p. */
export const givenPath = 'if [ "$1" = home ]; then p=$HOME/$2; else p=$2; fi; shift 2;'

/** A path as words of a shell command: the home of `~/` is the node's. */
export const pathWords = (path: string): [string, string] =>
  path.startsWith('~/') ? ['home', path.slice(2)] : ['', path]
