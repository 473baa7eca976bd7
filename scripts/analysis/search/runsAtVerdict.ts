/** Which runs of a tree a verdict was made from. Pure. */

import { isSearch } from '../../record/purposes.ts'
import type { Experiment, Run } from '../../record/schema.ts'

/** Clocks of records are rounded to milliseconds. */
const SLACK_MS = 1000

/**
 * The runs of an experiment's tree with a metric that had ended when another experiment got its verdict: those that its
 * gain was computed from. All runs of the search where times are not known.
 */
export function runsAtVerdict(of: Experiment, { endedAt }: Experiment): Run[] {
  const until = endedAt === null ? Number.POSITIVE_INFINITY : Date.parse(endedAt) + SLACK_MS
  return of.runs.filter(
    run =>
      run.metric !== null &&
      isSearch(run) &&
      run.commit === of.commit &&
      Date.parse(run.startedAt) + 1000 * run.seconds <= until,
  )
}
