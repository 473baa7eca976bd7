/** The notebook in a browser on this machine: built once, then kept as the records are. */
import type { Terminal } from '../../lib/terminal.ts'
import { sanitizeText } from '../../lib/text.ts'
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
  /** null: the usual one, or any that is free. */
  port: number | null
  terminal: Terminal
  /** Ends the server. */
  signal: AbortSignal
  /** Told the address once it answers. */
  ready: (address: string, sessions: number) => void
  /** Milliseconds from one look at the records to the next. */
  pace?: number
}

/** Until `signal`. @throws {Failure} when the first build fails or the port is taken */
export async function serve(options: ServeOptions): Promise<void> {
  const { sessions, host, port, terminal, signal, ready, pace = 2000 } = options
  const records = openRecords(sessions)
  const builds = await openBuilds(sessions, signal)
  try {
    const versions = await records.versions()
    terminal.live(`building the pages of ${versions.size} sessions`)
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
      // Drawing takes a third of one core at most, whatever there is to draw.
      await pause(Math.max(pace, 2 * (performance.now() - start)), signal)
    }
    listeners.close()
    server.close()
    server.closeAllConnections()
    await building
  } catch (error) {
    // Who ends it while it builds wants no reason.
    if (!signal.aborted) throw error
  } finally {
    await builds.close()
  }
}

/** The same trouble comes again with each look at the records: once is enough. */
function reportOnce(terminal: Terminal): (error: unknown) => void {
  let last = ''
  return error => {
    const text = error instanceof Error ? error.message : String(error)
    if (text !== last) terminal.step('trouble', sanitizeText(text, 400))
    last = text
  }
}
