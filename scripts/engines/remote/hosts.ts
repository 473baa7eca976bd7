/** An engine over machines without a scheduler: each has one channel, and a place for each group of its GPUs. */
import { Failure } from '../../lib/errors.ts'
import type { Engine, FetchedPaths, Handle, Place, Polled } from '../engine.ts'
import type { NodeJob } from '../nodeJob.ts'
import { Host, type HostTiming } from './host.ts'
import type { HostAccess, HostFiles } from './hostAccess.ts'
import type { IsGivenUp } from './hostJobs.ts'
import { nodePaths } from './paths.ts'
import { unpackRun } from './unpack.ts'
import { fetch, type SetupJob } from './verbs.ts'

export interface HostEngineOptions {
  description: string
  hosts: HostAccess[]
  /** By slot. @property host index in `hosts` @property gpus null: whatever the host shows to a process */
  places: readonly { host: number; gpus: readonly number[] | null }[]
  /** null: nothing is to run there, and `close` ends what an earlier process left. */
  files: HostFiles | null
  /** Of the setup command. */
  setUp: Pick<SetupJob, 'target' | 'links' | 'inherit'>
  /** Says something to the user, one line. */
  tell: (text: string) => void
  timing?: Partial<HostEngineTiming>
}

/** Milliseconds. */
export interface HostEngineTiming extends HostTiming {
  /** After which the runs of a silent host are given up, while another host answers. */
  giveUp: number
  /** The same while no host answers: this machine may be the one without a network. */
  giveUpAll: number
}

const usual: HostEngineTiming = {
  busy: 1000,
  idle: 5000,
  retry: 30_000,
  silence: 20_000,
  giveUp: 600_000,
  giveUpAll: 3_600_000,
}

/** Resolves `changed` without a change. */
const longestQuiet = 5000

export function openHostEngine({ description, hosts, places, files, setUp, tell, timing }: HostEngineOptions): Engine {
  const times = { ...usual, ...timing }
  let changed = Promise.withResolvers<void>()
  const tellChange = () => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  const opened = hosts.map(access => new Host(access, files, times, tellChange))
  const hostOf = (place: number): Host => {
    const host = opened[places[place]?.host ?? -1]
    if (host === undefined) throw new Failure(`There is no place ${place}.`, `There are ${places.length}, from 0.`)
    return host
  }
  const isGivenUp: IsGivenUp = silentMs =>
    silentMs > (opened.some(({ state }) => state.kind === 'ready') ? times.giveUp : times.giveUpAll)
  /** What was once said to be lost stays so: the run may have been made again. */
  const lost = new Map<string, Polled>()

  return {
    description,
    places: places.map((_, index) => placeOf(index, hostOf(index), places[index]?.gpus ?? null)),
    async changed() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, longestQuiet)
      await Promise.race([promise, changed.promise])
      clearTimeout(timer)
    },
    pathsAt(place, key) {
      const { root, access } = hostOf(place)
      if (root === null) throw new Failure(`${access.name} is not ready.`, 'Its root is not known before.')
      return nodePaths(root, place, key)
    },
    async submit(place, job) {
      const host = hostOf(place)
      const found = opened.find(other => other.has(job.key)) ?? host
      if (found === host) await host.submit(withGpus(job, places[place]?.gpus ?? null, host))
      return { key: job.key, place, job: found.access.name }
    },
    async find(key) {
      for (;;) {
        await Promise.all(opened.map(host => host.isAsked()))
        const host = opened.find(host => host.has(key))
        if (host !== undefined) return handleOf(key, opened.indexOf(host), host, places)
        // A host that does not answer may execute it.
        if (opened.every(host => host.stateOf(key, isGivenUp).state !== 'unreachable')) return null
        await this.changed()
      }
    },
    async poll(handle) {
      const host = hostOf(handle.place)
      await host.isAsked()
      const polled = lost.get(handle.key) ?? host.stateOf(handle.key, isGivenUp)
      if (polled.state === 'lost' && !lost.has(handle.key)) {
        lost.set(handle.key, polled)
        host.giveUp(handle.key)
      }
      return polled
    },
    cancel: handle => hostOf(handle.place).cancel(handle.key),
    async fetch(handle, paths) {
      const host = hostOf(handle.place)
      await host.whileReachable(root => copy(host, root, handle, paths), isGivenUp)
    },
    async setUp(command, env, tellLine) {
      const all = opened.map((host, index) => {
        const place = places.findIndex(({ host }) => host === index)
        return host.setUp({ job: { ...setUp, command, env }, tell: line => tellLine(place, line) })
      })
      await Promise.all(all)
    },
    close: () => closeAll(opened, true, tell),
    detach: () => closeAll(opened, false, tell),
  }
}

function placeOf(index: number, host: Host, gpus: readonly number[] | null): Place {
  return {
    index,
    get root() {
      return host.root ?? ''
    },
    get facts() {
      return host.facts
    },
    get state(): Place['state'] {
      const { state, access } = host
      if (state.kind !== 'ready') return state
      const listed = host.facts?.gpus.length ?? 0
      // Without nvidia-smi nothing is known of the cards.
      const missing = listed === 0 ? undefined : gpus?.find(gpu => gpu >= listed)
      return missing === undefined
        ? { kind: 'ready', node: access.name }
        : { kind: 'failed', reason: `${access.name} has no GPU ${missing}: nvidia-smi lists ${listed}` }
    },
  }
}

/** The place of a run that an earlier process submitted: that of its slot. */
function handleOf(key: string, index: number, host: Host, places: HostEngineOptions['places']): Handle {
  const slot = host.slotOf(key)
  const isOfHost = slot !== null && places[slot]?.host === index
  const place = isOfHost ? slot : places.findIndex(place => place.host === index)
  return { key, place, job: host.access.name }
}

/** A run sees the GPUs of its place alone: of those that the host itself shows, where it shows some. */
function withGpus(job: NodeJob, gpus: readonly number[] | null, { facts }: Host): NodeJob {
  // Without a scheduler nothing is set when a run starts.
  if (gpus === null) return { ...job, inherit: [] }
  const shown = facts?.env.CUDA_VISIBLE_DEVICES?.split(',').filter(name => name !== '') ?? []
  const CUDA_VISIBLE_DEVICES = gpus.map(gpu => shown[gpu] ?? (shown.length > 0 ? '-1' : String(gpu))).join(',')
  const { evaluator } = job.job
  return {
    ...job,
    inherit: [],
    job: {
      ...job.job,
      env: { ...job.job.env, CUDA_VISIBLE_DEVICES },
      ...(evaluator == null ? {} : { evaluator: { ...evaluator, env: { ...evaluator.env, CUDA_VISIBLE_DEVICES } } }),
    },
  }
}

async function copy(host: Host, root: string, { key }: Handle, paths: FetchedPaths): Promise<void> {
  await unpackRun(await fetch(host.access.channel, root, key), paths)
  await host.forget(key)
}

async function closeAll(hosts: Host[], cleans: boolean, tell: (text: string) => void): Promise<void> {
  const results = await Promise.allSettled(hosts.map(host => host.close(cleans)))
  for (const result of results) if (result.status === 'fulfilled' && result.value !== null) tell(result.value)
  const failed = results.find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
