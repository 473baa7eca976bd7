/** What an agent's process is given of the environment: what any program needs, and its own keys; nothing else's. */
import { delimiter } from 'node:path'
import { pythonFolder } from '../../lib/trainer.ts'

// Where things lie, how text is written, how the network and its certificates are reached.
const basics =
  /^(HOME|PATH|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TERM|NO_COLOR|TMPDIR|XDG_\w+|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/i

/** @param ownVariables variables of the client's own, e.g. /^ANTHROPIC_/; null: it has none; `names`: those that program.md adds */
export function agentEnvironment(
  ownVariables: RegExp | null,
  names: string[],
  from: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const given = Object.entries(from).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (basics.test(entry[0]) || ownVariables?.test(entry[0]) === true || names.includes(entry[0])),
  )
  return Object.fromEntries(given)
}

/** PATH as a run has it: the trainer's Python first. */
export function withPython(env: Record<string, string>): Record<string, string> {
  const python = pythonFolder()
  return python ? { ...env, PATH: [python, env.PATH ?? ''].join(delimiter) } : env
}
