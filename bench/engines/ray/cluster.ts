/** A Ray cluster for tests and benchmarks: a head of this machine, and more nodes that can be killed like machines. */
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openDaemons, takePorts } from '../daemons.ts'
import { installRay } from './install.ts'

export interface RayOptions {
  /** Of the head; they are only counted. */
  cpus?: number
  /** Further variables of its daemons, and so of its jobs. */
  env?: Record<string, string>
}

export interface RayCluster {
  /** Of its dashboard. */
  address: string
  /** A folder for what jobs leave. */
  folder: string
  /** Another node, which alone has 10 of the resource. */
  addNode(resource: string): Promise<void>
  /** Ends all processes of that node at once, as a power cut does. */
  killNode(resource: string): Promise<void>
  /** What `GET` answers. */
  ask(path: string): Promise<unknown>
}

/**
 * Resolves when its dashboard takes jobs.
 * @param finished registers what ends it
 */
export async function startRay(
  { cpus = 16, env = {} }: RayOptions,
  finished: (end: () => Promise<void>) => void,
): Promise<RayCluster> {
  const found = await installRay()
  if ('missing' in found) throw new Error(found.missing)
  const daemons = await openDaemons('ray-', finished)
  const { folder } = daemons
  const variables = {
    // A node that is gone is noticed within seconds; one that is slow for a moment stays.
    RAY_health_check_period_ms: '1000',
    RAY_health_check_failure_threshold: '8',
    RAY_AUTH_MODE: 'disabled',
    RAY_USAGE_STATS_ENABLED: '0',
    RAY_enable_multi_node_on_one_machine: '1',
    ...env,
  }
  const start = (name: string, args: string[]) =>
    daemons.start(name, [found.ray, 'start', '--block', ...args], variables)
  const taken = await takePorts(6)
  const [gcs = 0, dashboard = 0, client = 0, agent = 0, grpc = 0, metrics = 0] = taken.ports
  await taken.release()
  const common = [
    '--node-ip-address=127.0.0.1',
    '--object-store-memory=80000000',
    '--disable-usage-stats',
    '--min-worker-port=0',
    '--max-worker-port=0',
  ]
  await start('head', [
    ...['--head', `--port=${gcs}`, `--temp-dir=${folder}/r`, `--num-cpus=${cpus}`, '--num-gpus=2', ...common],
    ...['--include-dashboard=true', '--dashboard-host=127.0.0.1', `--dashboard-port=${dashboard}`],
    ...[`--ray-client-server-port=${client}`, `--dashboard-agent-listen-port=${agent}`],
    ...[`--dashboard-agent-grpc-port=${grpc}`, `--metrics-export-port=${metrics}`],
  ])
  const address = `http://127.0.0.1:${dashboard}`
  const ask = async (path: string) => (await fetch(`${address}${path}`, { signal: AbortSignal.timeout(5000) })).json()
  await until('the dashboard takes jobs', folder, async () => {
    const body = JSON.stringify({ entrypoint: 'true' })
    const signal = AbortSignal.timeout(10_000)
    // Ray takes no job of what may be a browser, as `fetch` seems to be.
    const { status } = await post(`${address}/api/jobs/`, body, signal)
    if (status !== 200) throw new Error(`${status}`)
  })
  return {
    address,
    folder,
    ask,
    async addNode(resource) {
      const { ports, release } = await takePorts(3)
      await release()
      await start(resource, [
        ...[`--address=127.0.0.1:${gcs}`, '--num-cpus=4', '--num-gpus=0', `--resources={"${resource}":10}`, ...common],
        ...[`--dashboard-agent-listen-port=${ports[0]}`, `--dashboard-agent-grpc-port=${ports[1]}`],
        `--metrics-export-port=${ports[2]}`,
      ])
    },
    killNode: daemons.end,
  }
}

const post = (url: string, body: string, signal: AbortSignal): Promise<{ status: number }> =>
  new Promise((done, fail) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }
    request(url, { method: 'POST', headers, signal, agent: false }, response => {
      response.resume()
      response.on('end', () => done({ status: response.statusCode ?? 0 }))
    })
      .on('error', fail)
      .end(body)
  })

/** @param folder of the daemons' output, which the error quotes */
async function until(what: string, folder: string, holds: () => Promise<unknown>): Promise<void> {
  const latest = Date.now() + 90_000
  for (;;) {
    try {
      await holds()
      return
    } catch (error) {
      if (Date.now() > latest) {
        const said = await readFile(join(folder, 'log/head.out'), 'utf8').catch(() => '')
        throw new Error(`Not so after 90 s: ${what}.\n${said.slice(-3000)}`, { cause: error })
      }
      await wait(200)
    }
  }
}
