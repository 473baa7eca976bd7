/** How outages of agents are worded on pages, in reports and on the terminal. Pure. */
import { duration } from '../lib/format.ts'
import { plural, sanitizeText } from '../lib/text.ts'
import { clockSpan, clockTimes } from '../lib/time.ts'
import type { Outage } from '../record/schema.ts'

type Worded = Pick<Outage, 'use' | 'kind' | 'startedAt' | 'endedAt' | 'experiments'>

/**
 * "claude was out (rate-limit) from 22:10 to 23:40 UTC, 1 h 30 min; 4 experiments came from others meanwhile", without a
 * full stop.
 * @param now while the session runs, where an outage may go on; else null
 */
export function outageText(outage: Worded, now: Date | null = null): string {
  const { experiments } = outage
  const isOpen = outage.endedAt === null && now !== null
  const who = `${sanitizeText(outage.use, 40)} ${isOpen ? 'has been' : 'was'} out (${sanitizeText(outage.kind, 40)})`
  const meanwhile = experiments === 0 ? '' : `; ${plural(experiments, 'experiment')} came from others meanwhile`
  return `${who} ${spanText(outage, now)}${meanwhile}`
}

function spanText({ startedAt, endedAt }: Worded, now: Date | null): string {
  if (endedAt !== null) return `from ${clockSpan(startedAt, endedAt)} UTC, ${duration(lengthOf(startedAt, endedAt))}`
  if (now === null) return `from ${startedAt.slice(11, 16)} UTC to the end of the records`
  const [start] = clockTimes(startedAt, now.toISOString())
  return `since ${start} UTC, ${duration(lengthOf(startedAt, now.toISOString()))}`
}

/** @param until when an outage without an end is taken to end; ISO 8601 */
export function totalOutage(outages: Worded[], until: string | null): { count: number; seconds: number } {
  const lengths = outages.map(({ startedAt, endedAt }) => lengthOf(startedAt, endedAt ?? until ?? startedAt))
  return { count: outages.length, seconds: lengths.reduce((sum, seconds) => sum + seconds, 0) }
}

/** "2 outages of agents, 1 h 40 min in total" */
export const totalOutageText = ({ count, seconds }: ReturnType<typeof totalOutage>): string =>
  count === 1
    ? `1 outage of an agent, ${duration(seconds)}`
    : `${count} outages of agents, ${duration(seconds)} in total`

/** Seconds between two times; 0 where the clock was set back. */
const lengthOf = (start: string, end: string): number => Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000)
