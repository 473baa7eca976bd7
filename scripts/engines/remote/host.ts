/**
 * One machine without a scheduler: it is prepared once, asked for its runs about once a second, and waited for while it does
 * not answer. Nothing is concluded from silence before a long time has passed: a run goes on while its host cannot be reached.
 */
import { Failure } from '../../lib/errors.ts'
import type { Polled } from '../engine.ts'
import type { Facts } from '../facts.ts'
import type { NodeJob } from '../nodeJob.ts'
import { NodeFailure } from './channel.ts'
import { Contact } from './contact.ts'
import {
  executeSetUp,
  type HostAccess,
  type HostFiles,
  isRefusal,
  prepareHost,
  type SetupOrder,
  Unusable,
} from './hostAccess.ts'
import { HostJobs, type IsGivenUp } from './hostJobs.ts'
import { Pauses } from './pauses.ts'
import { clean, poll, remove } from './verbs.ts'

/** Milliseconds. */
export interface HostTiming {
  /** Between two questions while a run is there. */
  busy: number
  /** The same while none is. */
  idle: number
  /** The longest between two attempts to reach a host again. */
  retry: number
  /** After which a host that has not answered counts as unreachable, though the question has not failed. */
  silence: number
}

export type HostState =
  | { kind: 'waiting'; since: number; reason: string | null }
  | { kind: 'ready' }
  | { kind: 'failed'; reason: string; advice?: string }

export class Host {
  readonly access: HostAccess
  facts: Facts | null = null
  /** Absolute; null until the host has told it. */
  root: string | null = null
  private readonly files: HostFiles | null
  private readonly timing: HostTiming
  private readonly tellChange: () => void
  private readonly contact: Contact
  private readonly jobs: HostJobs
  private isPrepared = false
  private isClosed = false
  private setUpOrder: SetupOrder | null = null
  private readonly stopped = new AbortController()
  private readonly pauses = new Pauses()
  private readonly firstAsked = Promise.withResolvers<void>()
  private readonly watching: Promise<void>

  constructor(access: HostAccess, files: HostFiles | null, timing: HostTiming, tellChange: () => void) {
    this.access = access
    this.files = files
    this.timing = timing
    this.tellChange = tellChange
    this.contact = new Contact(access.name, timing.silence + timing.idle)
    this.jobs = new HostJobs(this.contact, {
      channel: access.channel,
      root: () => this.rooted(),
      ask: () => this.ask(),
      pause: () => this.pauses.pause(timing.busy),
    })
    this.watching = this.watch().catch(error => {
      // Anything but a failure of the host, e.g. a git repository that cannot be read.
      this.contact.giveUp(error)
      this.firstAsked.resolve()
      this.tellChange()
    })
  }

  get state(): HostState {
    const { failed, advice, openedAt } = this.contact
    if (failed !== null) return { kind: 'failed', reason: failed, ...(advice === null ? {} : { advice }) }
    const silence = this.contact.silence()
    if (silence !== null) return { kind: 'waiting', ...silence }
    return this.isPrepared ? { kind: 'ready' } : { kind: 'waiting', since: openedAt, reason: null }
  }

  /** What is known of a run. */
  stateOf(key: string, isGivenUp: IsGivenUp): Polled {
    return this.jobs.stateOf(key, isGivenUp)
  }

  /** Resolves when it has been asked once, whether or not it answered. */
  isAsked(): Promise<void> {
    return this.firstAsked.promise
  }

  has(key: string): boolean {
    return this.jobs.has(key)
  }

  /** The slot of a run that is there; null where it is not said. */
  slotOf(key: string): number | null {
    return this.jobs.slotOf(key)
  }

  /**
   * Gives it a job. While it does not answer, the job is kept and given later: a key is never executed twice.
   * @throws {Failure} in its words when it refuses the job
   */
  async submit(job: NodeJob): Promise<void> {
    if (this.has(job.key)) return
    await this.jobs.submit(job, this.state.kind === 'ready').catch(error => {
      if (isRefusal(error)) throw error
      this.fail(error)
    })
    this.pauses.wake()
  }

  /** Ends a run, now or when the host answers again. */
  async cancel(key: string): Promise<void> {
    this.giveUp(key)
    if (this.state.kind === 'ready') await this.jobs.endUnwanted().catch(error => this.fail(error))
    this.pauses.wake()
  }

  /** Nothing of this run is wanted any more: it is not begun, and ended when the host answers. */
  giveUp(key: string): void {
    this.jobs.giveUp(key)
  }

