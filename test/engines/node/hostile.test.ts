/**
 * Runs without a sandbox that put something in the place of our own files on a node. Such a run may spoil its own result, but
 * none that counts, and neither the verbs nor the slot's next run.
 */
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { RunState } from '../../../scripts/engines/remote/verbs.ts'
import { submit } from '../../../scripts/engines/remote/verbs.ts'
import { python } from './modules.ts'
import { openRoot } from './openRoot.ts'

/** JSON that is nested so deep that no parser of Python takes it. */
const nested = `${python} -c "print('[' * 300000)"`

/** By what it does: a script with our files as $root, $run and $slot, and what becomes of the run. */
const cases: Record<string, { script: string; state?: 'lost'; says?: unknown }> = {
  'a pipe as a job': { script: 'mkfifo $slot/inbox/0.json' },
  'a folder as a job': { script: 'mkdir -p $slot/inbox/1.json/x' },
  'a link as a job': { script: 'ln -s /etc/passwd $slot/inbox/2.json' },
  'a job without its fields': { script: 'echo "{}" > $slot/inbox/3.json' },
  'a job whose JSON is nested deep': { script: `${nested} > $slot/inbox/4.json` },
  'a huge job': { script: 'truncate -s 8G $slot/inbox/5.json' },
  'a claim whose JSON is nested deep': { script: `${nested} > $run/claim.json` },
  'a claim with other types': {
    script: `echo '{"id": [], "slot": {}, "node": 3, "at": NaN, "mark": 1, "runner": [], "isOver": 7}' > $run/claim.json`,
  },
  'a folder as a claim': { script: 'rm $run/claim.json; mkdir -p $run/claim.json/x' },
  'a loss that is not valid': {
    script: `${python} -c "import json; print(json.dumps({'cause': 'x' * 90000, 'detail': chr(27) * 90000}))" > $run/lost.json; sleep 30`,
    state: 'lost',
    says: { cause: 'runner killed', detail: '' },
  },
  'a folder as a result': { script: 'mkdir -p $run/exit.json/x' },
  'a pipe as a result': { script: 'mkfifo $run/exit.json' },
  'a link as a result': {
    script: 'echo kept > $root/kept; ln -s $root/kept $run/exit.json; ln -s $root/kept $run/exit.json.tmp',
  },
  'a result of its own, and no runner': {
    script: `echo '{"text": "{\\"code\\": 0, \\"ended\\": null}", "signature": ""}' > $run/exit.json; kill -9 $PPID`,
    says: 'no result',
  },
  'a result whose JSON is nested deep, and no runner': {
    script: `${nested} > $run/exit.json; kill -9 $PPID`,
    state: 'lost',
    says: { cause: 'runner killed' },
  },
  'another tree': { script: 'cd ..; mv tree moved; ln -s /etc tree' },
  'another folder of its files': { script: 'mv $run/run $run/moved; ln -s /etc $run/run' },
  'a worker of other types': {
    script: `echo '{"node": {}, "pid": "x", "state": "idle", "key": 3, "until": [], "restarts": "y"}' > $slot/workers/7000`,
  },
  'a worker of another machine, and of the future': {
    script: `echo '{"machine": "another", "pid": 7, "start": "x", "node": "n", "state": "idle"}' > $slot/workers/8000; touch -d 2100-01-01 $slot/workers/8000`,
  },
  'a worker with a number that is too large': { script: `echo '{}' > $slot/workers/${'9'.repeat(30)}` },
}

test('no run in the place of another one harms it', { timeout: 120_000 }, async ({ onTestFinished }) => {
  const root = await openRoot(onTestFinished)
  const worker = root.serve()
  const ended = async (key: string): Promise<RunState> => {
    const latest = performance.now() + 20_000
    for (;;) {
      const state = await root.stateOf(key)
      if (state?.state === 'ended' || state?.state === 'lost') return state
      if (performance.now() > latest) throw new Error(`${key} is ${JSON.stringify(state)}`)
      await wait(20)
    }
  }
  const found: Record<string, unknown> = {}
  const expected: Record<string, unknown> = {}
  for (const [index, [name, { script, state = 'ended', says }]] of Object.entries(cases).entries()) {
    const key = `hostile-${index}`
    const named = `root=${root.path} run=${join(root.path, 'runs', key)} slot=${join(root.path, 'slot-0')}`
    const run = root.job(`${named}; ${script}`, { key })
    await submit(root.channel, root.path, run.job, 'held')
    const { state: became, cause, detail } = await ended(key)
    const result = became === 'ended' ? await root.exitOf(key, run.publicKey) : { cause, detail }
    found[name] = { became, result }
    const ordinary = state === 'ended' ? (says === 'no result' ? null : expect.objectContaining({ code: 0 })) : null
    expected[name] = { became: state, result: state === 'lost' ? expect.objectContaining(says) : ordinary }
  }
  expect(found).toEqual(expected)
  const next = root.job('cat train.sh')
  await submit(root.channel, root.path, next.job, 'held')
  await ended(next.job.key)
  expect(await root.exitOf(next.job.key, next.publicKey)).toMatchObject({ code: 0 })
  expect(await root.logOf(next.job.key)).toBe('echo base\n')
  expect(await readFile(join(root.path, 'kept'), 'utf8')).toBe('kept\n')
  // Files are taken out, whatever they hold; nothing else is a job.
  const planted = ['0', '1', '3', '4', '5'].filter(name => existsSync(join(root.path, `slot-0/inbox/${name}.json`)))
  expect(planted).toEqual(['0', '1'])
  // Else the root's end looks for what is left of each run.
  worker.kill('SIGKILL')
  await rm(join(root.path, 'runs'), { recursive: true })
})
