/** Which figures a session has, by the names under which a report's source shows them and `--figures` writes them. Pure. */
import { scores } from '../analysis/search/knobShape.ts'
import type { ReportInput } from './sections/parts.ts'

/**
 * "frontier", "waterfall", "timeline", and "knob.LR" for each constant with two measured values. A frontier that never
 * moved is none, and without a time there is no line of it.
 */
export function figuresOf({
  experiments,
  session,
  digest,
}: Pick<ReportInput, 'experiments' | 'session' | 'digest'>): Set<string> {
  const baseline = experiments.some(e => e.number === 0 && e.metric !== null)
  const kept = experiments.some(e => e.number > 0 && e.status === 'keep' && e.metric !== null)
  const timed = experiments.some(
    e => e.runs.length > 0 || (e.startedAt !== null && (e.endedAt === null || session.source !== undefined)),
  )
  const knobs = digest.knobs.filter(k => nameable.test(k.id) && scores(k.tries).length > 1)
  return new Set([
    ...(kept ? ['frontier'] : []),
    ...(kept && baseline ? ['waterfall'] : []),
    ...(timed ? ['timeline'] : []),
    ...knobs.map(k => `knob.${k.id}`),
  ])
}

/** A name that can stand in a directive and in a file's name. */
const nameable = /^[A-Za-z][\w.-]{0,60}$/
