/** The engine of job services: each run is a job of its own, whose name is the run's key. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Engine, Handle, Place, Polled } from '../engine.ts'
import type { NodeJob } from '../nodeJob.ts'
import type { Opening } from '../opening.ts'
import { nodePaths } from '../remote/paths.ts'
import { unpackRun } from '../remote/unpack.ts'
import { createWatch } from '../remote/watch.ts'
import { closeJobs } from './close.ts'
import { findFacts } from './facts.ts'
import { isKeyOf, prefixOf, setupKey } from './keys.ts'
import type { Launcher, Listed } from './launcher.ts'
import { createOutcomes } from './outcome.ts'
import { sessionPackage, withRunPackage } from './package.ts'
import { type LaunchRequest, tokensOf } from './request.ts'
import { readOutput } from './result.ts'

export interface LaunchedOptions {
  /** For records and pages. */
  description: string
  slots: number
  /** Keys of the contract. */
  root: string | null
  python: string | null
}

interface Look {
  jobs: ReadonlyMap<string, Listed>
  /** Since when the service does not answer, and its words; null while it does. */
  down: { since: number; reason: string } | null
}

/** Milliseconds between two questions, and between two about what a job that has just begun has printed. */
const every = { look: 1000, begun: 2000 }

export async function openLaunched(launcher: Launcher, options: LaunchedOptions, opening: Opening): Promise<Engine> {
  const { id, resources } = opening
  const folder = join(opening.work, 'launched')
  const token = await tokensOf(folder)
  const isRun = opening.purpose === 'run'
  const session = isRun ? await sessionPackage(folder, opening.files) : null
  const outcomes = createOutcomes(launcher, token)
  const givenRoot = posix.join(options.root ?? '~/.cache/nightshift/nodes', id)
  const places = Array.from({ length: options.slots }, (_, index): Place => {
    return { index, root: givenRoot, facts: null, state: { kind: 'waiting', since: Date.now(), reason: null } }
  })
  /** What was submitted and is not known to have begun, so that it can be submitted again. */
  const requests = new Map<string, LaunchRequest['task']>()
  const begun = new Map<string, { node: string; at: number } | { askedAt: number }>()
  const cancelled = new Set<string>()
  let last: Look = { jobs: new Map(), down: null }

  const launch = (key: string, task: LaunchRequest['task']): Promise<string> => {
    if (session === null) throw new Error('A session that is given up submits nothing.')
    const request: LaunchRequest = {
      token: token(key),
      root: places[0]?.root ?? givenRoot,
      python: options.python,
      task,
      needs: Object.values(opening.links),
    }
    return withRunPackage(folder, request, run => launcher.submit({ key, session, run, resources }))
  }

  const facts = isRun ? findFacts({ id, places, root: givenRoot, launch, outcomes }) : null

  const look = async (): Promise<Look> => {
    try {
      const all = await launcher.list(prefixOf(id))
      last = { jobs: new Map([...all].filter(([key]) => isKeyOf(id, key))), down: null }
      await facts?.look(last.jobs)
      for (const [key, listed] of last.jobs) await lookForBegin(key, listed)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      last = { ...last, down: last.down ?? { since: Date.now(), reason: error.message } }
    }
    return last
  }

  const lookForBegin = async (key: string, { job, state }: Listed): Promise<void> => {
    if (state.state !== 'running' || !/-\d+$|-[0-9a-f]{1,8}$/.test(key)) return
    const known = begun.get(key)
    if (known !== undefined && ('node' in known || Date.now() - known.askedAt < every.begun)) return
    begun.set(key, { askedAt: Date.now() })
    const output = await launcher.output(job, key).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error
      return null
    })
    const found = output && readOutput(output, token(key)).began
    if (found === null) return
    // By the clock of the node, unless that cannot be.
    begun.set(key, { node: found.node, at: Math.min(found.at, Date.now()) })
    requests.delete(key)
  }

  const watch = createWatch(
    look,
    ({ jobs, down }) =>
      JSON.stringify([
        ...[places[0]?.state, down?.reason, [...jobs], [...begun].filter(([, found]) => 'node' in found)],
        ...(outcomes.hasDoubts() ? [Date.now()] : []),
      ]),
    () => every.look,
  )

  const fresh = async (): Promise<Look> => {
    const found = await watch.again()
    if (found.down !== null) throw new Failure(found.down.reason, 'It is asked again.')
    return found
  }

  const find = async (key: string): Promise<Handle | null> => {
    const listed = (await fresh()).jobs.get(key)
    return listed === undefined ? null : { key, place: 0, job: listed.job }
  }

  const poll = async ({ key }: Handle): Promise<Polled> => {
    let { jobs, down } = await watch.latest()
    if (down === null && !jobs.has(key)) ({ jobs, down } = await watch.again())
    if (down !== null) return { state: 'unreachable', ...down }
    const listed = jobs.get(key)
    if (listed === undefined)
      return { state: 'lost', cause: 'runner killed', detail: `${launcher.name} knows its job no more`, node: null }
    const { state } = listed
    const at = begun.get(key)
    const known = at !== undefined && 'node' in at ? at : null
    if (state.state === 'waiting')
      return cancelled.has(key)
        ? { state: 'lost', cause: 'cancelled', detail: 'it had not begun', node: null }
        : { state: 'waiting', reason: state.reason }
    if (state.state === 'running')
      return known === null
        ? { state: 'waiting', reason: 'its job starts' }
        : { state: 'running', node: known.node, beganAt: known.at }
    const task = requests.get(key)
    if (state.state === 'failed' && state.hasNotBegun && task !== undefined && !cancelled.has(key)) {
      await launcher.remove(listed.job, key)
      await launch(key, task)
      return { state: 'waiting', reason: state.detail }
    }
    const outcome = await outcomes.of(key, listed)
    if (typeof outcome === 'string') return { state: 'unreachable', since: Date.now(), reason: outcome }
    requests.delete(key)
    if (outcome.kind === 'lost')
      return { state: 'lost', cause: outcome.cause, detail: outcome.detail, node: known?.node ?? null }
    const { began } = outcome.printed
    return { state: 'ended', node: known?.node ?? began?.node ?? 'its node', beganAt: known?.at ?? began?.at ?? null }
  }

  const submit = async (place: number, job: NodeJob): Promise<Handle> => {
    const there = await find(job.key)
    if (there !== null) return { ...there, place }
    requests.set(job.key, { kind: 'run', job })
    return { key: job.key, place, job: await launch(job.key, { kind: 'run', job }) }
  }

  const fetch: Engine['fetch'] = async ({ key, job }, paths) => {
    const listed = last.jobs.get(key) ?? (await fresh()).jobs.get(key)
    const outcome = listed && (await outcomes.of(key, listed))
    if (outcome === undefined || typeof outcome === 'string' || outcome.kind !== 'whole')
      throw new Failure(`What ${key} has left is not there.`, 'The run is made again where nothing comes of it.')
    await unpackRun(outcome.content, paths)
    outcomes.drop(key)
    begun.delete(key)
    // What is left there is removed at the end of the session.
    await launcher.remove(job ?? listed?.job ?? key, key).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error
    })
  }

  const setUp: Engine['setUp'] = async (command, env, tell) => {
    const key = setupKey(id, randomBytes(4).toString('hex'))
    const setup = { command, env, inherit: [], target: opening.target, links: opening.links }
    await launch(key, { kind: 'setup', job: setup })
    let told = 0
    for (;;) {
      await wait(every.look)
      const listed = (await watch.again()).jobs.get(key)
      if (listed === undefined || listed.state.state === 'waiting') continue
      const output = await launcher.output(listed.job, key).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error
        return null
      })
      const said = output === null ? [] : readOutput(output, token(key)).said
      for (const line of said.slice(told)) tell(0, line)
      told = Math.max(told, said.length)
      if (listed.state.state === 'running') continue
      const outcome = await outcomes.of(key, listed)
      if (typeof outcome === 'string') continue
      await launcher.remove(listed.job, key)
      if (outcome.kind === 'lost') throw setupFailed(`${outcome.cause}: ${outcome.detail}`)
      const { code } = JSON.parse(outcome.content.toString('utf8')) as { code: unknown }
      if (code !== 0) throw setupFailed(`exit code ${code}: ${sanitizeText(said.at(-1) ?? 'it printed nothing', 300)}`)
      return
    }
  }

  const cancel: Engine['cancel'] = async ({ key, job }) => {
    cancelled.add(key)
    const name = job ?? last.jobs.get(key)?.job
    if (name !== undefined) await launcher.cancel(name, key)
  }

  if (isRun) {
    const found = await look()
    if (found.down !== null) throw new Failure(found.down.reason, `Start the session when ${launcher.name} answers.`)
  }

  return {
    description: options.description,
    places,
    changed: watch.changed,
    pathsAt: (place, key) => nodePaths(places[place]?.root ?? givenRoot, place, key),
    submit,
    find,
    poll,
    cancel,
    fetch,
    setUp,
    async close() {
      watch.close()
      await closeJobs(launcher, id)
      await launcher.close()
      await rm(folder, { recursive: true, force: true })
    },
    async detach() {
      watch.close()
      await launcher.close()
    },
  }
}

const setupFailed = (why: string): Failure =>
  new Failure(
    `The setup command failed on a node: ${why.replace(/\.$/, '')}.`,
    'Try it on such a machine, in a copy of the repository.',
  )
