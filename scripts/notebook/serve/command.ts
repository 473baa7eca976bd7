/** `pnpm site --serve`: its flags, the address on the terminal, and Ctrl-C. */
import { Failure } from '../../lib/errors.ts'
import { openTerminal } from '../../lib/terminal.ts'
import { jsonLine, plural } from '../../lib/text.ts'

interface Flags {
  serve?: boolean | undefined
  port?: string | undefined
  host?: string | undefined
}

interface Serving {
  host: string
  /** null: the usual one, or any that is free. */
  port: number | null
}

/** null without --serve. @throws {Failure} for a port that is none, and for flags that only --serve has */
export function serveFlags({ serve, port, host }: Flags): Serving | null {
  if (!serve) {
    if (port !== undefined || host !== undefined)
      throw new Failure('--port and --host belong to --serve.', 'Add --serve, or leave them out.')
    return null
  }
  const number = port === undefined ? null : Number(port)
  if (number !== null && !(Number.isInteger(number) && number >= 0 && number <= 65_535))
    throw new Failure(`--port ${port} is no port.`, 'Name one from 1 to 65535, or 0 for any that is free.')
  return { host: host ?? '127.0.0.1', port: number }
}

/** Until Ctrl-C. */
export async function serveNotebook(options: Serving & { sessions: string; json: boolean }): Promise<void> {
  const terminal = openTerminal()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  // Figures and pages are loaded for this alone.
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
