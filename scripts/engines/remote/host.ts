/**
 * One machine without a scheduler: it is prepared once, asked for its runs about once a second, and waited for while it does
 * not answer. Nothing is concluded from silence before a long time has passed: a run goes on while its host cannot be reached.
 */
import { Failure } from '../../lib/errors.ts'
import { serial } from '../../lib/serial.ts'
import type { Polled } from '../engine.ts'
import type { Facts } from '../facts.ts'
import type { NodeJob } from '../nodeJob.ts'
import { NodeFailure } from './channel.ts'
import {
  executeSetUp,
  type HostAccess,
  type HostFiles,
  isRefusal,
  prepareHost,
  type SetupOrder,
  Unusable,
} from './hostAccess.ts'
import { cancel, clean, type PolledRoot, poll, type RunState, remove, submit } from './verbs.ts'

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

interface Order {
  job: NodeJob
  /** Number of the first question that was asked after the host took the job; null while it has not. */
  askedAfter: number | null
}

/** Whether a host that has been silent for so long is given up. */
export type IsGivenUp = (silentMs: number) => boolean

export class Host {
  readonly access: HostAccess
  facts: Facts | null = null
  /** Absolute; null until the host has told it. */
  root: string | null = null
  private readonly files: HostFiles | null
  private readonly timing: HostTiming
  private readonly tellChange: () => void
  private readonly openedAt = Date.now()
  private isPrepared = false
  private isClosed = false
  /** Why it cannot be used. */
  private failed: string | null = null
  /** What helps then. */
  private advice: string | null = null
  /** Since when calls fail, by the clock that stands still while this machine sleeps; null while they do not. */
  private downSince: number | null = null
  /** Why the last call failed. */
  private reason: string | null = null
  private answer: PolledRoot | null = null
  private answeredAt: number | null = null
  /** Number of the last question, and of the last one that was answered. */
  private question = 0
  private answered = 0
  private readonly orders = new Map<string, Order>()
  /** Why the host did not take a job that was kept for it, by key. */
  private readonly refused = new Map<string, string>()
  /** Runs to end as soon as the host says that they are there. */
  private readonly unwanted = new Set<string>()
  private setUpOrder: SetupOrder | null = null
  private readonly stopped = new AbortController()
  private readonly sleepers = new Set<() => void>()
  private readonly oneByOne = serial()
  private readonly firstAsked = Promise.withResolvers<void>()
  private readonly watching: Promise<void>

  constructor(access: HostAccess, files: HostFiles | null, timing: HostTiming, tellChange: () => void) {
    this.access = access
    this.files = files
    this.timing = timing
    this.tellChange = tellChange
    this.watching = this.watch().catch(error => {
      // Anything but a failure of the host, e.g. a git repository that cannot be read.
      this.failed = messageOf(error)
      this.firstAsked.resolve()
      this.tellChange()
    })
  }

  get state(): HostState {
    if (this.failed !== null)
      return { kind: 'failed', reason: this.failed, ...(this.advice === null ? {} : { advice: this.advice }) }
    const silence = this.silence()
    if (silence !== null) return { kind: 'waiting', ...silence }
    return this.isPrepared ? { kind: 'ready' } : { kind: 'waiting', since: this.openedAt, reason: null }
  }

  /** Since when it does not answer, and why; null while it does. */
  private silence(): { since: number; reason: string } | null {
    const since = this.answeredAt ?? this.openedAt
    const isLate = this.answeredAt !== null && Date.now() - since > this.timing.silence + this.timing.idle
    if (this.downSince === null && !isLate) return null
    return { since, reason: this.reason ?? `${this.access.name} does not answer` }
  }

