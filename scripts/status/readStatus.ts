/** Reads the current status of a session, from its journal and its lock. */
import { basename } from 'node:path'
import { command } from '../lib/command.ts'
import { Failure } from '../lib/errors.ts'
import { readHookFailures } from '../record/files/hookFailures.ts'
import { readNotified } from '../record/files/notified.ts'
import { files } from '../record/files/paths.ts'
import { publishedTexts } from '../record/files/published.ts'
import { type JournalEvent, readJournalIfThere } from '../record/journal.ts'
import { apply, initialState } from '../record/state.ts'
import { forecastNow } from './forecast.ts'
import { inheritedOf, resultOf, whatIsLeft } from './outcome.ts'
import { hasNoHarness } from './process.ts'
import type { Status } from './status.ts'
import { summarise } from './summary.ts'

/** Reads the status from a session's folder. */
export const readStatus = async (folder: string, now = new Date()): Promise<Status> =>
  statusOf(folder, await readEvents(folder), now)

/** Computes the status from the journal's events, without modifying them. */
export async function statusOf(folder: string, events: JournalEvent[], now = new Date()): Promise<Status> {
  const first = events[0]
  if (first?.event !== 'started')
    throw new Failure(`${files.journal(folder)} does not begin with a session.`, 'Restore it from a copy.')
  const state = initialState(structuredClone(first.session))
  for (const event of events) apply(state, event)
  const isAlive = state.session.stop === null && !(await hasNoHarness(folder))
  const left = await whatIsLeft(folder, state, isAlive)
  return {
    ...summarise(state, events, isAlive, now),
    ...left,
    result: await resultOf(folder, state, left.report),
    inherited: await inheritedOf(folder, state, left.report),
    forecast: isAlive && state.session.replication === undefined ? await forecastNow(folder, state, now) : null,
    published: await publishedTexts(folder, state.session.id, state.session.stop !== null),
    notified: await readNotified(folder),
    hookFailures: await readHookFailures(folder),
  }
}

export async function readEvents(folder: string): Promise<JournalEvent[]> {
  const events = await readJournalIfThere(files.journal(folder))
  if (events !== null) return events
  const advice = `\`${command(`report ${basename(folder)}`)}\` shows its results.`
  throw new Failure(`${folder} has no journal: it was not made on this machine.`, advice)
}
