/** `per_run: true`: each run is a job of its own, whose name is the run's key. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import type { SlurmSpec } from '../../program/engine.ts'
import type { Engine, Handle, Place, Polled } from '../engine.ts'
import type { NodeJob } from '../nodeJob.ts'
import type { Opening } from '../opening.ts'
import { nodePaths } from '../remote/paths.ts'
import { unpackRun } from '../remote/unpack.ts'
import * as verbs from '../remote/verbs.ts'
import { createWatch } from '../remote/watch.ts'
import { reasonInAccounting } from './accounting.ts'
import { factsScript, runScript, type ScriptOptions } from './batch.ts'
import { lossOf, reasonInLog } from './causes.ts'
import { jobChannel } from './channel.ts'
import { cancelAll } from './close.ts'
import { cancelJobs, submitJob } from './commands.ts'
import { descriptionOf, excludeFlags, isNodeName, jobFlags, pathInFlags, runFlags } from './flags.ts'
import { isGone, phaseOf, type SlurmJob } from './jobs.ts'
import { createLister, type Listing } from './listing.ts'
import type { Reach } from './nodes.ts'
import { createRunStates } from './runState.ts'
import { setUpNode } from './setUp.ts'
import { neededBy, tooShort } from './slots.ts'

interface Look {
  listing: Listing
  polled: verbs.PolledRoot | { since: number; reason: string }
}

/** Milliseconds between two questions: of files, and of Slurm while nothing is lost or waits. */
const every = { look: 1000, calmListing: 5000 }

