/** What the recipes make of each state that their launchers print, and of launchers that fail. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { polled, submitted } from '../../../scripts/engines/command/messages.ts'
import type { Finished } from '../../helpers/throwaway.ts'
import { ask, callsOf, type Standin, say, standin } from './standins.ts'

const prefix = 's-2026-'

/** States by key of the jobs that the stand-in lists. */
async function statesOf(launcher: Standin, jobs: Record<string, object>, more: Record<string, unknown> = {}) {
  const listed = Object.entries(jobs).map(([key, job], i) => ({
    number: i + 1,
    name: `${prefix}${key}`,
    ...more,
    ...job,
  }))
  await say(launcher, [...listed, { number: 99, name: 'of-somebody', label: 'nightshift=other-', status: 'RUNNING' }])
  const { stdout, stderr } = await ask(launcher, 'poll', { prefix, jobs: [] })
  expect(stderr).not.toContain('Traceback')
  const answer = polled.parse(JSON.parse(stdout))
  return Object.fromEntries(
    answer.jobs.map(({ key, state, cause }) => [key.replace(prefix, ''), state === 'failed' ? cause : state]),
  )
}

const status = (words: string[]) => Object.fromEntries(words.map(word => [word, { status: word }]))

/** A job that says what it was given, and waits where it is told to. */
async function submitOne(launcher: Standin, key: string, script: string, finished: Finished) {
  const folder = (await standin('local.py', finished)).home
  const at = (name: string) => ({ path: join(folder, name), sha256: 'a'.repeat(64) })
  await writeFile(join(folder, 'session.zip'), 'the session\n')
  await writeFile(join(folder, 'run.zip'), `the run ${key}\n`)
  const argv = ['sh', '-c', script, 'it', '{session}', '{run}']
  const message = { key, prefix, argv, session: at('session.zip'), run: at('run.zip'), resources: { gpus: 1 } }
  const submit = async () => {
    const { stdout, stderr } = await ask(launcher, 'submit', message)
    return submitted.parse(JSON.parse(stdout || JSON.stringify(stderr))).job
  }
  const job = await submit()
  // The same key again is the same job.
  expect(await submit()).toBe(job)
  return job
}

const stateOf = async (launcher: Standin, key: string) => {
  const { stdout } = await ask(launcher, 'poll', { prefix, jobs: [] })
  return polled.parse(JSON.parse(stdout)).jobs.find(job => job.key === key)
}

async function until(launcher: Standin, key: string, state: string) {
  for (let tries = 0; tries < 200; tries++) {
    const found = await stateOf(launcher, key)
    if (found?.state === state) return found
  }
  throw new Error(`${key} does not become ${state}`)
}

test.concurrent.for([
  ['local.py', {}],
  ['skypilot.py', { SKY_CLUSTER: 'gpus', SKY_ACCELERATOR: 'H100' }],
  ['skypilot.py', { SKY_ACCELERATOR: 'H100', SKY_OPTIONS: '--infra aws' }],
  ['hf_jobs.py', { HF_JOBS_FLAVOR: 't4-small', HF_JOBS_TIMEOUT: '2h' }],
  ['modal_jobs.py', { MODAL_GPU: 'H100' }],
] as const)(
  '%s %o starts, names, prints and cancels jobs, each once',
  { timeout: 60_000 },
  async ([recipe, env], { onTestFinished }) => {
    const launcher = await standin(recipe, onTestFinished, env)
    const [first, second] = [`${prefix}0001-1-1-ab12cd34`, `${prefix}0002-1-1-ab12cd34`]
    const script = 'cat "$1" "$2"; echo "(in, brackets) it is"; exit 3'
    const job = await submitOne(launcher, first, script, onTestFinished)
    expect(await until(launcher, first, 'ended')).toMatchObject({ job })
    const { stdout } = await ask(launcher, 'fetch', { key: first, job })
    expect(stdout).toContain(`the session\nthe run ${first}\n(in, brackets) it is`)
    const endless = await submitOne(launcher, second, 'trap "echo told; exit 4" TERM; sleep 600 & wait', onTestFinished)
    expect(endless).not.toBe(job)
    await until(launcher, second, 'running')
    await ask(launcher, 'cancel', { key: second, job: endless })
    const says = ['skypilot.py', 'hf_jobs.py'].includes(recipe)
    await until(launcher, second, says ? 'failed' : 'ended')
  },
)

