import { expect, test } from 'vitest'
import { connect, listen, networkCases } from './cases/network.ts'
import { eachSandbox } from './inside.ts'

await eachSandbox(['bubblewrap', 'namespaces', 'landlock', 'seatbelt'], networkCases)

await eachSandbox(['landlock'], ({ run }) => {
  test('Landlock lets it connect to the ports of the relay', async () => {
    const port = await listen({ host: '127.0.0.1', port: 0 })
    const relay = { socket: '/nonexistent/relay', ports: [port] }
    const { stdout } = await run(`${connect} connect tcp 127.0.0.1 ${port}`, { change: () => ({ relay }) })
    expect(stdout).toBe('connected')
  })
})
