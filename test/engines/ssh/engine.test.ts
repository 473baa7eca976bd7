import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Opening } from '../../../scripts/engines/opening.ts'
import { openSshWith, type SshTiming } from '../../../scripts/engines/ssh/open.ts'
import { overSsh, type SshHosts, startHosts } from '../../helpers/sshd.ts'
import type { Finished } from '../../helpers/throwaway.ts'
import { fetched, jobAt, linesOf, until, untilReady, untilState } from '../remote/jobs.ts'
import { opening, specOf } from './opening.ts'

const fast: SshTiming = { hosts: { busy: 200, idle: 200, retry: 300 }, connection: { connect: 3, alive: 1 } }

/** An engine over hosts that were started before, which is let go of at the end, with all that it has left there. */
async function engineOver(
  { config, folder }: SshHosts,
  hosts: Parameters<typeof specOf>[0]['hosts'],
  finished: Finished,
  { timing = fast, ...over }: Partial<Opening> & { timing?: SshTiming } = {},
) {
  const root = join(folder, 'roots')
  const engine = await openSshWith(timing, specOf({ hosts, config, root }), opening(over))
  let isOver = false
  const end = async (how: 'close' | 'detach') => {
    if (!isOver) {
      isOver = true
      await engine[how]()
    }
  }
  finished(() => end('close'))
  return { engine, root, end }
}

const named = (names: string[]) => names.map(name => ({ name }))

