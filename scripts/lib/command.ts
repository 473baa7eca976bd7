/** Writes Nightshift's commands as this user can type them, or as any reader of a stored or published text can. */
import { sanitizeText } from './text.ts'

type Environment = Record<string, string | undefined>

/**
 * A command as this user can type it, e.g. `command('status --watch')` → "npx pnpm status --watch", "pnpm status
 * --watch" or "npm run status -- --watch". For terminal output only; stored text uses `storedCommand`.
 * @param words a script of package.json, then its arguments
 */
export function command(words: string, env: Environment = process.env): string {
  const agent = env.npm_config_user_agent ?? ''
  if (agent.startsWith('pnpm/') && !isUnderNpm(env)) return `pnpm ${words}`
  if (agent.startsWith('npm/') && isRun(env)) return npmRun(words)
  // Works wherever npm is installed.
  return storedCommand(words)
}

/** A command for text that is stored or shown to others: reports, records and pages. */
export const storedCommand = (words: string): string => `npx pnpm ${words}`

/** A stored command, e.g. "npx pnpm report ID", as this user can type it. */
export const retyped = (stored: string, env?: Environment): string => command(stored.replace(/^npx pnpm /, ''), env)

/** Quotes an argument for a shell: a foreign session may have any name. */
export const argument = (text: string): string =>
  /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** The same of text that is not ours, sanitised: for a command that an error shows to be copied. */
export const shellWord = (text: string): string => argument(sanitizeText(text, 1000))

// npx runs pnpm in npm's environment. pnpm overwrites the user agent there, but not these variables.
const isUnderNpm = (env: Environment): boolean =>
  env.npm_config_local_prefix !== undefined || env.npm_config_npm_version !== undefined

/** Whether npm runs a script of package.json, not `npx some-program`. npm 10 sets "run-script", npm 11 "run". */
const isRun = ({ npm_command }: Environment): boolean => npm_command === 'run' || npm_command === 'run-script'

function npmRun(words: string): string {
  const [script, ...rest] = words.split(' ')
  return ['npm run', script, ...(rest.length > 0 ? ['--', ...rest] : [])].join(' ')
}
