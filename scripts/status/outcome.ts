/** How a session stands or has ended: its state in a word, its result, and what is left to do. */
import { inheritedSentences, singleText, startText } from '../analysis/inherited.ts'
import { nextStepOf, nextStepText } from '../analysis/result/nextStep.ts'
import { resultOfRecords } from '../analysis/result/ofRecords.ts'
import { resultParagraph, resultSentences } from '../analysis/result/sentences.ts'
import { command } from '../lib/command.ts'
import { orWarn } from '../lib/files/read.ts'
import type { State } from '../record/state.ts'
import { isFailedBaseline, isOver, lacksReport } from '../record/unfinished.ts'
import { readCurrentDigest } from '../report/input.ts'
import { isHeld } from './process.ts'
import type { Status } from './status.ts'

/** From the digest, which is written with the report; before, from the records alone. */
export async function resultOf(
  folder: string,
  { session, experiments }: State,
  report: Status['report'],
): Promise<Status['result']> {
  if (session.stop === null) return null
  if (isFailedBaseline(experiments[0])) {
    const { command } = nextStepOf({ session, experiments, pairs: null, confirmed: null, unknown: null })
    return { text: '', counts: '', next: { text: 'Then start a new session', command } }
  }
  const digest = report === 'written' ? await orWarn(readCurrentDigest(folder)) : null
  const facts = digest ?? resultOfRecords(session, experiments)
  const sentences = resultSentences(facts)
  const next = { text: nextStepText(facts), command: sentences.next.command }
  // Only the digest compares the runs of confirm: without it nothing is said of what they found.
  const isKnown = digest != null || facts.confirmRuns.runs === 0
  return { text: isKnown ? resultParagraph(sentences) : '', counts: sentences.counts, next }
}

export async function inheritedOf(
  folder: string,
  { session, experiments }: State,
  report: Status['report'],
): Promise<string | null> {
  if (session.inherited === undefined) return null
  const digest = report === 'written' ? await orWarn(readCurrentDigest(folder)) : null
  const said = digest ? inheritedSentences(digest) : null
  if (said !== null) return `${said.from} ${said.gains}`
  const starts = `This session starts from ${startText(session.inherited)}.`
  const single = singleText(session, experiments)
  return single === null ? starts : `${starts} ${single}`
}

export async function whatIsLeft(
  folder: string,
  state: State,
  isAlive: boolean,
): Promise<Pick<Status, 'resume' | 'report'>> {
  const { id, stop } = state.session
  const kind = stateOf(state, isAlive)
  const resume = command(`session resume ${id}`)
  if (isFailedBaseline(state.experiments[0])) return { resume: null, report: null }
  if (stop === null || !isOver(stop.kind))
    return { resume: kind === 'paused' || !isAlive ? resume : null, report: null }
  if (!(await lacksReport(folder))) return { resume: null, report: 'written' }
  return (await isHeld(folder)) ? { resume: null, report: 'being written' } : { resume, report: 'missing' }
}

export function stateOf({ session, requested }: State, isAlive: boolean): string {
  if (session.stop) return session.stop.kind
  if (requested?.kind === 'pause') return 'paused'
  if (!isAlive) return 'interrupted'
  return requested?.kind === 'stop' ? 'stopping' : 'running'
}

export function reasonOf({ session, experiments }: State): string | null {
  const [baseline] = experiments
  if (!isFailedBaseline(baseline)) return session.stop?.detail ?? null
  const why = baseline?.runs.at(-1)?.why ?? baseline?.reason
  return `the baseline failed: ${why}. Make \`${session.contract.run}\` work, and commit it`
}
