/** The key of a post, by which it is found again. Pure. */
import { createHash } from 'node:crypto'
import type { About } from '../post.ts'

const DAY = 86_400_000
/** From the end of seven days to their middle. */
const MIDDLE_DAYS = 3.5

/** @param sessions ids @param now for a week: the seven days before it */
export function keyOf(about: About, sessions: string[], now: Date): string {
  if (about === 'session') return `session ${sessions[0] ?? ''}`
  if (about === 'week') return `week ${weekOf(now)}`
  const hash = createHash('sha256').update(sessions.toSorted().join('\n')).digest('hex')
  return `sessions ${hash.slice(0, 16)}`
}

/**
 * "2026-W47": the week of the seven days before `now`. It is that of their middle, in UTC: a post of Monday morning is about the
 * week before, like one of Sunday evening.
 */
export const weekOf = (now: Date): string => isoWeek(new Date(now.getTime() - MIDDLE_DAYS * DAY))

function isoWeek(day: Date): string {
  const thursday = new Date(day)
  thursday.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7))
  const start = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = 1 + Math.floor((thursday.getTime() - start) / (7 * DAY))
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
}
