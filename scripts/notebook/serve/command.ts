/** `pnpm site --serve`: flags, the address on the terminal, and Ctrl-C. */
import { Failure } from '../../lib/errors.ts'
import { openTerminal } from '../../lib/terminal/terminal.ts'
import { jsonLine, plural } from '../../lib/text.ts'

interface Flags {
  serve?: boolean | undefined
  port?: string | undefined
  host?: string | undefined
}

interface Serving {
  host: string
  /** null: the default port, or any free one. */
  port: number | null
}

/** null without --serve. @throws {Failure} for an invalid port, or --port or --host without --serve */
export function serveFlags({ serve, port, host }: Flags): Serving | null {
  if (!serve) {
    if (port !== undefined || host !== undefined)
      throw new Failure('--port and --host need --serve.', 'Add --serve, or omit them.')
    return null
  }
  const number = port === undefined ? null : Number(port)
  if (number !== null && !(Number.isInteger(number) && number >= 0 && number <= 65_535))
    throw new Failure(`--port ${port} is not a port.`, 'Use 1 to 65535, or 0 for any free port.')
  return { host: host ?? '127.0.0.1', port: number }
}

/** Serves until Ctrl-C. */
export async function serveNotebook(options: Serving & { sessions: string; json: boolean }): Promise<void> {
  const terminal = openTerminal()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  // Loaded on demand: only serving needs the figures and pages.
  const { serve } = await import('./serve.ts')
  const pace = Number(process.env.NIGHTSHIFT_PACE_MS) || undefined
  await serve({
    ...options,
    terminal,
    signal: stop.signal,
    ...(pace ? { pace } : {}),
    ready: (address, sessions) => {
      terminal.step('site', `${plural(sessions, 'session')} at ${address}, until Ctrl-C`)
      if (options.json) process.stdout.write(jsonLine({ sessions, address }))
    },
  })
}