test('the states of a cluster of SkyPilot, and a cluster that does not answer', async ({ onTestFinished }) => {
  const launcher = await standin('skypilot.py', onTestFinished, { SKY_CLUSTER: 'gpus' })
  const words = ['INIT', 'PENDING', 'SETTING_UP', 'RUNNING', 'SUCCEEDED', 'FAILED', 'FAILED_SETUP', 'FAILED_DRIVER']
  expect(await statesOf(launcher, status([...words, 'CANCELLED', 'PAUSED']))).toEqual({
    INIT: 'waiting',
    PENDING: 'waiting',
    SETTING_UP: 'waiting',
    RUNNING: 'running',
    SUCCEEDED: 'ended',
    FAILED: 'ended',
    FAILED_SETUP: 'runner killed',
    FAILED_DRIVER: 'runner killed',
    CANCELLED: 'cancelled',
    PAUSED: 'unknown',
  })
  const down = await ask({ ...launcher, env: { ...launcher.env, SKY_CLUSTER: 'other' } }, 'poll', { prefix, jobs: [] })
  expect(down.exitCode).toBe(1)
  expect(down.stderr).toMatch(/ClusterNotUpError: Cluster other is not up\.$/)
})

test('the states of managed jobs of SkyPilot; one that would begin anew is cancelled', async ({ onTestFinished }) => {
  const launcher = await standin('skypilot.py', onTestFinished)
  const words = ['PENDING', 'SUBMITTED', 'STARTING', 'RUNNING', 'WINDING_DOWN', 'CANCELLING', 'SUCCEEDED', 'FAILED']
  const failed = ['FAILED_SETUP', 'FAILED_PRECHECKS', 'FAILED_NO_RESOURCE', 'FAILED_CONTROLLER', 'CANCELLED']
  const jobs = { ...status([...words, ...failed, 'NEW']), again: { status: 'RUNNING', recoveries: 1 } }
  expect(await statesOf(launcher, { ...jobs, RECOVERING: { status: 'RECOVERING', number: 41 } })).toEqual({
    PENDING: 'waiting',
    SUBMITTED: 'waiting',
    STARTING: 'waiting',
    RUNNING: 'running',
    WINDING_DOWN: 'running',
    CANCELLING: 'running',
    SUCCEEDED: 'ended',
    FAILED: 'ended',
    FAILED_SETUP: 'runner killed',
    FAILED_PRECHECKS: 'rejected',
    FAILED_NO_RESOURCE: 'rejected',
    FAILED_CONTROLLER: 'runner killed',
    CANCELLED: 'cancelled',
    NEW: 'unknown',
    again: 'preempted',
    RECOVERING: 'preempted',
  })
  expect((await callsOf(launcher, 'sky', 'jobs', 'cancel')).map(call => call.at(-1)).sort()).toEqual(['15', '41'])
})

test('the states of Hugging Face Jobs', async ({ onTestFinished }) => {
  const launcher = await standin('hf_jobs.py', onTestFinished)
  const words = ['SCHEDULING', 'RUNNING', 'COMPLETED', 'ERROR', 'CANCELED', 'DELETED', 'UPDATING']
  expect(await statesOf(launcher, status(words), { label: `nightshift=${prefix}` })).toEqual({
    SCHEDULING: 'waiting',
    RUNNING: 'running',
    COMPLETED: 'ended',
    ERROR: 'ended',
    CANCELED: 'cancelled',
    DELETED: 'cancelled',
    UPDATING: 'unknown',
  })
})

test('the states of apps of Modal', async ({ onTestFinished }) => {
  const launcher = await standin('modal_jobs.py', onTestFinished)
  const app = (status: string, tasks = '0') => ({ status, tasks })
  const found = await statesOf(launcher, {
    begins: app('initializing...'),
    queued: app('ephemeral (detached)'),
    runs: app('ephemeral (detached)', '1'),
    ends: app('stopping...'),
    stopped: app('stopped'),
    odd: app('disabled'),
  })
  expect(found).toEqual({
    begins: 'waiting',
    queued: 'waiting',
    runs: 'running',
    ends: 'running',
    stopped: 'ended',
    odd: 'unknown',
  })
})
