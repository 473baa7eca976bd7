/** The default way on Slurm: each slot has a job that is held, and takes runs one after another. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../../lib/errors.ts'
import type { SlurmSpec } from '../../program/engine.ts'
import type { Engine, FetchedPaths, Handle, Polled } from '../engine.ts'
import type { NodeJob } from '../nodeJob.ts'
import type { Opening } from '../opening.ts'
import type { Channel } from '../remote/channel.ts'
import { nodePaths } from '../remote/paths.ts'
import { unpackRun } from '../remote/unpack.ts'
import * as verbs from '../remote/verbs.ts'
import { createWatch } from '../remote/watch.ts'
import { reasonInAccounting } from './accounting.ts'
import { createAllocations, noteFailure } from './allocations.ts'
import { reasonInLog, reasonOfRequeue } from './causes.ts'
import { cancelAll } from './close.ts'
import { cancelJobs } from './commands.ts'
import { canExclude, descriptionOf } from './flags.ts'
import { isGone, phaseOf, type SlurmJob } from './jobs.ts'
import { createLister, type Listing } from './listing.ts'
import { describeLook, type Files, hasWork, jobOf, type Look, stateWithoutFiles, workerOf } from './look.ts'
import type { Reach } from './nodes.ts'
import { createRunStates, type Taker } from './runState.ts'
import { setUpNode } from './setUp.ts'
import { fits, liveOf, neededBy, newSlot, type Slot, setWaiting, tooShort } from './slots.ts'

/** Milliseconds between two questions. */
const every = { look: 1000, calmListing: 5000 }