  /** What is known of a run. */
  stateOf(key: string, isGivenUp: IsGivenUp): Polled {
    const node = this.access.name
    const lost = (cause: 'node failed' | 'unreachable', detail: string): Polled => ({
      state: 'lost',
      cause,
      detail,
      node,
    })
    const run = this.answer?.runs[key]
    if (run?.state === 'ended') return { state: 'ended', node, beganAt: run.beganAt }
    if (run?.state === 'lost')
      return { state: 'lost', cause: run.cause ?? 'runner killed', detail: run.detail ?? 'its runner is gone', node }
    const refusal = this.refused.get(key)
    if (refusal !== undefined) return lost('node failed', refusal)
    if (this.failed !== null) return lost('unreachable', this.failed)
    const silence = this.silence()
    if (silence !== null) {
      const isLost = this.downSince !== null && isGivenUp(performance.now() - this.downSince)
      return isLost ? lost('unreachable', silence.reason) : { state: 'unreachable', ...silence }
    }
    if (run !== undefined)
      return run.state === 'running'
        ? { state: 'running', node, beganAt: run.beganAt }
        : { state: 'waiting', reason: null }
    const order = this.orders.get(key)
    const isExpected = order !== undefined && (order.askedAfter === null || order.askedAfter > this.answered)
    if (isExpected || this.answer === null) return { state: 'waiting', reason: null }
    return lost('node failed', `nothing is left of it on ${node}`)
  }

  /** Resolves when it has been asked once, whether or not it answered. */
  isAsked(): Promise<void> {
    return this.firstAsked.promise
  }

  has(key: string): boolean {
    return this.answer?.runs[key] !== undefined || this.orders.has(key)
  }

  /** The slot of a run that is there; null where it is not said. */
  slotOf(key: string): number | null {
    return this.orders.get(key)?.job.slot ?? this.answer?.runs[key]?.slot ?? null
  }

  /**
   * Gives it a job. While it does not answer, the job is kept and given later: a key is never executed twice.
   * @throws {Failure} in its words when it refuses the job
   */
  async submit(job: NodeJob): Promise<void> {
    if (this.has(job.key)) return
    const order: Order = { job, askedAfter: null }
    this.orders.set(job.key, order)
    if (this.state.kind === 'ready')
      await this.deliver(order).catch(error => {
        if (!isRefusal(error)) return this.fail(error)
        this.orders.delete(job.key)
        throw error
      })
    this.wake()
  }

  private async deliver(order: Order): Promise<void> {
    if (order.askedAfter !== null) return
    await this.freeSlot(order.job)
    await submit(this.access.channel, this.rooted(), order.job, 'now')
    order.askedAfter = this.question + 1
  }

  /** A slot has one tree, and a run that was given up, here or by an earlier process, may still be in it. */
  private async freeSlot({ key, slot }: NodeJob): Promise<void> {
    const isUnseen = ({ job, askedAfter }: Order) =>
      job.slot === slot && askedAfter !== null && askedAfter > this.answered
    if ([...this.orders.values()].some(isUnseen)) await this.ask()
    for (;;) {
      const runs = Object.entries(this.answer?.runs ?? {})
      const others = runs.filter(([other, run]) => other !== key && run.slot === slot && isCurrent(run.state))
      if (others.length === 0) return
      for (const [other] of others) await cancel(this.access.channel, this.rooted(), other)
      await this.pause(this.timing.busy)
      await this.ask()
    }
  }

  /** Ends a run, now or when the host answers again. */
  async cancel(key: string): Promise<void> {
    this.giveUp(key)
    if (this.state.kind === 'ready') await this.endUnwanted().catch(error => this.fail(error))
    this.wake()
  }

  /** Nothing of this run is wanted any more: it is not begun, and ended when the host answers. */
  giveUp(key: string): void {
    const order = this.orders.get(key)
    if (order?.askedAfter === null) this.orders.delete(key)
    this.unwanted.add(key)
  }

