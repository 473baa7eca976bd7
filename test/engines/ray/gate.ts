/** A way to a service that can be cut, as a network is. */
import { connect, createServer, type Socket } from 'node:net'
import type { Finished } from '../../helpers/throwaway.ts'

export interface Gate {
  address: string
  /** Ends all connections, and takes no new ones. */
  cut(): void
  mend(): void
}

export async function openGate(address: string, finished: Finished): Promise<Gate> {
  const { hostname, port } = new URL(address)
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer(near => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  finished(async () => {
    for (const socket of open) socket.destroy()
    await new Promise(done => server.close(done))
  })
  const own = server.address()
  return {
    address: `http://127.0.0.1:${typeof own === 'object' ? own?.port : own}`,
    cut() {
      isCut = true
      for (const socket of open) socket.destroy()
    },
    mend() {
      isCut = false
    },
  }
}