overSsh('a run over ssh leaves its log, its curve and its signed end, and nothing on the host', async finished => {
  const hosts = await startHosts(named(['a']), finished)
  const { engine, root, end } = await engineOver(hosts, [{ host: 'a', gpus: 2 }], finished)
  expect(engine.places.map(({ state }) => state.kind)).toEqual(['waiting', 'waiting'])
  await untilReady(engine, 0)
  expect(engine.places[1]?.state).toEqual({ kind: 'ready', node: 'a' })
  expect(engine.places[0]?.facts).toMatchObject({ node: 'a', home: expect.stringMatching(/^\//) })
  const script = 'cat train.sh other.txt; echo "gpus $CUDA_VISIBLE_DEVICES"; echo 1,2,3 > "$NIGHTSHIFT_CURVE"; exit 3'
  const edits = { 'train.sh': { content: Buffer.from('echo edited\n').toString('base64'), isExecutable: false } }
  const jobs = [0, 1].map(place => jobAt(engine, place, script, { edits }))
  const handles = await Promise.all(jobs.map(({ job }) => engine.submit(job.slot, job)))
  for (const [place, handle] of handles.entries()) {
    expect(handle).toEqual({ key: jobs[place]?.job.key, place, job: 'a' })
    expect(await untilState(engine, handle, 'ended')).toMatchObject({ state: 'ended', node: 'a' })
    const { log, curve, exit } = await fetched(engine, handle, jobs[place]?.publicKey ?? '', hosts.folder)
    expect(log).toBe(`echo edited\nother\ngpus ${place}\n`)
    expect(curve).toEqual(['1,2,3'])
    expect(exit).toMatchObject({ code: 3 })
  }
  expect(await readdir(join(root, 'session-0/runs'))).toEqual([])
  expect(await hosts.connections('a')).toBe(1)
  await end('close')
  expect(await readdir(root)).toEqual([])
})

overSsh('a host that vanishes and comes back loses nothing and executes nothing twice', async finished => {
  const hosts = await startHosts(named(['a', 'b']), finished)
  const { engine } = await engineOver(hosts, ['a', 'b'], finished)
  await untilReady(engine, 0)
  await untilReady(engine, 1)
  const count = join(hosts.folder, 'count')
  const go = join(hosts.folder, 'go')
  const script = `echo begun >> ${count}; while ! [ -e ${go} ]; do sleep 0.1; done; echo ended >> ${count}; echo result`
  const first = jobAt(engine, 0, script)
  const handle = await engine.submit(0, first.job)
  await untilState(engine, handle, 'running')
  await hosts.kill('a')
  expect(await untilState(engine, handle, 'unreachable')).toMatchObject({ reason: expect.stringMatching(/ssh|a/) })
  expect(engine.places[0]?.state.kind).toBe('waiting')
  await untilReady(engine, 1)
  // The run ends while nobody can ask for it.
  await writeFile(go, '')
  await until(
    () => linesOf(count),
    lines => lines.includes('ended'),
  )
  // A job for it is kept, and submitting it once more changes nothing.
  const late = jobAt(engine, 0, `echo late >> ${count}`)
  const kept = await engine.submit(0, late.job)
  await engine.submit(0, late.job)
  await hosts.start('a')
  await untilState(engine, handle, 'ended')
  expect((await fetched(engine, handle, first.publicKey, hosts.folder)).log).toBe('result\n')
  await untilState(engine, kept, 'ended')
  expect((await fetched(engine, kept, late.publicKey, hosts.folder)).exit).toMatchObject({ code: 0 })
  expect(await linesOf(count)).toEqual(['begun', 'ended', 'late'])
})

overSsh('a host that stops answering without a word is unreachable, and is found again', async finished => {
  const hosts = await startHosts(named(['a']), finished)
  const { engine } = await engineOver(hosts, ['a'], finished)
  await untilReady(engine, 0)
  const go = join(hosts.folder, 'go')
  const { job, publicKey } = jobAt(engine, 0, `while ! [ -e ${go} ]; do sleep 0.1; done; echo result`)
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'running')
  await hosts.freeze('a')
  await untilState(engine, handle, 'unreachable')
  await writeFile(go, '')
  await hosts.thaw('a')
  await untilState(engine, handle, 'ended')
  expect((await fetched(engine, handle, publicKey, hosts.folder)).log).toBe('result\n')
})

overSsh('the run of a host that stays away is lost, and is ended there when the host answers again', async finished => {
  const hosts = await startHosts(named(['a', 'b']), finished)
  const timing = { ...fast, hosts: { ...fast.hosts, giveUp: 500 } }
  const { engine } = await engineOver(hosts, ['a', 'b'], finished, { timing })
  await untilReady(engine, 0)
  await untilReady(engine, 1)
  const trace = join(hosts.folder, 'trace')
  const { job } = jobAt(engine, 0, `echo $$ > ${trace}; exec sleep 60`)
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'running')
  const [pid = ''] = await until(
    () => linesOf(trace),
    lines => lines.length > 0,
  )
  await hosts.kill('a')
  const lost = await untilState(engine, handle, 'lost')
  expect(lost).toMatchObject({
    cause: 'unreachable',
    node: 'a',
    detail: expect.stringMatching(/^ssh does not reach a/),
  })
  await hosts.start('a')
  await untilReady(engine, 0)
  await until(
    () => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null),
    found => found === null,
  )
  // It stays lost: it may have been made again.
  expect(await engine.poll(handle)).toEqual(lost)
})

