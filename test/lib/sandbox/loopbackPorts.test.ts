/** Which listeners of this machine a run may reach. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces, platform } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { notebook } from '../../../scripts/lib/paths.ts'
import { isControlPort } from '../../../scripts/lib/sandbox/controlPorts.ts'
import { loopbackPorts } from '../../../scripts/lib/sandbox/loopbackPorts.ts'

const onLinux = test.skipIf(platform() !== 'linux')

async function listen(host: string): Promise<number> {
  const server = createServer()
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

onLinux('listeners on the loopback or any address count, those on another address of the machine do not', async () => {
  const passed = [await listen('127.0.0.1'), await listen('::1'), await listen('0.0.0.0'), await listen('::')]
  expect(loopbackPorts({})).toEqual(expect.arrayContaining(passed))
  const outward = Object.values(networkInterfaces())
    .flat()
    .find(address => address?.internal === false && address.family === 'IPv4')
  if (outward) expect(loopbackPorts({})).not.toContain(await listen(outward.address))
})

onLinux('a proxy is left out, by whatever name and form its variable has', async () => {
  const [http, socks, other] = [await listen('127.0.0.1'), await listen('127.0.0.1'), await listen('127.0.0.1')]
  const ports = loopbackPorts({
    HTTPS_PROXY: `http://me:word@127.0.0.1:${http}/`,
    all_proxy: `socks5://localhost:${socks}`,
  })
  expect(ports).toContain(other)
  for (const port of [http, socks]) expect(ports).not.toContain(port)
})

onLinux("Nightshift's own commands are left out", async () => {
  const text = `require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const start = async (args: string[]) => {
    const child = execa(process.execPath, [...args, '-e', text], { reject: false })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [data] = await once(child.stdout, 'data')
    return Number(String(data))
  }
  const own = await start([`--import=${join(notebook, 'scripts/compileCache.mjs')}`])
  const other = await start([])
  expect(loopbackPorts({})).toContain(other)
  expect(loopbackPorts({})).not.toContain(own)
})

test('services that execute commands, or lead out, are left out; databases are not', () => {
  for (const port of [2375, 2376, 10250, 6000, 9229, 8888, 3128, 6817])
    expect(isControlPort(port), String(port)).toBe(true)
  for (const port of [5432, 3306, 6379, 27017, 9200, 8000, 11434, 6333])
    expect(isControlPort(port), String(port)).toBe(false)
})
