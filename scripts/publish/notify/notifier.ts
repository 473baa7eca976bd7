/** Tells somebody of a session's end and of trouble, as `notify` of program.md says. Nothing here can fail a session. */
import { dirname } from 'node:path'
import type { Digest } from '../../analysis/schema.ts'
import { serial } from '../../lib/serial.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Notify } from '../../program/automation.ts'
import { MAX_BACKOFF_S } from '../../ratchet/propose/backoff.ts'
import { readNotified, recordTold } from '../../record/files/notified.ts'
import { files, readSession } from '../../record/files/paths.ts'
import { type JournalEvent, readJournal } from '../../record/journal.ts'
import { publicAddress } from '../../report/address.ts'
import type { Message } from './message.ts'
import { outageMessage } from './outageMessage.ts'
import { type OutageWatch, watchOutages } from './outageWatch.ts'
import { type Answer, post } from './post.ts'
import { type Receiver, readReceiver } from './receiver.ts'
import { runCommand } from './runCommand.ts'
import { eventOf, stopMessage } from './stopMessage.ts'

/** An outage is told of after 15 minutes: by then a service that was only busy has answered. In longest backoffs. */
const LONG_OUTAGE_MS = 1.5 * MAX_BACKOFF_S * 1000

export interface Notifier {
  /** Who is told of what: "end, outage, machine: Slack at hooks.slack.com". */
  plan: string
  /** The session has begun. @param folder of the session */
  begin(folder: string): void
  /** Gets every event of the session. */
  onEvent(event: JournalEvent): void
  /**
   * Tells of the end of a session once; waits for all messages.
   * @param posts addresses of the posts that were made
   */
  end(folder: string, digest: Digest | null, posts: string[]): Promise<void>
  /** Tells of an error that ended the session after it had begun. */
  fail(error: unknown): Promise<void>
}

/**
 * @param program path of program.md
 * @throws {Failure} when the address or the pages' address is wrong, so that it shows before the session
 */
export function openNotifier(notify: Notify, program: string, terminal: Terminal): Notifier {
  const receiver = readReceiver(notify, process.env)
  publicAddress()
  const queue = serial()
  let begun: { folder: string; outages: OutageWatch } | null = null

  const tellFailure = (error: unknown) => terminal.step('notify', `not told: ${sanitizeText(messageOf(error), 300)}`)
  const tell = (folder: string, message: Message, of: string): Promise<void> =>
    queue(async () => {
      const before = await readNotified(folder)
      if (before.some(told => told.of === of && told.acknowledged)) return
      terminal.live(`${'notify'.padEnd(9)} telling ${receiver.name}`)
      const answer = await send(receiver, message, program)
      const { event } = message
      const { ok: acknowledged, what } = answer
      terminal.step('notify', `${event} ${acknowledged ? 'told' : 'not acknowledged'}: ${answerText(receiver, answer)}`)
      if (event === 'test') return
      const to = receiver.kind === 'webhook' ? receiver.form : 'command'
      const told = { event, of, to, acknowledged, answer: what, at: new Date().toISOString() }
      await recordTold(folder, told).catch((error: unknown) =>
        terminal.step('notify', `not recorded: ${sanitizeText(messageOf(error), 300)}`),
      )
    }).catch(tellFailure)

  const tellOfStop = async (folder: string, digest: Digest | null, posts: string[], failure: string | null) => {
    const { session, experiments } = await readSession(folder)
    const event = eventOf({ session, digest }, notify.on)
    if (event === null) return
    const of = session.endedAt === null ? `error ${new Date().toISOString()}` : `stop ${session.endedAt}`
    await tell(folder, stopMessage({ session, experiments, digest, failure, posts }, event), of)
  }
  /** Messages about outages come first, and none is left when it returns. */
  const finish = async (telling: () => Promise<void>) => {
    await begun?.outages.close()
    await telling().catch(tellFailure)
    await queue(async () => {})
  }

  return {
    plan: `${notify.on.join(', ')}: ${receiver.described}`,
    begin: folder => {
      const onOutage =
        (of: string): Parameters<typeof watchOutages>[2]['onLong'] =>
        ({ session }, outage) =>
          void tell(
            folder,
            outageMessage(session, outage, new Date()),
            `outage of ${outage.use} ${of}${outage.startedAt}`,
          )
      const readEvents = () => readJournal(files.journal(folder))
      const outages = watchOutages(LONG_OUTAGE_MS, readEvents, {
        onLong: onOutage(''),
        onOver: onOutage('ended, from '),
      })
      begun = { folder, outages }
    },
    onEvent: event => {
      if (notify.on.includes('outage')) begun?.outages.onEvent(event)
    },
    end: (folder, digest, posts) => finish(() => tellOfStop(folder, digest, posts, null)),
    fail: async error => {
      if (begun === null) return
      const { folder } = begun
      await finish(() => tellOfStop(folder, null, [], messageOf(error)))
    },
  }
}

/** "Slack at hooks.slack.com answered 200", for the terminal. */
export const answerText = ({ name }: Receiver, { what, output = '' }: Answer): string =>
  `${name} ${what}${output === '' ? '' : ` (“${output}”)`}`

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** @param program its folder is where a command starts */
export const send = (receiver: Receiver, message: Message, program: string): Promise<Answer> =>
  receiver.kind === 'webhook' ? post(receiver, message) : runCommand(receiver.command, message, dirname(program))
