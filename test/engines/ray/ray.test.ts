import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openClient } from '../../../scripts/engines/ray/client.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { onRay, type RayCluster, rayMissing, startRay } from '../../helpers/ray.ts'
import { inShell, player, program, shellTrainer } from '../../helpers/target.ts'
import { nightshift, repository, scratch, untilLast, write } from '../../helpers/throwaway.ts'
import { steps } from '../../ratchet/engine/onHosts.ts'
import { folderOf } from '../../ratchet/session/faults.ts'
import { fetched, jobAt } from '../remote/jobs.ts'
import { openGate } from './gate.ts'
import { newId, openTest, untilReady, untilState } from './open.ts'

let cluster: RayCluster
const finished = untilLast()
beforeAll(async () => {
  if (rayMissing !== null) return
  cluster = await startRay({}, finished)
}, 120_000)

/** Jobs that Ray knows. */
const jobs = async () => (await cluster.ask('/api/jobs/')) as { submission_id: string; status: string }[]

onRay('a session on Ray is killed, finds its run again, and leaves no job', 120_000, async () => {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' }, finished)
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  const engine = `engine: { use: ray, address: "${cluster.address}", root: ${cluster.folder}/nodes }\nahead: 0\n`
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), engine)) })
  const asked = ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '1']
  const killed = await nightshift(root, 'session', asked, { NIGHTSHIFT_FAILPOINT: 'run submitted:2' })
  expect(killed.signal, killed.stderr).toBe('SIGKILL')
  const { exitCode, stderr } = await nightshift(root, 'session', ['resume'])
  expect(exitCode, stderr).toBe(0)
  const folder = await folderOf(root)
  const { session, experiments } = await readSession(folder)
  expect(session.engine).toMatchObject({ use: 'ray', shared: false, places: 1 })
  const sorted = experiments.toSorted((a, b) => a.number - b.number)
  expect(sorted.map(({ number, status }) => [number, status])).toEqual([
    [0, 'keep'],
    [1, 'keep'],
    [2, 'discard'],
    [3, 'keep'],
  ])
  const runs = experiments.flatMap(experiment => experiment.runs)
  expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['ok']))
  const events = await readJournal(files.journal(folder))
  expect(events.filter(e => e.event === 'run-submitted')).toHaveLength(runs.length)
  expect(events.filter(e => e.event === 'run-lost')).toEqual([])
  expect((await jobs()).filter(job => job.submission_id?.startsWith(session.id))).toEqual([])
})

onRay(
  'runs of Ray are found by their key, and lost by a cause; a dashboard that is away loses none',
  120_000,
  async () => {
    const work = await scratch(finished)
    const gate = await openGate(cluster.address, finished)
    const id = newId()
    const spec = { address: gate.address, root: `${cluster.folder}/nodes` }
    const engine = await openTest({ id, work, slots: 3, spec })
    expect(engine.description).toBe('Ray, 3 jobs at once with 1 CPU each')
    await untilReady(engine)
    expect(engine.places[0]?.facts?.env.PYTHONPATH).toBeUndefined()
    const of = (n: number, script: string) => jobAt(engine, n - 1, script, { key: `${id}-000${n}-1-1` })
    // Its output is not in that of its job, and nothing there is taken for its result but by the token.
    const forge =
      'for f in $(ls /proc | grep -E "^[0-9]+$"); do echo "nightshift-0 lost {}" >> /proc/$f/fd/1; done 2> /dev/null'
    const well = of(1, `cat train.sh; ${forge}; sleep 4; exit 3`)
    // Runner's parent: what prints the result.
    const ended = of(2, 'kill -9 $(ps -o ppid= -p $PPID); sleep 60')
    const endless = of(3, 'sleep 600')
    const handles = await Promise.all([well, ended, endless].map(({ job }, place) => engine.submit(place, job)))
    const [first, second, third] = handles
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    expect(await engine.submit(0, well.job)).toEqual(first)
    expect(await engine.find(first.key)).toEqual(first)
    expect(await untilState(engine, second, 'lost')).toMatchObject({ cause: 'runner killed' })
    await untilState(engine, third, 'running')
    gate.cut()
    expect(await untilState(engine, first, 'unreachable')).toMatchObject({
      reason: expect.stringContaining('does not answer'),
    })
    gate.mend()
    await untilState(engine, first, 'ended')
    expect(await fetched(engine, first, well.publicKey, work)).toMatchObject({
      log: expect.stringMatching(/^echo base\n/),
      exit: { code: 3 },
    })
    await engine.cancel(third)
    expect(await untilState(engine, third, 'lost')).toMatchObject({ cause: 'cancelled' })
    await engine.close()
    expect((await jobs()).filter(job => job.submission_id?.startsWith(id))).toEqual([])
    expect(await readdir(work)).not.toContain('launched')
  },
)

onRay('a run whose node dies is lost by that', 120_000, async () => {
  await cluster.addNode('spare')
  const work = await scratch(finished)
  const id = newId()
  const spec = { address: cluster.address, root: `${cluster.folder}/nodes`, custom_resources: { spare: 1 } }
  const engine = await openTest({ id, work, spec })
  await untilReady(engine)
  const { job } = jobAt(engine, 0, 'sleep 600', { key: `${id}-0001-1-1` })
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'running')
  await cluster.killNode('spare')
  expect(await untilState(engine, handle, 'lost')).toMatchObject({ cause: 'node failed' })
  await engine.close()
})

test('a dashboard that wants a key is named with what to set, and gets it', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.headers.authorization === 'Bearer right' ? 200 : 401
    response.end('Unauthorized: Missing authentication token')
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const own = server.address()
  const address = `http://127.0.0.1:${typeof own === 'object' ? own?.port : own}`
  const call = (env: NodeJS.ProcessEnv) => openClient(address, env).call('GET', '/api/version')
  await expect(call({})).rejects.toMatchObject({
    message: `Ray's dashboard at ${address} refuses the session: 401 Unauthorized: Missing authentication token`,
    advice: expect.stringContaining('RAY_JOB_HEADERS'),
  })
  expect((await call({ RAY_JOB_HEADERS: '{"Authorization": "Bearer right"}' })).status).toBe(200)
  expect((await call({ RAY_AUTH_TOKEN: 'right' })).status).toBe(200)
  await new Promise(done => server.close(done))
  await expect(call({})).rejects.toThrow(`Ray's dashboard at ${address} does not answer: connect ECONNREFUSED`)
  expect(() => openClient(null, { RAY_ADDRESS: 'auto' })).toThrow('RAY_ADDRESS is "auto", and must be the address')
  expect(openClient(null, { RAY_ADDRESS: 'https://ray.lab/' }).address).toBe('https://ray.lab')
})
