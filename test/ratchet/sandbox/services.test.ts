/** Whether a run in the machine's sandbox reaches a TCP service of this machine, by the key `network`. */
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findSandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { player } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const machine = await findSandbox()

/** The loss is 1 where it gets an answer, and 2 where it cannot connect. */
const asking = (port: number) => `import { connect } from 'node:net'

const socket = connect({ host: '127.0.0.1', port: ${port} })
const answer = await new Promise(done => { socket.on('data', data => done(String(data))); socket.on('error', () => done('')) })
console.log('---\\nloss: ' + (answer === 'hello' ? 1 : 2))
process.exit()
`

const program = (agent: string, network: string) => `---
edit: train.js
run: node train.js
metric: loss
network: ${network}
budget: 1s
seeds: 1
agent: { use: command, command: "sh ${agent}" }
fallback: []
---
Ask.
`

test.skipIf(machine.sandbox?.holds.network !== true).each([
  ['local', 1],
  ['false', 2],
  ['true', 1],
] as const)(
  'with network %s a run measures %s (needs a sandbox with a network of its own: apt install bubblewrap)',
  { timeout: 60_000 },
  async (network, loss) => {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.end('hello')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const root = await repository({ 'train.js': asking((server.address() as AddressInfo).port), 'program.md': '' })
      const agent = join(root, '../agent.sh')
      await write(root, { 'program.md': program(agent, network), '../agent.sh': player(['true']) })
      const result = await nightshift(root, 'session', ['--program', 'program.md', '--experiments', '1'])
      expect(result.exitCode, result.stderr).toBe(0)
      const [id = ''] = await readdir(sessionsOf(root))
      const { experiments } = await readSession(join(sessionsOf(root), id))
      expect(experiments[0]?.runs[0]?.metric, result.stderr).toBe(loss)
    } finally {
      server.close()
    }
  },
)