  private async endUnwanted(): Promise<void> {
    for (const key of [...this.unwanted]) {
      const run = this.answer?.runs[key]
      // One whose submission was cut off may yet appear.
      if (run === undefined) continue
      if (isCurrent(run.state)) await cancel(this.access.channel, this.rooted(), key)
      this.unwanted.delete(key)
    }
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
        if (this.downSince === null && ++failures > 3) throw error
        this.fail(error)
      }
      if (
        this.isClosed ||
        this.failed !== null ||
        (this.downSince !== null && isGivenUp(performance.now() - this.downSince))
      )
        throw new Failure(
          `${this.access.name} does not answer: ${this.failed ?? this.reason ?? 'it is closed'}`,
          'The run is made again.',
        )
      this.wake()
      await this.pause(this.timing.busy)
    }
  }

  /** Removes what is left of a run there. */
  async forget(key: string): Promise<void> {
    await remove(this.access.channel, this.rooted(), key)
    this.orders.delete(key)
  }

  /** Executes a setup command; on a host that is not ready yet, as the last step to it. */
  async setUp(order: SetupOrder): Promise<void> {
    this.setUpOrder = order
    if (this.isPrepared) await executeSetUp(this.access, this.rooted(), order, this.stopped.signal)
  }

  private rooted(): string {
    if (this.root === null)
      throw new Failure(`${this.access.name} is not ready.`, this.reason ?? 'It is being prepared.')
    return this.root
  }

  private async watch(): Promise<void> {
    let failures = 0
    while (!this.isClosed && this.failed === null) {
      const before = this.fingerprint()
      const began = performance.now()
      try {
        if (!this.isPrepared) await this.prepare()
        await this.ask()
        for (const order of [...this.orders.values()]) await this.deliverLate(order)
        await this.endUnwanted()
        failures = 0
      } catch (error) {
        failures++
        if (!this.isPrepared && (error instanceof Unusable || isRefusal(error))) {
          this.failed = messageOf(error)
          this.advice = error instanceof Failure && error.advice !== '' ? error.advice : null
        }
        this.fail(error)
      }
      this.firstAsked.resolve()
      if (this.fingerprint() !== before) this.tellChange()
      // A slow machine is not asked all the time.
      const pace = Math.max(this.isBusy() ? this.timing.busy : this.timing.idle, 3 * (performance.now() - began))
      await this.pause(failures === 0 ? pace : Math.min(this.timing.retry, this.timing.busy * 2 ** (failures - 1)))
    }
  }

  private isBusy(): boolean {
    return this.orders.size > 0 || Object.values(this.answer?.runs ?? {}).some(({ state }) => isCurrent(state))
  }

  private async prepare(): Promise<void> {
    const installed = await this.access.install()
    this.root = installed.root
    if (this.files !== null) this.facts = await prepareHost(this.access, installed, this.files)
    if (this.setUpOrder !== null) await executeSetUp(this.access, installed.root, this.setUpOrder, this.stopped.signal)
    this.isPrepared = true
  }

  private ask(): Promise<void> {
    return this.oneByOne(async () => {
      const question = ++this.question
      this.answer = await poll(this.access.channel, this.rooted())
      this.answered = question
      this.answeredAt = Date.now()
      this.downSince = null
      this.reason = null
    })
  }

  private async deliverLate(order: Order): Promise<void> {
    await this.deliver(order).catch(error => {
      if (!isRefusal(error)) throw error
      this.orders.delete(order.job.key)
      this.refused.set(order.job.key, messageOf(error))
    })
  }

  private fail(error: unknown): void {
    if (!(error instanceof Failure)) throw error
    if (this.isClosed) return
    const wasDown = this.downSince !== null
    this.downSince ??= performance.now()
    this.reason = messageOf(error)
    if (!wasDown) this.tellChange()
  }

  /** What changes are told of. */
  private fingerprint(): string {
    const runs = Object.entries(this.answer?.runs ?? {}).map(([key, { state }]) => `${key} ${state}`)
    return [this.state.kind, ...runs].join('\n')
  }

  private wake(): void {
    for (const stop of this.sleepers) stop()
  }

  /** Waits, unless it is woken. */
  private async pause(ms: number): Promise<void> {
    if (this.isClosed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.sleepers.add(resolve)
    await promise
    clearTimeout(timer)
    this.sleepers.delete(resolve)
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
    this.wake()
    await this.watching
    try {
      return cleans ? await this.clean() : null
    } finally {
      await this.access.close()
    }
  }

  private async clean(): Promise<string | null> {
    const { channel, name } = this.access
    // It was never reached.
    if (this.root === null) return null
    try {
      // A connection may have broken since it was last used.
      if (this.downSince === null)
        await clean(channel, this.root).catch(error =>
          isRefusal(error) ? Promise.reject(error) : clean(channel, this.rooted()),
        )
    } catch (error) {
      if (!(error instanceof Failure) || isRefusal(error)) throw error
      this.downSince ??= performance.now()
    }
    return this.downSince === null
      ? null
      : `${this.root} stays on ${name}, which does not answer; a run there ends by its timeout`
  }
}

const isCurrent = (state: RunState['state']): boolean => state === 'running' || state === 'waiting'

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
