import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Channel, NodeFailure } from '../../../scripts/engines/remote/channel.ts'
import { type HostEngineTiming, openHostEngine } from '../../../scripts/engines/remote/hosts.ts'
import { fileEntry, tarEnd } from '../../../scripts/engines/remote/tar.ts'
import { localHost } from '../../helpers/localHosts.ts'
import { type Finished, scratch } from '../../helpers/throwaway.ts'
import { fetched, filesOf, jobAt, linesOf, until, untilReady, untilState } from './jobs.ts'

const timing: Partial<HostEngineTiming> = { busy: 100, idle: 100, retry: 100 }

/** Answers of a host that is not what it seems; verbs without one are the real ones. */
type Answers = Partial<Record<string, (real: () => Promise<Buffer>) => Buffer | Promise<Buffer>>>

async function engineOver(finished: Finished, answers: Answers = {}, gpus: (readonly number[] | null)[] = [null]) {
  const folder = await scratch(finished)
  const through = (channel: Channel): Channel => ({
    ...channel,
    call: async (args, options) => {
      const real = () => channel.call(args, options)
      return (answers[args[0] ?? ''] ?? (real => real()))(real)
    },
  })
  const told: string[] = []
  const engine = openHostEngine({
    description: 'folders',
    hosts: [localHost('a', join(folder, 'a'), through)],
    places: gpus.map(gpus => ({ host: 0, gpus })),
    files: filesOf({ 'train.sh': 'echo base\n' }),
    setUp: { target: '.', links: {}, inherit: [] },
    tell: text => told.push(text),
    timing,
  })
  finished(() => engine.close().catch(() => {}))
  return { engine, folder, told }
}

const cut = () => {
  throw new NodeFailure('the connection broke', '', { exitCode: 255, said: '' })
}

test.concurrent('a submission that was cut off after the host took it is not executed twice', async ({
  onTestFinished,
}) => {
  const answers: Answers = {}
  const { engine, folder } = await engineOver(onTestFinished, answers)
  await untilReady(engine, 0)
  const count = join(folder, 'count')
  const { job, publicKey } = jobAt(engine, 0, `echo begun >> ${count}`)
  const before = Date.now()
  let calls = 0
  answers.submit = async real => {
    await real()
    return ++calls === 1 ? cut() : real()
  }
  const handle = await engine.submit(0, job)
  const ended = await untilState(engine, handle, 'ended')
  const beganAt = ended.state === 'ended' ? (ended.beganAt ?? 0) : 0
  // This clock counts whole milliseconds.
  expect(beganAt).toBeGreaterThanOrEqual(before - 2)
  expect(beganAt).toBeLessThanOrEqual(Date.now())
  // Ended or not, it is submitted until the host has said that it has it.
  await until(
    () => calls,
    calls => calls === 2,
  )
  expect((await fetched(engine, handle, publicKey, folder)).exit).toMatchObject({ code: 0 })
  expect(await linesOf(count)).toEqual(['begun'])
})

test.concurrent('what is fetched is made again until it has come, and refused where it leads elsewhere', async ({
  onTestFinished,
}) => {
  const answers: Answers = {}
  const { engine, folder } = await engineOver(onTestFinished, answers)
  await untilReady(engine, 0)
  const { job, publicKey } = jobAt(engine, 0, 'echo result')
  const handle = await engine.submit(0, job)
  await untilState(engine, handle, 'ended')
  answers.fetch = () => Buffer.concat([fileEntry('../../escaped', 'x'), tarEnd()])
  await expect(fetched(engine, handle, publicKey, folder)).rejects.toThrow(/has an entry "\.\.\/\.\.\/escaped"/)
  expect(await readdir(folder)).not.toContain('escaped')
  let tries = 0
  answers.fetch = () => {
    if (++tries === 2) delete answers.fetch
    return cut()
  }
  expect((await fetched(engine, handle, publicKey, folder)).log).toBe('result\n')
  expect(tries).toBe(2)
})

