/** Counts looks at a holdout: each decision that uses it makes it less independent. Pure. */
import { z } from 'zod'
import type { Experiment, Session } from '../../record/schema.ts'

/** After this many looks, choices made by the holdout may overfit to it as the loop overfits to val. */
export const MAX_HOLDOUT_LOOKS = 20

export const looksSchema = z.object({
  /** The data's fingerprint, as the evaluation reported it. */
  fingerprint: z.string(),
  /** Looks in this session, and in all sessions with this data. */
  own: z.number().int(),
  all: z.number().int(),
  sessions: z.array(z.string()),
  /** More than twenty in all. */
  warning: z.boolean(),
})
export type Looks = z.infer<typeof looksSchema>

/** The looks of another session. */
export interface OtherLooks {
  session: string
  looks: { fingerprint: string; own: number } | null
}

/** null where the session has no holdout, or its data no fingerprint. */
export function holdoutLooks(session: Session, experiments: Experiment[], others: OtherLooks[]): Looks | null {
  const { data, metric } = session
  if (data === null || metric.holdout === null) return null
  const own = ownLooks(experiments)
  const same = others.filter(({ looks }) => looks?.fingerprint === data.fingerprint && looks.own > 0)
  const all = same.reduce((sum, { looks }) => sum + (looks?.own ?? 0), own)
  const sessions = [...same.map(other => other.session), ...(own > 0 ? [session.id] : [])].sort()
  return { fingerprint: data.fingerprint, own, all, sessions, warning: all > MAX_HOLDOUT_LOOKS }
}

/** Looks that confirm recorded; at least one where holdout values exist. */
function ownLooks(experiments: Experiment[]): number {
  const held = experiments.filter(e => e.runs.some(run => run.holdout !== null))
  const recorded = held.reduce((sum, e) => sum + (e.looks ?? []).filter(look => look.purpose === 'confirm').length, 0)
  return held.length === 0 ? 0 : Math.max(1, recorded)
}
