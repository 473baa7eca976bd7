import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type ListenOptions } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Policy } from '../../../../scripts/lib/sandbox/sandbox.ts'
import { type Setting, testIf } from '../inside.ts'

/** Says whether a connection can be made: tcp HOST PORT, or unix PATH, where a path that begins with @ is abstract. */
export const connect = `
connect() { perl -MSocket -e '
  my ($kind, $host, $port) = @ARGV;
  my $is_tcp = $kind eq "tcp";
  socket my $s, $is_tcp ? PF_INET : PF_UNIX, SOCK_STREAM, 0 or die $!;
  $host =~ s/^@/\\0/;
  print connect($s, $is_tcp ? sockaddr_in($port, inet_aton($host)) : sockaddr_un($host)) ? "connected\\n" : "no\\n";
' "$@"; }
`

/** Listens on a port of its own and connects to it. */
const ownServer = `perl -MSocket -e '
  socket my $l, PF_INET, SOCK_STREAM, 0; bind $l, sockaddr_in(0, inet_aton("127.0.0.1")) or die $!; listen $l, 1 or die $!;
  my ($port) = sockaddr_in(getsockname $l);
  socket my $s, PF_INET, SOCK_STREAM, 0;
  print connect($s, sockaddr_in($port, inet_aton("127.0.0.1"))) ? "own\\n" : "not its own\\n"'
`

export async function listen(options: ListenOptions): Promise<number> {
  const server = createServer(socket => socket.end())
  server.listen(options)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo | null)?.port ?? 0
}

const mode = (network: Policy['network']) => ({ change: () => ({ network }) })

export function networkCases({ sandbox, run, user }: Setting): void {
  const isOwn = sandbox.holds.processes

  test('with network all it reaches what the machine reaches', async () => {
    const port = await listen({ host: '127.0.0.1', port: 0 })
    const { stdout } = await run(`${connect} connect tcp 127.0.0.1 ${port}; ${ownServer}`, mode('all'))
    expect(stdout).toBe('connected\nown')
  })

  for (const network of ['local', 'none'] as const)
    test(`with network ${network} no server of outside is reached by TCP`, async () => {
      const port = await listen({ host: '127.0.0.1', port: 0 })
      const { stdout } = await run(
        `${connect} connect tcp 127.0.0.1 ${port}; connect tcp 192.0.2.1 80; ${ownServer}`,
        mode(network),
      )
      // Landlock knows ports and no addresses.
      expect(stdout).toBe(`no\nno\n${isOwn ? 'own' : 'not its own'}`)
    })

  testIf(sandbox.holds.network)('nor by UDP, nor by an abstract socket', async () => {
    const receiver = createSocket('udp4')
    receiver.bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    onTestFinished(() => void receiver.close())
    let received = ''
    receiver.on('message', text => {
      received += text
    })
    const send = (text: string) => `perl -MSocket -e '
      socket my $s, PF_INET, SOCK_DGRAM, 0; send $s, "${text}", 0, sockaddr_in(${receiver.address().port}, inet_aton("127.0.0.1"))'`
    const name = `nightshift-${process.pid}`
    await listen({ path: `\0${name}` })
    const script = (text: string) => `${connect} ${send(text)}; connect unix @${name}`
    expect((await run(script('local '), mode('local'))).stdout).toBe('no')
    expect((await run(script('none '), mode('none'))).stdout).toBe('no')
    expect((await run(script('all'), mode('all'))).stdout).toBe('connected')
    await expect.poll(() => received).toBe('all')
  })

  testIf(sandbox.holds.network)('Unix sockets are reached where they can be read', async () => {
    const folder = await mkdtemp('/tmp/nightshift-')
    onTestFinished(() => rm(folder, { recursive: true }))
    await chmod(folder, 0o755)
    const path = join(folder, 'socket')
    await listen({ path, writableAll: true })
    const script = `${connect} connect unix ${path}`
    const readable = () => ({ readable: [folder] })
    expect((await run(script)).stdout).toBe('no')
    expect((await run(script, { change: readable })).stdout).toBe('connected')
    expect((await run(script, { change: () => ({ readable: [folder], hidden: [path] }) })).stdout).toBe('no')
  })

  testIf(sandbox.holds.network && user === 0)('without a network those of /run are not', async () => {
    const folder = await mkdtemp('/run/nightshift-')
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'socket')
    await listen({ path })
    const script = `${connect} connect unix ${path}`
    expect((await run(script, mode('local'))).stdout).toBe('connected')
    expect((await run(script, mode('none'))).stdout).toBe('no')
    expect((await run(script, { change: () => ({ hidden: [folder] }) })).stdout).toBe('no')
  })
}
