/** Serves the notebook on this machine: built once, then kept up to date with the records. */
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { openBuilds } from './build.ts'
import { openListeners } from './events.ts'
import { createSite, listenOn } from './http.ts'
import { openLiveStates } from './liveState.ts'
import { openPages } from './pages.ts'
import { pause, rebuildOnChange } from './rebuild.ts'
import { openRecords } from './records.ts'

export interface ServeOptions {
  sessions: string
  host: string
  /** null: the default port, or any free one. */
  port: number | null
  terminal: Terminal
  /** Stops the server. */
  signal: AbortSignal
  /** Called with the address when the server listens. */
  ready: (address: string, sessions: number) => void
  /** Polling interval in milliseconds. */
  pace?: number
}

/** Serves until `signal` aborts. @throws {Failure} if the first build fails or the port is taken */
export async function serve(options: ServeOptions): Promise<void> {
  const { sessions, host, port, terminal, signal, ready, pace = 2000 } = options
  const records = openRecords(sessions)
  const builds = await openBuilds(sessions, signal)
  try {
    const versions = await records.versions()
    terminal.live(`building the pages of ${plural(versions.size, 'session')}`)
    let built = await builds.next(versions, false)
    const pages = openPages(records, openLiveStates(), () => built)
    const listeners = openListeners(pages)
    const reportError = reportOnce(terminal)
    const server = createSite({ folder: () => built.folder, draw: pages.draw, listeners }, host, reportError)
    ready(await listenOn(server, host, port), versions.size)
    const building = rebuildOnChange({ records, builds, reportError: reportError, signal, pace }, built, next => {
      built = next
    })
    while (!signal.aborted) {
      const start = performance.now()
      await listeners.notify().catch(reportError)
      // Rendering takes at most a third of one core.
      await pause(Math.max(pace, 2 * (performance.now() - start)), signal)
    }
    listeners.close()
    server.close()
    server.closeAllConnections()
    await building
  } catch (error) {
    // An abort during the build is not an error.
    if (!signal.aborted) throw error
  } finally {
    await builds.close()
  }
}

/** Prints an error once; the same error would recur with each poll. */
function reportOnce(terminal: Terminal): (error: unknown) => void {
  let last = ''
  return error => {
    const text = error instanceof Error ? error.message : String(error)
    if (text !== last) terminal.step('error', sanitizeText(text, 400))
    last = text
  }
}
