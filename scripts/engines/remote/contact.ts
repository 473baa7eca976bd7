/** What a machine last said, and since when it says nothing. */
import { Failure } from '../../lib/errors.ts'
import { serial } from '../../lib/serial.ts'
import type { PolledRoot } from './verbs.ts'

export class Contact {
  /** Of the machine. */
  readonly name: string
  /** null before the first one. */
  answer: PolledRoot | null = null
  /** Why the machine cannot be used; null while it can. */
  failed: string | null = null
  /** What helps then. */
  advice: string | null = null
  /** Since when calls fail, by the clock that stands still while this machine sleeps; null while they do not. */
  downSince: number | null = null
  /** Why the last call failed. */
  reason: string | null = null
  /** Number of the last question, and of the last one that was answered. */
  question = 0
  answered = 0
  readonly openedAt = Date.now()
  private answeredAt: number | null = null
  private readonly longestSilence: number
  private readonly oneByOne = serial()

  /** @param longestSilence milliseconds after an answer from which the machine counts as silent, though no call has failed */
  constructor(name: string, longestSilence: number) {
    this.name = name
    this.longestSilence = longestSilence
  }

  ask(poll: () => Promise<PolledRoot>): Promise<void> {
    return this.oneByOne(async () => {
      const question = ++this.question
      this.answer = await poll()
      this.answered = question
      this.answeredAt = Date.now()
      this.downSince = null
      this.reason = null
    })
  }

  /** Notes a call that failed. @returns whether it is the first one since the last answer */
  fail(error: Failure): boolean {
    const isFirst = this.downSince === null
    this.downSince ??= performance.now()
    this.reason = messageOf(error)
    return isFirst
  }

  /** The machine cannot be used from now on. */
  giveUp(error: unknown): void {
    this.failed = messageOf(error)
    if (error instanceof Failure && error.advice !== '') this.advice = error.advice
  }

  /** Since when it does not answer, and why; null while it does. */
  silence(): { since: number; reason: string } | null {
    const since = this.answeredAt ?? this.openedAt
    const isLate = this.answeredAt !== null && Date.now() - since > this.longestSilence
    if (this.downSince === null && !isLate) return null
    return { since, reason: this.reason ?? `${this.name} does not answer` }
  }

  /** Milliseconds for which calls have failed; null while they do not. */
  downFor(): number | null {
    return this.downSince === null ? null : performance.now() - this.downSince
  }
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
