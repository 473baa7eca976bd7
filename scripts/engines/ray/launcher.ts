/** Jobs of a Ray cluster, by the HTTP API of its dashboard. */
import { readFile } from 'node:fs/promises'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { RaySpec } from '../../program/engine.ts'
import { commandOf, quoted } from '../launched/command.ts'
import type { Launcher, Listed, Package } from '../launched/launcher.ts'
import { type Answer, openClient, type RayClient } from './client.ts'
import { jobsOf, stateOf } from './jobs.ts'
import { requestOf } from './resources.ts'

/** Bytes of a package that Ray's store takes. */
const mostPackage = 500 * 2 ** 20

/** @throws {Failure} when there is no Ray at the address */
export async function openRayLauncher(spec: RaySpec, env: NodeJS.ProcessEnv = process.env): Promise<Launcher> {
  const client = openClient(spec.address, env)
  await checkVersion(client)
  return rayLauncher(client, spec)
}

const rayLauncher = (client: RayClient, spec: RaySpec): Launcher => ({
  name: `Ray at ${client.address}`,
  async submit({ key, session, run, resources }) {
    const [sessionUri, runUri] = [await upload(client, session), await upload(client, run)]
    const body = JSON.stringify({
      submission_id: key,
      entrypoint: entrypointOf(spec.python),
      // The session's files are the working directory; the package of a run is first in PYTHONPATH.
      runtime_env: { working_dir: sessionUri, py_modules: [runUri] },
      ...requestOf(spec, resources),
    })
    const answer = await client.call('POST', '/api/jobs/', body)
    // Of a job that is there already: by a call whose answer was lost, or by another harness.
    if (answer.status !== 200 && !/already exists/.test(answer.body.toString('utf8')))
      throw refused(client, `does not take the job ${key}`, answer)
    return key
  },
  async list(prefix) {
    const answer = await client.call('GET', '/api/jobs/')
    const jobs = answer.status === 200 ? jobsOf(jsonOf(answer.body)) : null
    if (jobs === null) throw refused(client, 'does not say its jobs', answer)
    return new Map(
      jobs.flatMap((job): [string, Listed][] => {
        const key = job.submission_id
        return key?.startsWith(prefix) ? [[key, { job: key, state: stateOf(job) }]] : []
      }),
    )
  },
  async output(job) {
    const answer = await client.call('GET', `${pathOf(job)}/logs`, undefined, 120)
    const logs = answer.status === 200 ? (jsonOf(answer.body) as { logs?: unknown } | null)?.logs : null
    if (typeof logs !== 'string') throw refused(client, `does not say what ${job} has printed`, answer)
    return Buffer.from(logs)
  },
  async cancel(job) {
    const answer = await client.call('POST', `${pathOf(job)}/stop`)
    if (answer.status !== 200 && answer.status !== 404) throw refused(client, `does not stop ${job}`, answer)
  },
  async remove(job) {
    const answer = await client.call('DELETE', pathOf(job))
    if (answer.status !== 200 && answer.status !== 404) throw refused(client, `does not remove ${job}`, answer)
  },
  close: async () => {},
})

const pathOf = (job: string): string => `/api/jobs/${encodeURIComponent(job)}`

/** A shell command. Ray executes it in the folder of the session's package. */
export const entrypointOf = (python: string | null): string => {
  const places = { session: '"$PWD"', run: `"\${PYTHONPATH%%:*}"` }
  const isPlace = (word: string) => Object.values(places).includes(word)
  return commandOf(python, places)
    .map(word => (isPlace(word) ? word : quoted(word)))
    .join(' ')
}

/** Brings a package to Ray's store unless it is there; there it stays while a job needs it. @returns its name for runtime_env */
async function upload(client: RayClient, { path, sha256 }: Package): Promise<string> {
  const name = `_ray_pkg_${sha256}.zip`
  const at = `/api/packages/gcs/${name}`
  // The question keeps Ray from removing it for ten minutes.
  const found = await client.call('GET', at)
  if (found.status === 404) {
    const content = await readFile(path)
    if (content.length > mostPackage)
      throw new Failure(
        `The files of the session are ${(content.length / 2 ** 20).toFixed(0)} MiB packed, and Ray takes at most 500.`,
        'Keep data out of the repository, on disks of the nodes, and name it by `engine.links`.',
      )
    const put = await client.call('PUT', at, content, 900)
    if (put.status !== 200) throw refused(client, 'does not take the files of the session', put)
  } else if (found.status !== 200) throw refused(client, 'does not say its packages', found)
  return `gcs://${name}`
}

async function checkVersion(client: RayClient): Promise<void> {
  const answer = await client.call('GET', '/api/version')
  const version = (jsonOf(answer.body) as { ray_version?: unknown } | null)?.ray_version
  if (answer.status !== 200 || typeof version !== 'string')
    throw refused(client, 'is no dashboard of Ray 2 or later', answer)
}

/** Ray answers with a traceback, of which the last line says what is wrong. */
function refused({ address }: RayClient, what: string, { status, body }: Answer): Failure {
  const lines = body.subarray(-4000).toString('utf8').split('\n')
  const last = lines.findLast(line => /[\p{L}\p{N}]/u.test(line)) ?? ''
  return new Failure(
    `Ray at ${address} ${what}: ${status}${last === '' ? '' : `, ${sanitizeText(last, 300)}`}`.replace(/\.?$/, '.'),
    'Its dashboard, and `ray status` on the cluster, say more.',
  )
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
