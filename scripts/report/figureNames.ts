/** The figures that a session has, by their names in a report's source and in `--figures`. Pure. */
import { scores, stepsOf } from '../analysis/search/knobShape.ts'
import type { ReportInput } from './sections/parts.ts'

/**
 * A replication has neither frontier nor waterfall. "frontier" needs a change that was kept or of which that is not known, "waterfall" a kept one, "timeline" needs run times; "knob.LR" for each constant with at least
 * two measured values.
 */
export function figuresOf({
  experiments,
  session,
  digest,
}: Pick<ReportInput, 'experiments' | 'session' | 'digest'>): Set<string> {
  const isSearch = session.replication === undefined
  const baseline = experiments.some(e => e.number === 0 && e.metric !== null)
  const kept = experiments.some(e => e.number > 0 && e.status === 'keep' && e.metric !== null)
  const unknown = (digest.unknown?.experiments.length ?? 0) > 0
  const timed = experiments.some(
    e => e.runs.length > 0 || (e.startedAt !== null && (e.endedAt === null || session.source !== undefined)),
  )
  const knobs = digest.knobs.filter(k => nameable.test(k.id) && scores(stepsOf(k.tries)).length > 1)
  return new Set([
    ...(isSearch && (kept || unknown) ? ['frontier'] : []),
    ...(isSearch && kept && baseline ? ['waterfall'] : []),
    ...(timed ? ['timeline'] : []),
    ...knobs.map(k => `knob.${k.id}`),
  ])
}

/** Names that are valid in a directive and as a file name. */
const nameable = /^[A-Za-z][\w.-]{0,60}$/
