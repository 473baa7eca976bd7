/** The environment of an agent's process: general variables and the client's own keys, no other secrets. */
import { delimiter, dirname } from 'node:path'
import { pythonFolder } from '../../lib/trainer.ts'

// Paths, locale, proxies and certificates.
const basics =
  /^(HOME|PATH|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TERM|NO_COLOR|TMPDIR|XDG_\w+|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/i

/**
 * @param ownVariables variables of the client, e.g. /^ANTHROPIC_/; null: none
 * @param names variables that program.md adds
 */
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

/** PATH with the trainer's Python first, as in a run. */
export function withPython(env: Record<string, string>): Record<string, string> {
  const python = pythonFolder()
  return python ? { ...env, PATH: [python, env.PATH ?? ''].join(delimiter) } : env
}

/** Git takes no repository around the worktree, e.g. the user's, where an agent has removed that of the worktree. */
export const withinWorktree = (env: Record<string, string>, worktree: string): Record<string, string> => ({
  ...env,
  GIT_CEILING_DIRECTORIES: dirname(worktree),
})