test.concurrent('a host that answers garbage is one that does not answer', async ({ onTestFinished }) => {
  const answers: Answers = {}
  const { engine, told } = await engineOver(onTestFinished, answers)
  await untilReady(engine, 0)
  const handle = await engine.submit(0, jobAt(engine, 0, 'sleep 60').job)
  await untilState(engine, handle, 'running')
  answers.poll = () => Buffer.from('{"now": 1, "runs": {"../../x": {}}, "workers": {}}')
  expect(await untilState(engine, handle, 'unreachable')).toMatchObject({
    reason: expect.stringMatching(/^`poll` on .* answered what is no answer of it/),
  })
  expect(engine.places[0]?.state.kind).toBe('waiting')
  delete answers.poll
  await untilState(engine, handle, 'running')
  answers.poll = cut
  await untilState(engine, handle, 'unreachable')
  await engine.close()
  expect(told).toEqual([
    expect.stringMatching(/\/a stays on a, which does not answer; a run there ends by its timeout$/),
  ])
  // The test's own end: as the host would be cleaned by hand.
  delete answers.poll
  await localHost('a', engine.places[0]?.root ?? '').channel.call(['clean', engine.places[0]?.root ?? ''])
})

test.concurrent('a job that the host refuses is an error in its words, and what it lacks fails its place', async ({
  onTestFinished,
}) => {
  const answers: Answers = {}
  const { engine } = await engineOver(onTestFinished, answers)
  await untilReady(engine, 0)
  answers.submit = () => {
    throw new NodeFailure('`submit` on a failed: the disk is full.', '', { exitCode: 1, said: '' })
  }
  await expect(engine.submit(0, jobAt(engine, 0, 'true').job)).rejects.toThrow('the disk is full')
  const refusing = await engineOver(onTestFinished, {
    facts: () => {
      throw new NodeFailure('`facts` on a failed: there is no Python.', 'Install it.', { exitCode: 1, said: '' })
    },
  })
  const failed = await until(
    () => refusing.engine.places[0]?.state,
    state => state?.kind === 'failed',
  )
  expect(failed).toEqual({
    kind: 'failed',
    reason: '`facts` on a failed: there is no Python',
    advice: 'Install it.',
  })
})

test.concurrent('a run that an earlier process gave up is ended before another begins in its slot', async ({
  onTestFinished,
}) => {
  const { engine, folder } = await engineOver(onTestFinished)
  await untilReady(engine, 0)
  const trace = join(folder, 'trace')
  await mkdir(trace)
  await engine.submit(0, jobAt(engine, 0, `echo $$ > ${trace}/pid; exec sleep 60`).job)
  const [pid = ''] = await until(
    () => linesOf(join(trace, 'pid')),
    lines => lines.length > 0,
  )
  const next = await engine.submit(0, jobAt(engine, 0, `test -e /proc/${pid} && echo there || echo gone; ls`).job)
  await untilState(engine, next, 'ended')
  const log = await readFile(join(engine.pathsAt(0, next.key).run, 'run.log'), 'utf8')
  expect(log).toBe('gone\ntrain.sh\n')
})

test.concurrent('a run sees the GPUs of its place, among those that its host shows', async ({ onTestFinished }) => {
  const answers: Answers = {}
  const folder = await scratch(onTestFinished)
  const real = localHost('a', folder).channel
  answers.facts = async () => {
    const facts = JSON.parse((await real.call(['facts'])).toString('utf8'))
    return Buffer.from(JSON.stringify({ ...facts, gpus: [], env: { ...facts.env, CUDA_VISIBLE_DEVICES: '4,6' } }))
  }
  const { engine } = await engineOver(onTestFinished, answers, [[0], [1], [0, 1]])
  await untilReady(engine, 2)
  const handles = await Promise.all(
    [0, 1, 2].map(place => engine.submit(place, jobAt(engine, place, 'echo $CUDA_VISIBLE_DEVICES').job)),
  )
  for (const handle of handles) await untilState(engine, handle, 'ended')
  const logs = handles.map(({ key, place }) => readFile(join(engine.pathsAt(place, key).run, 'run.log'), 'utf8'))
  expect(await Promise.all(logs)).toEqual(['4\n', '6\n', '4,6\n'])
})