export async function openPerRun(spec: SlurmSpec, opening: Opening, count: number, reach: Reach): Promise<Engine> {
  const { id, resources } = opening
  // One job says what a node is, before all runs.
  const factsJob = `nightshift-${id}`
  const isOurs = (name: string) => name === factsJob || name.startsWith(`${id}-`)
  const channel = reach.files(null, reach.root)
  const options: ScriptOptions = { ...spec, root: reach.root, modules: null, needs: Object.values(opening.links) }
  const places = Array.from({ length: count }, (_, index): Place => {
    return { index, root: reach.root, facts: null, state: { kind: 'waiting', since: Date.now(), reason: null } }
  })
  const lister = createLister(isOurs)
  const states = createRunStates()
  const avoided = new Set<string>()
  let waiting = true
  let silentSince: number | null = null

  const look = async (): Promise<Look> => {
    const isCalm = !waiting && !states.hasDoubts()
    const listing = await lister.list(isCalm ? every.calmListing : every.look)
    if (opening.purpose === 'run' && places[0]?.state.kind === 'waiting') await lookForFacts(listing)
    try {
      const polled = await verbs.poll(channel, reach.root)
      silentSince = null
      waiting = Object.values(polled.runs).some(({ state }) => state === 'waiting')
      return { listing, polled }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      silentSince ??= Date.now()
      return { listing, polled: { since: silentSince, reason: error.message } }
    }
  }

  const lookForFacts = async ({ jobs, down }: Listing) => {
    const since = places[0]?.state.kind === 'waiting' ? places[0].state.since : Date.now()
    const job = jobs.filter(({ name }) => name === factsJob).at(-1) ?? null
    const set = (state: Place['state']) => {
      for (const place of places) place.state = state
    }
    try {
      const facts = job === null || job.node === null ? null : await reach.facts(job, 0)
      if (facts !== null) {
        for (const place of places) place.facts = facts
        set({ kind: 'ready', node: facts.node })
      } else if (job !== null && isGone(job))
        set({
          kind: 'failed',
          reason: `Job ${job.ref}, which was to say what a node is, ended: ${job.state} ${job.reason ?? ''}`,
        })
      else set({ kind: 'waiting', since, reason: down?.reason ?? job?.reason ?? null })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      set({ kind: 'failed', reason: error.message, advice: error.advice })
    }
  }

  const describe = ({ listing, polled }: Look) =>
    JSON.stringify([
      places[0]?.state,
      listing.down?.reason,
      'runs' in polled ? verbs.describeRuns(polled.runs) : polled.reason,
    ])
  const watch = createWatch(look, describe, () => every.look, reach.isChanged)

  const jobOf = ({ jobs }: Listing, key: string): SlurmJob | null => jobs.findLast(({ name }) => name === key) ?? null

  /** A run whose job was not submitted, because the harness was killed in between, is not there yet. */
  const find = async (key: string): Promise<Handle | null> => {
    const fresh = await lister.list(0)
    const job = jobOf(fresh, key)
    const { polled } = await watch.again()
    const run = 'runs' in polled ? polled.runs[key] : undefined
    if (job === null && (run === undefined || run.state === 'waiting')) return null
    const place = run?.slot ?? 0
    return { key, place: place < count ? place : 0, job: job?.ref ?? null }
  }

  const submit = async (place: number, job: NodeJob): Promise<Handle> => {
    const known = await find(job.key)
    if (known !== null) return { ...known, place }
    const needed = neededBy(job)
    if (spec.time !== null && needed > spec.time) throw tooShort(spec.time, needed)
    await verbs.submit(channel, reach.root, job, 'later')
    await mkdir(join(reach.root, `slot-${place}`), { recursive: true, mode: 0o700 })
    const output = `${pathInFlags(reach.root)}/slot-${place}/slurm.log`
    const flags = [...jobFlags(spec, resources, { name: job.key, output }), ...runFlags, ...excludeFlags(spec, avoided)]
    waiting = true
    return { key: job.key, place, job: await submitJob(flags, runScript(options, job.key)) }
  }

  const poll = async ({ key, job: ref }: Handle): Promise<Polled> => {
    const { listing, polled } = await watch.latest()
    const job = jobOf(listing, key) ?? listing.jobs.find(each => each.ref === ref) ?? null
    if ('reason' in polled) {
      const loss = listing.down === null && job !== null ? lossOf(job, 0, false) : null
      if (loss !== null) return { state: 'lost', node: job?.node ?? null, ...loss }
      return { state: 'unreachable', ...polled }
    }
    const run = polled.runs[key]
    if (run === undefined) {
      const { polled: second } = await watch.again()
      if ('runs' in second && second.runs[key] === undefined)
        return { state: 'lost', cause: 'runner killed', detail: 'nothing of the run is left', node: null }
      return { state: 'waiting', reason: null }
    }
    if (run.state !== 'waiting') {
      const taker = job === null ? null : { id: job.id, restarts: 0, node: job.node }
      const state = states.of(key, run, { listing, taker, ofWorker: undefined })
      if (state.state !== 'lost') return state
      const loss = await reasonInAccounting(state, listing, ref ?? undefined)
      return reasonInLog(loss, join(reach.root, `slot-${run.slot ?? 0}`, 'slurm.log'), job?.id)
    }
    if (job === null || phaseOf(job) !== 'ended') return { state: 'waiting', reason: job?.reason ?? null }
    // Its job has ended, and it has not begun.
    return states.of(
      key,
      { ...run, state: 'running' },
      { listing, taker: { id: job.id, restarts: 0, node: job.node }, ofWorker: undefined },
    )
  }

  if (opening.purpose === 'run') {
    const { jobs, down } = await lister.list(0)
    if (down !== null) throw new Failure(down.reason, 'Start the session when Slurm answers.')
    const earlier = jobs.filter(({ name }) => name === factsJob)
    if (earlier.every(job => isGone(job) && job.state !== 'COMPLETED')) {
      await mkdir(join(reach.root, 'slot-0'), { recursive: true, mode: 0o700 })
      const output = `${pathInFlags(reach.root)}/slot-0/slurm.log`
      await submitJob(
        [...jobFlags(spec, resources, { name: factsJob, output }), ...runFlags, '--array=0'],
        factsScript(options),
      )
    }
  }

  return {
    description: descriptionOf(spec, resources, count),
    places,
    changed: watch.changed,
    pathsAt: (place, key) => nodePaths(reach.root, place, key),
    submit,
    find,
    poll,
    avoid(node) {
      if (isNodeName(node)) avoided.add(node)
    },
    async cancel({ key, job }) {
      const { state } = await verbs.cancel(channel, reach.root, key)
      // One that runs writes its result first.
      const found = jobOf(await lister.list(0), key)
      const ref = found?.ref ?? job
      if (state !== 'running' && ref !== null && (found === null || !isGone(found))) await cancelJobs([ref])
    },
    async fetch({ key }, paths) {
      await unpackRun(await verbs.fetch(channel, reach.root, key), paths)
      await verbs.remove(channel, reach.root, key)
    },
    async setUp(command, env, tell) {
      const job = { command, env, inherit: [], target: opening.target, links: opening.links }
      // Where files are shared one machine is enough, and it is one like those of the runs.
      const flags = jobFlags(spec, resources, { name: `${id}-setup`, output: null })
      await setUpNode(jobChannel(flags, spec.python, reach.root), reach.root, job, line => tell(0, line))
    },
    async close() {
      watch.close()
      await cancelAll(isOurs, async () => {})
      await verbs.clean(channel, reach.root)
    },
    detach: async () => watch.close(),
  }
}
