/** The jobs of one machine: those to be given to it, those it was given, and those to be ended. */
import type { Polled } from '../engine.ts'
import type { NodeJob } from '../nodeJob.ts'
import type { Channel } from './channel.ts'
import { type Contact, messageOf } from './contact.ts'
import { isRefusal } from './hostAccess.ts'
import { cancel, type RunState, submit } from './verbs.ts'

interface Order {
  job: NodeJob
  /** Number of the first question that was asked after the host took the job; null while it has not. */
  askedAfter: number | null
}

/** Whether a host that has been silent for so long is given up. */
export type IsGivenUp = (silentMs: number) => boolean

/** What jobs use of their host. */
export interface JobsHost {
  channel: Channel
  /** @throws {Failure} before it is known */
  root(): string
  ask(): Promise<void>
  /** Waits about as long as is usual between two questions. */
  pause(): Promise<void>
}

export class HostJobs {
  private readonly contact: Contact
  private readonly host: JobsHost
  private readonly orders = new Map<string, Order>()
  /** Why the host did not take a job that was kept for it, by key. */
  private readonly refused = new Map<string, string>()
  /** Runs to end as soon as the host says that they are there. */
  private readonly unwanted = new Set<string>()

  constructor(contact: Contact, host: JobsHost) {
    this.contact = contact
    this.host = host
  }

  has(key: string): boolean {
    return this.answer?.runs[key] !== undefined || this.orders.has(key)
  }

  /** Whether a run is there, or is to be. */
  get isBusy(): boolean {
    return this.orders.size > 0 || Object.values(this.answer?.runs ?? {}).some(({ state }) => isCurrent(state))
  }

  /** The slot of a run that is there; null where it is not said. */
  slotOf(key: string): number | null {
    return this.orders.get(key)?.job.slot ?? this.answer?.runs[key]?.slot ?? null
  }

  /** What is known of a run. */
  stateOf(key: string, isGivenUp: IsGivenUp): Polled {
    const node = this.contact.name
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
    if (this.contact.failed !== null) return lost('unreachable', this.contact.failed)
    const silence = this.contact.silence()
    if (silence !== null) {
      const downFor = this.contact.downFor()
      const isLost = downFor !== null && isGivenUp(downFor)
      return isLost ? lost('unreachable', silence.reason) : { state: 'unreachable', ...silence }
    }
    if (run !== undefined)
      return run.state === 'running'
        ? { state: 'running', node, beganAt: run.beganAt }
        : { state: 'waiting', reason: null }
    const order = this.orders.get(key)
    if ((order !== undefined && this.isUnseen(order)) || this.answer === null) return { state: 'waiting', reason: null }
    return lost('node failed', `nothing is left of it on ${node}`)
  }

  /** No answer could have named it yet. */
  private isUnseen({ askedAfter }: Order): boolean {
    return askedAfter === null || askedAfter > this.contact.answered
  }

  /**
   * Takes a job. Unless the host is ready it is kept and given later: a key is never executed twice.
   * @throws {Failure} in the host's words when it refuses the job
   */
  async submit(job: NodeJob, isReady: boolean): Promise<void> {
    const order: Order = { job, askedAfter: null }
    this.orders.set(job.key, order)
    if (!isReady) return
    await this.deliver(order).catch(error => {
      if (isRefusal(error)) this.orders.delete(job.key)
      throw error
    })
  }

  /** Gives the host what was kept for it. */
  async deliverKept(): Promise<void> {
    for (const order of [...this.orders.values()])
      await this.deliver(order).catch(error => {
        if (!isRefusal(error)) throw error
        this.orders.delete(order.job.key)
        this.refused.set(order.job.key, messageOf(error))
      })
  }

  private async deliver(order: Order): Promise<void> {
    if (order.askedAfter !== null) return
    await this.freeSlot(order.job)
    await submit(this.host.channel, this.host.root(), order.job, 'now')
    order.askedAfter = this.contact.question + 1
  }

  /** A slot has one tree, and a run that was given up, here or by an earlier process, may still be in it. */
  private async freeSlot({ key, slot }: NodeJob): Promise<void> {
    const isSubmitted = (order: Order) => order.askedAfter !== null && order.job.slot === slot
    if ([...this.orders.values()].some(order => isSubmitted(order) && this.isUnseen(order))) await this.host.ask()
    for (;;) {
      const runs = Object.entries(this.answer?.runs ?? {})
      const others = runs.filter(([other, run]) => other !== key && run.slot === slot && isCurrent(run.state))
      if (others.length === 0) return
      for (const [other] of others) await cancel(this.host.channel, this.host.root(), other)
      await this.host.pause()
      await this.host.ask()
    }
  }

  /** Nothing of this run is wanted any more: it is not begun, and ended when the host answers. */
  giveUp(key: string): void {
    const order = this.orders.get(key)
    if (order?.askedAfter === null) this.orders.delete(key)
    this.unwanted.add(key)
  }

  async endUnwanted(): Promise<void> {
    for (const key of [...this.unwanted]) {
      const run = this.answer?.runs[key]
      // One whose submission was cut off may yet appear.
      if (run === undefined) continue
      if (isCurrent(run.state)) await cancel(this.host.channel, this.host.root(), key)
      this.unwanted.delete(key)
    }
  }

  /** Nothing is left of this run there. */
  forget(key: string): void {
    this.orders.delete(key)
  }

  private get answer() {
    return this.contact.answer
  }
}

const isCurrent = (state: RunState['state']): boolean => state === 'running' || state === 'waiting'
