/** Git as the user runs it, with their settings and credentials, for what talks to a remote: no hooks, no questions. */
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { withoutCredentials } from '../../collect/git/git.ts'
import { settingsVariables } from '../../lib/git/settings.ts'
import { redact } from '../../lib/secrets/redact.ts'

export interface Said {
  /** Whether git succeeded. */
  ok: boolean
  /** As git printed it: it may hold addresses with credentials. */
  stdout: string
  /** Not sanitised, but without keys and credentials. */
  stderr: string
}

/** @param settings further configuration by key, passed in the environment: arguments are visible to other users */
export type UserGit = (args: string[], settings?: [key: string, value: string][]) => Promise<Said>

/** Variables that would point git at another repository, index or set of objects. */
export const redirecting: ReadonlySet<string> = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_GRAFT_FILE',
  'GIT_REPLACE_REF_BASE',
  'GIT_QUARANTINE_PATH',
])

/** A push of many commits over a slow line takes minutes; a server that says nothing is given up. */
const TIMEOUT_MS = 600_000

export interface Patience {
  /** Milliseconds without any output after which git is ended; by default it is ended after ten minutes, whatever it says. */
  quietMs?: number
  /** Ends git when it is aborted. */
  stopped?: AbortSignal
}

/** @param root of the repository @param env the user's environment */
export function userGitIn(root: string, env: NodeJS.ProcessEnv, patience: Patience = {}): UserGit {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !redirecting.has(name)))
  // English, because errors are recognised by their text.
  const fixed = { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_REPLACE_OBJECTS: '1', LC_ALL: 'C' }
  const flags = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'gc.auto=0']
  return async (args, settings = []) => {
    const child = execa('git', [...flags, ...args], {
      cwd: root,
      env: { ...kept, ...fixed, ...settingsVariables(root), ...asVariables(settings, env) },
      extendEnv: false,
      // In a session of its own, so that ssh cannot ask on the terminal.
      detached: true,
      stdin: 'ignore',
      ...(patience.quietMs === undefined ? { timeout: TIMEOUT_MS } : {}),
      reject: false,
    })
    const watched = watch(child, patience)
    const result = await child
    const ended = watched()
    const stderr = ended ?? (String(result.stderr ?? '') || (result.shortMessage ?? ''))
    const ok = !result.failed && ended === null
    return { ok, stdout: String(result.stdout ?? ''), stderr: redact(withoutCredentials(stderr)) }
  }
}

/**
 * Ends git, with the programs that it started (ssh, a helper of http), when it says nothing for long, or is to stop.
 * @returns a function that ends the watch, and gives why git was ended, as git would say it; null: it was not
 */
function watch(
  child: { pid?: number | undefined; stdout: Readable; stderr: Readable },
  { quietMs, stopped }: Patience,
): () => string | null {
  let why: string | null = null
  const end = (text: string) => {
    why ??= text
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // ESRCH: it has ended by itself.
    }
  }
  const onStop = () => end('fatal: stopped')
  let timer: NodeJS.Timeout | undefined
  const heard = () => {
    clearTimeout(timer)
    if (quietMs !== undefined) timer = setTimeout(() => end(`fatal: ${quietText(quietMs)}`), quietMs)
  }
  heard()
  for (const stream of [child.stdout, child.stderr]) stream.on('data', heard)
  if (stopped?.aborted) onStop()
  stopped?.addEventListener('abort', onStop)
  return () => {
    clearTimeout(timer)
    stopped?.removeEventListener('abort', onStop)
    return why
  }
}

/** What `remoteFailure` recognises. */
const quietText = (quietMs: number): string => `no word from the remote for ${Math.round(quietMs / 1000)} s`

/** Behind the settings that the user's environment has already. */
function asVariables(settings: [string, string][], env: NodeJS.ProcessEnv): Record<string, string> {
  const before = Number(env.GIT_CONFIG_COUNT ?? 0) || 0
  const named = settings.flatMap(([key, value], i) => [
    [`GIT_CONFIG_KEY_${before + i}`, key],
    [`GIT_CONFIG_VALUE_${before + i}`, value],
  ])
  return { ...Object.fromEntries(named), GIT_CONFIG_COUNT: String(before + settings.length) }
}
