/** What the harness prepares for the relay of a run, just before the run: see relay.ts. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { loopbackPorts } from './loopbackPorts.ts'
import type { Relay } from './relay.ts'

/**
 * The services of this machine that a run may reach now; null: none listens, so that a run needs no relay. Makes the folder of
 * the socket, which other users cannot enter, in /tmp, as the path of a socket may have 107 bytes; `openRelay` removes it.
 */
export function createRelay(ports = loopbackPorts()): Relay | null {
  if (ports.length === 0) return null
  return { socket: join(mkdtempSync('/tmp/nightshift-'), 'relay'), ports }
}

/** Program and arguments that give a command inside the sandbox what `openRelay` passes on. */
export const relayedCommand = ({ socket, ports }: Relay, command: string[]): string[] => [
  process.execPath,
  join(import.meta.dirname, 'relayInside.mjs'),
  socket,
  ...ports.map(String),
  '--',
  ...command,
]
