/** The message about a session's end, in the words of report and terminal. Pure. */
import { intervalSentence } from '../../analysis/result/details.ts'
import { resultOfRecords } from '../../analysis/result/ofRecords.ts'
import { type ResultFacts, resultSentences } from '../../analysis/result/sentences.ts'
import type { Digest } from '../../analysis/schema.ts'
import { command } from '../../lib/command.ts'
import { capital, sanitizeText } from '../../lib/text.ts'
import type { NotifyEvent } from '../../program/automation.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { isFailedBaseline, isOver } from '../../record/unfinished.ts'
import { aboutSession, type Message, message } from './message.ts'

export interface Ended {
  session: Session
  experiments: Experiment[]
  /** null when the report failed, or was not reached. */
  digest: Digest | null
  /** The error that ended the session before its report; null: it came that far. */
  failure: string | null
  /** Addresses of the posts that were made after the report. */
  posts: string[]
}

/** Kinds of stops after which somebody has to repair something here. */
const needRepair = ['machine', 'hook']

/** Which event an end is, from the most particular: each end is told once, whatever `on` lists. null: not to be told. */
export function eventOf({ session, digest }: Pick<Ended, 'session' | 'digest'>, on: NotifyEvent[]): NotifyEvent | null {
  if (needRepair.includes(session.stop?.kind ?? '') && on.includes('machine')) return 'machine'
  if (on.includes('end')) return 'end'
  return digest?.confirmed?.verdict === 'better' && on.includes('confirmed') ? 'confirmed' : null
}

export function stopMessage(ended: Ended, event: NotifyEvent): Message {
  const { session, digest, posts, failure } = ended
  const { stop, metric } = session
  return message({
    event,
    ...aboutSession(session, titleOf(ended)),
    text: [resultText(ended), endText(ended), nextText(ended)].filter(text => text !== '').join(' '),
    posts,
    stop: stop ?? { kind: 'failed', detail: failure ?? 'it was interrupted' },
    confirmed: digest?.confirmed ? confirmedOf(digest.confirmed, metric) : null,
  })
}

function confirmedOf(
  { baseline, head, gain, interval, seeds, verdict }: NonNullable<Digest['confirmed']>,
  { name, goal }: Session['metric'],
): Message['confirmed'] {
  return { metric: name, goal, baseline, final: head, gain, interval, seeds, verdict }
}

const titleOf = (ended: Ended): string =>
  trouble(ended) ?? (ended.digest === null ? 'ended without its report' : resultSentences(ended.digest).title)

/** What is more urgent than the result; null: nothing. */
function trouble({ session, experiments, failure }: Ended): string | null {
  if (isFailedBaseline(experiments[0])) return 'the baseline failed'
  if (failure !== null) return 'ended by an error'
  if (session.stop?.kind === 'machine') return 'stopped, the machine is likely at fault'
  if (session.stop?.kind === 'hook') return 'stopped, its hook lets no proposal run'
  return session.stop?.kind === 'agent' ? 'stopped, no agent answers' : null
}

/** What the title does not say of the result. */
function resultText(ended: Ended): string {
  const { session, experiments, digest } = ended
  if (isFailedBaseline(experiments[0])) return ''
  const facts: ResultFacts = digest ?? resultOfRecords(session, experiments)
  const { title, verdict, holdout, counts } = resultSentences(facts)
  // Only the digest compares the runs of confirm: without it nothing is said of what they found.
  if (digest === null) return counts
  return [trouble(ended) === null ? '' : `${title}.`, verdict, intervalSentence(digest), holdout, counts]
    .filter(text => text !== '')
    .join(' ')
}

function endText({ session, experiments, failure, digest }: Ended): string {
  const baseline = experiments[0]
  if (isFailedBaseline(baseline)) return `${sanitizeText(baseline?.runs.at(-1)?.why ?? baseline?.reason ?? '', 300)}.`
  if (failure !== null) return `${capital(sanitizeText(failure, 300).replace(/\.$/, ''))}.`
  const why = `It ended: ${sanitizeText(session.stop?.detail ?? 'interrupted', 300)}.`
  return digest === null ? `${why} Its report failed; to write it: ${command(`report ${session.id}`)}` : why
}

const nextText = ({ session, experiments }: Ended): string =>
  isFailedBaseline(experiments[0]) || isOver(session.stop?.kind ?? 'failed')
    ? ''
    : `To continue: ${command(`session resume ${session.id}`)}`
