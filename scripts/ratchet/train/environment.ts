/** The environment of runs, setup and commands: the user's, with the trainer's Python first and no secrets. */
import { delimiter } from 'node:path'
import { pythonFolder } from '../../lib/trainer.ts'

// Candidates are written by an agent, and their output is recorded: a key they cannot read is a key they cannot leak.
const secret = /(API_?KEY|_TOKEN|SECRET|PASSWORD|ACCESS_KEY|CREDENTIALS?)$/i

/** Variables for a run; those whose name says secret are left out, ours are added by the caller. */
export function runEnvironment(from: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = Object.entries(from).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !secret.test(entry[0]),
  )
  const python = pythonFolder()
  const path = [...(python ? [python] : []), from.PATH ?? ''].join(delimiter)
  return {
    ...Object.fromEntries(kept.filter(([name]) => !name.startsWith('NIGHTSHIFT_'))),
    ...forward(from),
    PATH: path,
  }
}

// Which data and where it lies is the target's business; everything else of ours is set per run.
const forward = (from: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    ['NIGHTSHIFT_CACHE', 'NIGHTSHIFT_DATA', 'NIGHTSHIFT_HUB'].flatMap(name => (from[name] ? [[name, from[name]]] : [])),
  )