  /**
   * Makes a call about a run of this host, again and again while the host does not answer.
   * @throws {Failure} of the node, or when the host is given up
   */
  async whileReachable<T>(call: (root: string) => Promise<T>, isGivenUp: IsGivenUp): Promise<T> {
    for (let failures = 1; ; ) {
      try {
        if (this.isPrepared) return await call(this.rooted())
      } catch (error) {
        if (!(error instanceof NodeFailure) || isRefusal(error)) throw error
        // It answers other calls.
        if (this.contact.downSince === null && ++failures > 3) throw error
        this.fail(error)
      }
      const { failed, reason } = this.contact
      const downFor = this.contact.downFor()
      if (this.isClosed || failed !== null || (downFor !== null && isGivenUp(downFor)))
        throw new Failure(
          `${this.access.name} does not answer: ${failed ?? reason ?? 'it is closed'}`,
          'The run is made again.',
        )
      this.pauses.wake()
      await this.pauses.pause(this.timing.busy)
    }
  }

  /** Removes what is left of a run there. */
  async forget(key: string): Promise<void> {
    await remove(this.access.channel, this.rooted(), key)
    this.jobs.forget(key)
  }

  /** Executes a setup command; on a host that is not ready yet, as the last step to it. */
  async setUp(order: SetupOrder): Promise<void> {
    this.setUpOrder = order
    if (this.isPrepared) await executeSetUp(this.access, this.rooted(), order, this.stopped.signal)
  }

  private rooted(): string {
    if (this.root === null)
      throw new Failure(`${this.access.name} is not ready.`, this.contact.reason ?? 'It is being prepared.')
    return this.root
  }

  private async watch(): Promise<void> {
    let failures = 0
    while (!this.isClosed && this.contact.failed === null) {
      const before = this.fingerprint()
      const began = performance.now()
      try {
        if (!this.isPrepared) await this.prepare()
        await this.ask()
        await this.jobs.deliverKept()
        await this.jobs.endUnwanted()
        failures = 0
      } catch (error) {
        failures++
        if (!this.isPrepared && (error instanceof Unusable || isRefusal(error))) this.contact.giveUp(error)
        this.fail(error)
      }
      this.firstAsked.resolve()
      if (this.fingerprint() !== before) this.tellChange()
      // A slow machine is not asked all the time.
      const { busy, idle, retry } = this.timing
      const pace = Math.max(this.jobs.isBusy ? busy : idle, 3 * (performance.now() - began))
      await this.pauses.pause(failures === 0 ? pace : Math.min(retry, busy * 2 ** (failures - 1)))
    }
  }

  private async prepare(): Promise<void> {
    const installed = await this.access.install()
    this.root = installed.root
    if (this.files !== null) this.facts = await prepareHost(this.access, installed, this.files)
    if (this.setUpOrder !== null) await executeSetUp(this.access, installed.root, this.setUpOrder, this.stopped.signal)
    this.isPrepared = true
  }

  private ask(): Promise<void> {
    return this.contact.ask(() => poll(this.access.channel, this.rooted()))
  }

  private fail(error: unknown): void {
    if (!(error instanceof Failure)) throw error
    if (!this.isClosed && this.contact.fail(error)) this.tellChange()
  }

  /** What changes are told of. */
  private fingerprint(): string {
    const runs = Object.entries(this.contact.answer?.runs ?? {}).map(([key, { state }]) => `${key} ${state}`)
    return [this.state.kind, ...runs].join('\n')
  }

  /**
   * @param cleans whether everything of the session there is ended and removed
   * @returns what stays there because the host does not answer; null: nothing does
   */
  async close(cleans: boolean): Promise<string | null> {
    // Where nothing is to run, it has only been opened for this.
    if (this.files === null) await this.firstAsked.promise
    this.isClosed = true
    this.stopped.abort()
    this.pauses.close()
    await this.watching
    try {
      return cleans ? await this.clean() : null
    } finally {
      await this.access.close()
    }
  }

  private async clean(): Promise<string | null> {
    const { channel, name } = this.access
    const { root } = this
    // It was never reached.
    if (root === null) return null
    let isDown = this.contact.downSince !== null
    try {
      // A connection may have broken since it was last used.
      if (!isDown)
        await clean(channel, root).catch(error => (isRefusal(error) ? Promise.reject(error) : clean(channel, root)))
    } catch (error) {
      if (!(error instanceof Failure) || isRefusal(error)) throw error
      isDown = true
    }
    return isDown ? `${root} stays on ${name}, which does not answer; a run there ends by its timeout` : null
  }
}
