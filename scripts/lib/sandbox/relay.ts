/**
 * The outside part of the relay by which a run in a sandbox, which has a network of its own, reaches services on this
 * machine's loopback. The inside part is relayInside.mjs. Used by the runner of a run: imports only node's modules.
 */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'

/** What a run may reach, and through what. */
export interface Relay {
  /** Path of the Unix socket, alone in its folder, which must be visible in the sandbox at the same path, read-only. */
  socket: string
  /** From `loopbackPorts`. */
  ports: number[]
}

/** More at a time are closed at once: each takes two descriptors of the runner. */
const maxConnections = 256

/**
 * Listens at the socket, and connects to the listed ports of 127.0.0.1, or else ::1. Resolves once it listens.
 * @returns ends all connections and removes the socket's folder
 * @throws if the folder is not there, or there is a socket in it
 */
export async function openRelay({ socket, ports }: Relay): Promise<() => void> {
  const inners = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, inner => {
    if (inners.size >= maxConnections) return void inner.destroy()
    inners.add(inner)
    inner.once('close', () => inners.delete(inner))
    void passOn(inner, ports)
  })
  const close = () => {
    server.close()
    for (const inner of inners) inner.destroy()
    rmSync(dirname(socket), { recursive: true, force: true })
  }
  server.listen(socket)
  try {
    await once(server, 'listening')
  } catch (error) {
    close()
    throw error
  }
  return close
}

/** Passes a connection on until either side has closed it; closes it where nothing listens, or the port is not listed. */
async function passOn(inner: Socket, ports: number[]): Promise<void> {
  inner.on('error', () => inner.destroy())
  const port = await readPort(inner)
  const outer = port !== null && ports.includes(port) ? await connectTo(port) : null
  if (outer === null || inner.destroyed) {
    outer?.destroy()
    inner.destroy()
    return
  }
  outer.on('error', () => inner.destroy())
  inner.once('close', () => outer.destroy())
  inner.pipe(outer).pipe(inner)
}

/** The first two bytes of a connection; null if it ends before them. */
function readPort(inner: Socket): Promise<number | null> {
  return new Promise(done => {
    const read = () => {
      const header: Buffer | null = inner.read(2)
      if (header === null) return
      inner.off('readable', read)
      done(header.length === 2 ? header.readUInt16BE() : null)
    }
    inner.on('readable', read)
    inner.once('end', () => done(null))
    inner.once('close', () => done(null))
  })
}

/** null: neither of this machine's loopback addresses accepts connections at the port. */
async function connectTo(port: number): Promise<Socket | null> {
  for (const host of ['127.0.0.1', '::1']) {
    const outer = connect({ host, port, allowHalfOpen: true })
    try {
      await once(outer, 'connect')
      return outer
    } catch {
      // ECONNREFUSED, or no IPv6.
    }
  }
  return null
}