overSsh('a harness that was killed finds its run again', async finished => {
  const hosts = await startHosts(named(['a', 'b']), finished)
  const root = join(hosts.folder, 'roots')
  const count = join(hosts.folder, 'count')
  const go = join(hosts.folder, 'go')
  const script = `echo begun >> ${count}; while ! [ -e ${go} ]; do sleep 0.1; done; echo result`
  const key = 'session-0007-1-1'
  const program = join(import.meta.dirname, 'driver.ts')
  const driver = spawn(process.execPath, [program, hosts.config, root, key, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  finished(() => void driver.kill('SIGKILL'))
  await once(driver.stdout, 'data')
  driver.kill('SIGKILL')
  const { engine } = await engineOver(hosts, ['a', 'b'], finished)
  const handle = await engine.find(key)
  expect(handle).toEqual({ key, place: 1, job: 'b' })
  expect(await engine.find('session-0007-1-2')).toBeNull()
  if (handle === null) return
  await untilReady(engine, 1)
  // Another job with this key is not taken: the run goes on.
  const again = await engine.submit(1, jobAt(engine, 1, 'echo another', { key }).job)
  expect(again).toEqual(handle)
  await writeFile(go, '')
  await untilState(engine, handle, 'ended')
  expect(await linesOf(count)).toEqual(['begun'])
  const log = await readFile(join(root, 'session-1/runs', key, 'run/run.log'), 'utf8')
  expect(log).toBe('result\n')
})

overSsh('what a session left on its hosts is ended without being run again', async finished => {
  const hosts = await startHosts(named(['a']), finished)
  const { engine, root, end } = await engineOver(hosts, ['a'], finished)
  await untilReady(engine, 0)
  const trace = join(hosts.folder, 'trace')
  await engine.submit(0, jobAt(engine, 0, `echo $$ > ${trace}; exec sleep 60`).job)
  const [pid = ''] = await until(
    () => linesOf(trace),
    lines => lines.length > 0,
  )
  await end('detach')
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain('sleep')
  const later = await engineOver(hosts, ['a'], finished, { purpose: 'cancel' })
  await later.end('close')
  expect(await readdir(root)).toEqual([])
  await expect(readFile(`/proc/${pid}/cmdline`)).rejects.toThrow(/ENOENT/)
})

overSsh('setup is executed once at each host, and its last words are the error', async finished => {
  const hosts = await startHosts(named(['a', 'b']), finished)
  const { engine } = await engineOver(hosts, [{ host: 'a', gpus: 2 }, 'b'], finished)
  await untilReady(engine, 0)
  const done = join(hosts.folder, 'done')
  const told: string[] = []
  await engine.setUp(
    `cat other.txt >> ${done}; echo "made $NAME"`,
    { PATH: process.env.PATH ?? '', NAME: 'it' },
    (place, line) => told.push(`${place} ${line}`),
  )
  await untilReady(engine, 2)
  expect(await linesOf(done)).toEqual(['other', 'other'])
  expect(told.sort()).toEqual(['0 made it', '2 made it'])
  await expect(engine.setUp('echo no disk >&2; exit 7', {}, () => {})).rejects.toThrow(
    /^setup failed on [ab] with exit code 7: no disk\.$/,
  )
})

overSsh('a run is cancelled, and a job that waits for its host is not begun', async finished => {
  const hosts = await startHosts(named(['a']), finished)
  const { engine } = await engineOver(hosts, ['a'], finished)
  await untilReady(engine, 0)
  const { job, publicKey } = jobAt(engine, 0, 'exec sleep 60')
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'running')
  await engine.cancel(handle)
  await untilState(engine, handle, 'ended')
  expect((await fetched(engine, handle, publicKey, hosts.folder)).exit).toMatchObject({ ended: 'aborted' })
  await hosts.kill('a')
  await until(
    () => engine.places[0]?.state.kind,
    kind => kind === 'waiting',
  )
  const trace = join(hosts.folder, 'trace')
  const kept = await engine.submit(0, jobAt(engine, 0, `touch ${trace}`).job)
  await engine.cancel(kept)
  await hosts.start('a')
  await untilReady(engine, 0)
  const next = jobAt(engine, 0, 'true')
  await untilState(engine, await engine.submit(0, next.job), 'ended')
  expect(await linesOf(trace)).toEqual([])
  expect(await readdir(hosts.folder)).not.toContain('trace')
})

overSsh('a host without a place is left alone', async finished => {
  const hosts = await startHosts(named(['a', 'b']), finished)
  const { engine, root } = await engineOver(hosts, ['a', 'b'], finished, { slots: 1 })
  await untilReady(engine, 0)
  expect(engine.places).toHaveLength(1)
  expect(engine.description).toBe('ssh, 1 host with 1 place to train')
  expect(await readdir(root)).toEqual(['session-0'])
})