export async function openHeld(spec: SlurmSpec, opening: Opening, count: number, reach: Reach): Promise<Engine> {
  const name = `nightshift-${opening.id}`
  const slots = Array.from({ length: count }, (_, index) => newSlot(index, reach.root))
  const lister = createLister(other => other === name)
  const states = createRunStates()
  const takers = new Map<string, Taker>()
  const silent = new Map<string, number>()
  /** When a run was given to its node, by the monotonic clock. */
  const givenAt = new Map<string, number>()
  type OnNode = [slot: Slot, job: SlurmJob, root: string]
  let setUpOn: ((...node: OnNode) => Promise<void>) | null = null
  /** Nodes that got their files before there was something to set up on them. */
  const notSetUp: OnNode[] = []
  const allocations = await createAllocations({
    spec,
    opening,
    reach,
    name,
    onSupplied: async (...node) => {
      if (setUpOn === null) notSetUp.push(node)
      else await setUpOn(...node)
    },
  })

  const look = async (): Promise<Look> => {
    const began = performance.now()
    const isCalm = slots.every(({ place, ref }) => place.state.kind === 'ready' && ref !== null) && !states.hasDoubts()
    const listing = await lister.list(isCalm ? every.calmListing : every.look)
    const files = await askNodes(listing)
    for (const slot of slots) {
      const worker = workerOf(files.get(slot.place.index), slot.place.index)
      if (worker?.key != null && worker.schedulerJob !== null)
        takers.set(worker.key, { id: worker.schedulerJob, restarts: worker.restarts, node: worker.node })
      if (opening.purpose === 'run')
        await allocations
          .tend(slot, listing, worker, hasWork(slot, files))
          .catch((error: unknown) => noteFailure(slot, error))
    }
    return { began, listing, files }
  }

  /** One question for each root. */
  const askNodes = async (listing: Listing): Promise<Look['files']> => {
    const asked = new Map<string, Promise<Files>>()
    const found = new Map<number, Files>()
    for (const { place, measured } of slots) {
      const job = jobOf(listing, place.index)
      const isThere =
        reach.isShared || (job !== null && phaseOf(job) === 'running' && measured === `${job.id} ${job.restarts}`)
      if (!isThere) continue
      const node = reach.isShared ? '' : (job?.node ?? '')
      const question = asked.get(node) ?? askNode(node, reach.files(job, place.root), place.root)
      asked.set(node, question)
      found.set(place.index, await question)
    }
    return found
  }

  const askNode = async (node: string, channel: Channel, root: string): Promise<Files> => {
    try {
      const polled = await verbs.poll(channel, root)
      silent.delete(node)
      return { polled }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const since = silent.get(node) ?? Date.now()
      silent.set(node, since)
      return { since, reason: error.message }
    }
  }

  const watch = createWatch(look, describeLook(slots), () => every.look, reach.isChanged)

  const slotAt = (index: number): Slot => {
    const slot = slots[index]
    if (slot === undefined) throw new Error(`There is no slot ${index}.`)
    return slot
  }

  /** Where the files of a slot's runs are. @throws {Failure} when they are on a node that the session has no more */
  const filesAt = async (index: number): Promise<[Channel, string]> => {
    const { root } = slotAt(index).place
    const job = reach.isShared ? null : jobOf((await watch.latest()).listing, index)
    return [reach.files(job, root), root]
  }

  const findPending = (key: string): Handle | null => {
    const slot = slots.find(({ pending }) => pending?.key === key)
    return slot === undefined ? null : { key, place: slot.place.index, job: slot.ref }
  }

  const find = async (key: string): Promise<Handle | null> => {
    const pending = findPending(key)
    if (pending !== null) return pending
    const { files } = await watch.again()
    for (const [index, each] of files) {
      const run = 'polled' in each ? each.polled.runs[key] : undefined
      const place = run?.slot ?? index
      if (run !== undefined && place < count) return { key, place, job: slotAt(place).ref }
    }
    return null
  }

  const submit = async (index: number, job: NodeJob): Promise<Handle> => {
    const slot = slotAt(index)
    // Where files are shared, the node's own answer says whether it is there already.
    const known = reach.isShared ? findPending(job.key) : await find(job.key)
    if (known !== null) return known
    const needed = neededBy(job)
    if (spec.time !== null && needed > spec.time) throw tooShort(spec.time, needed)
    if (slot.place.state.kind === 'failed') throw new Failure(slot.place.state.reason, advice)
    const live = jobOf((await watch.latest()).listing, index)
    const isTooShort = live !== null && !fits(live, needed)
    if (isTooShort) await giveBack(slot, live)
    Object.assign(slot, { pending: job, isWanted: true })
    let place = index
    // Files that are shared are there before the job is. Otherwise a later look gives it to the node, once it is ready.
    if (reach.isShared || (slot.place.state.kind === 'ready' && live !== null && !isTooShort && live.ref === slot.ref))
      place = (await allocations.give(slot, live))?.slot ?? index
    givenAt.set(job.key, performance.now())
    return { key: job.key, place, job: slotAt(place).ref }
  }

  /** Ends a job whose time is too short, and waits until none of its processes is left. */
  const giveBack = async (slot: Slot, job: SlurmJob) => {
    await cancelJobs([job.ref])
    for (let seconds = 0; seconds < 60; seconds++) {
      const { listing } = await watch.again()
      const found = listing.jobs.find(({ ref }) => ref === job.ref)
      if (listing.down === null && listing.at > 0 && (found === undefined || isGone(found))) return
      slot.isWanted = false
      await wait(every.look)
    }
  }

  const replace = async (index: number) => {
    const slot = slotAt(index)
    const live = jobOf((await watch.latest()).listing, index)
    if (live !== null) await giveBack(slot, live)
    Object.assign(slot, { isWanted: true, reason: null, since: Date.now() })
    setWaiting(slot, 'asked for on another node')
  }

  const poll = async ({ key, place: index }: Handle): Promise<Polled> => {
    const slot = slotAt(index)
    const reason = () => (slot.place.state.kind === 'waiting' ? slot.place.state.reason : null)
    const pendingState = (): Polled =>
      slot.place.state.kind === 'failed'
        ? { state: 'lost', cause: 'rejected', detail: slot.place.state.reason, node: null }
        : { state: 'waiting', reason: reason() }
    const isPending = () => slot.pending?.key === key
    let seen = await watch.latest()
    if (isPending()) return pendingState()
    let files = seen.files.get(index)
    if (files !== undefined && 'polled' in files && files.polled.runs[key] === undefined) {
      if ((givenAt.get(key) ?? 0) >= seen.began) return { state: 'waiting', reason: reason() }
      // It may have been given to the node after that.
      seen = await watch.again()
      if (isPending()) return pendingState()
      files = seen.files.get(index)
    }
    const taker = takers.get(key) ?? null
    if (files === undefined || 'since' in files) {
      const state = await stateWithoutFiles(seen.listing, slot, taker, files ?? null)
      return state.state === 'lost' ? reasonInAccounting(state, seen.listing, taker?.id) : state
    }
    const run = files.polled.runs[key]
    if (run === undefined)
      return { state: 'lost', cause: 'runner killed', detail: 'nothing of the run is left on its node', node: null }
    const worker = workerOf(files, index)
    const polled = states.of(key, run, {
      listing: seen.listing,
      taker,
      ofWorker: worker?.isAlive === true && worker.state !== 'ended' ? worker.key : undefined,
    })
    if (polled.state === 'lost') {
      const said = { ...polled, ...(await reasonOfRequeue(polled, polled.node)) }
      const loss = await reasonInAccounting(said, seen.listing, taker?.id)
      return reach.isShared ? reasonInLog(loss, join(reach.root, `slot-${index}`, 'slurm.log'), taker?.id) : loss
    }
    if (polled.state !== 'waiting') return polled
    if (slot.place.state.kind !== 'failed') return { state: 'waiting', reason: reason() }
    // It lies in the slot's folder, and no job will come.
    await verbs.cancel(...(await filesAt(index)), key)
    return pendingState()
  }

  if (opening.purpose === 'run') {
    // What an earlier harness has asked for is used on.
    const { jobs, down } = await lister.list(0)
    const isHeld = ({ place }: Slot) => liveOf(jobs.filter(({ index }) => index === place.index)) !== null
    const missing = slots.filter(slot => !isHeld(slot))
    if (down === null && missing.length > 0) await allocations.ask(missing)
  }

  return {
    description: descriptionOf(spec, opening.resources, count),
    places: slots.map(({ place }) => place),
    changed: watch.changed,
    pathsAt: (place, key) => nodePaths(slotAt(place).place.root, place, key),
    submit,
    find,
    poll,
    avoid: allocations.avoid,
    ...(canExclude(spec) && { replace }),
    async cancel({ key, place }) {
      const slot = slotAt(place)
      if (slot.pending?.key === key) slot.pending = null
      else await verbs.cancel(...(await filesAt(place)), key)
    },
    async fetch({ key, place }, paths: FetchedPaths) {
      const at = await filesAt(place)
      await unpackRun(await verbs.fetch(...at, key), paths)
      await verbs.remove(...at, key)
      takers.delete(key)
      givenAt.delete(key)
    },
    async setUp(command, env, tell) {
      const job: verbs.SetupJob = { command, env, inherit: [], target: opening.target, links: opening.links }
      const execute = async (slot: Slot, held: SlurmJob, root: string) =>
        setUpNode(reach.node(held, root), root, job, line => tell(slot.place.index, line))
      const done = new Set<string | null>()
      for (;;) {
        const { listing } = await watch.latest()
        const ready = slots.filter(({ place }) => place.state.kind === 'ready')
        const nodes = Map.groupBy(ready, slot => (reach.isShared ? '' : (jobOf(listing, slot.place.index)?.node ?? '')))
        for (const [slot] of nodes.values()) {
          const held = slot === undefined ? null : jobOf(listing, slot.place.index)
          if (slot === undefined || held === null) continue
          await execute(slot, held, slot.place.root)
          done.add(held.node)
        }
        if (ready.length > 0) break
        const [failed] = slots.flatMap(({ place }) => (place.state.kind === 'failed' ? [place.state.reason] : []))
        if (failed !== undefined && slots.every(({ place }) => place.state.kind === 'failed'))
          throw new Failure(failed, advice)
        await watch.changed()
      }
      setUpOn = execute
      // One that was not ready yet, or has come meanwhile.
      for (const node of notSetUp) if (!done.has(node[1].node)) await execute(...node)
    },
    async close() {
      watch.close()
      await cancelAll(
        other => other === name,
        async jobs => {
          if (reach.isShared) return
          const clean = (job: SlurmJob) => {
            const { root } = slots[job.index ?? 0]?.place ?? reach
            return verbs.clean(reach.node(job, root), root)
          }
          // A node that does not answer keeps its folder.
          await Promise.allSettled(jobs.map(clean))
        },
      )
      if (reach.isShared) await verbs.clean(reach.files(null, reach.root), reach.root)
    },
    detach: async () => watch.close(),
  }
}

const advice = 'docs/engines.md says what a node needs, and how to try it.'
