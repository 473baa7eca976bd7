/** Environment of runs, setup and commands: the user's, without secrets, and with the trainer's Python first in PATH. */
import { delimiter } from 'node:path'
import { pythonFolder } from '../../lib/trainer.ts'

// An agent writes the candidates and their output is recorded, so keys must not be readable in a run.
const secretName = /(API_?KEY|_TOKEN|SECRET|PASSWORD|ACCESS_KEY|CREDENTIALS?)$/i

/** Variables for a run, without those whose name marks a secret. The caller adds the NIGHTSHIFT_ variables of the run. */
export function runEnvironment(from: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = Object.entries(from).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !secretName.test(entry[0]),
  )
  const python = pythonFolder()
  const path = [...(python ? [python] : []), from.PATH ?? ''].join(delimiter)
  return {
    ...Object.fromEntries(kept.filter(([name]) => !name.startsWith('NIGHTSHIFT_'))),
    ...forwarded(from),
    PATH: path,
  }
}

// These select the target's data. All other NIGHTSHIFT_ variables are set per run.
const forwarded = (from: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    ['NIGHTSHIFT_CACHE', 'NIGHTSHIFT_DATA', 'NIGHTSHIFT_HUB'].flatMap(name => (from[name] ? [[name, from[name]]] : [])),
  )
