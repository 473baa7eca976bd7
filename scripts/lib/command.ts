/** How a command of ours is typed: by this user on the terminal, and by anybody in what is stored or published. */

type Environment = Record<string, string | undefined>

/**
 * A command as this user can type it, e.g. `command('status --watch')` → "npx pnpm status --watch", "pnpm status --watch"
 * or "npm run status -- --watch". For the terminal only: see `storedCommand`.
 * @param words a script of package.json, then its arguments
 */
export function command(words: string, env: Environment = process.env): string {
  const agent = env.npm_config_user_agent ?? ''
  if (agent.startsWith('pnpm/') && !isUnderNpm(env)) return `pnpm ${words}`
  if (agent.startsWith('npm/') && isRun(env)) return npmRun(words)
  // Works wherever there is npm, whatever called us.
  return storedCommand(words)
}

/** The same where the text is kept or shown to others: in reports, records and pages. */
export const storedCommand = (words: string): string => `npx pnpm ${words}`

/** A stored command ("npx pnpm report ID", in older records "pnpm report ID") as this user can type it. */
export const retyped = (stored: string, env?: Environment): string => command(stored.replace(/^(npx )?pnpm /, ''), env)

// npx runs pnpm in npm's own environment, of which pnpm overwrites the user agent but not these.
const isUnderNpm = (env: Environment): boolean =>
  env.npm_config_local_prefix !== undefined || env.npm_config_npm_version !== undefined

/** Whether a script of package.json was run, and not `npx some-program`. npm 10 says run-script, npm 11 run. */
const isRun = ({ npm_command }: Environment): boolean => npm_command === 'run' || npm_command === 'run-script'

function npmRun(words: string): string {
  const [script, ...rest] = words.split(' ')
  return ['npm run', script, ...(rest.length > 0 ? ['--', ...rest] : [])].join(' ')
}
