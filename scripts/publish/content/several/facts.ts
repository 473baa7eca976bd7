/** What several sessions found together: their digests, their cost, and which changes replicated. */

import { lostRunsText } from '../../../analysis/confirm/runs.ts'
import { type Outcome, outcomeOf } from '../../../analysis/result/outcome.ts'
import { replication } from '../../../compare/changes/replication.ts'
import type { Row, Side } from '../../../compare/schema.ts'
import { sideOf } from '../../../compare/side.ts'
import { isSearch } from '../../../record/purposes.ts'
import type { ReportInput } from '../../../report/sections/parts.ts'
import { type WeekContext, weekContext } from '../../../report/several/write.ts'

/** A session of the post. */
export interface Member extends ReportInput {
  /** Its tag, or its id where two have the tag. */
  name: string
  /** Under that name too, so that the comparison's sentences call it so; by itself it takes the machine's. */
  side: Side
  outcome: Outcome
  /** Hours of the runs of confirm, one device each; null where no run is recorded. */
  confirmHours: number | null
}

export interface SeveralFacts extends WeekContext {
  /** In order of start. */
  members: Member[]
  /** Changes that two sessions or more tried, by the rules of docs/comparing.md. */
  shared: Row[]
}

/** @param inputs of the sessions, at least one, in any order */
export function severalFacts(inputs: ReportInput[]): SeveralFacts {
  const context = weekContext(inputs)
  const members = context.week.sessions.flatMap(({ session: id }) =>
    inputs.filter(({ session }) => session.id === id).map(input => memberOf(input, context.wording.name(id))),
  )
  const rows = replication(members.map(({ side }) => side)).replication
  return { ...context, members, shared: rows.filter(({ cells }) => cells.length > 1) }
}

function memberOf(input: ReportInput, name: string): Member {
  const runs = input.experiments.flatMap(e => e.runs)
  const confirm = runs.filter(run => !isSearch(run)).reduce((sum, run) => sum + run.seconds, 0)
  const side = sideOf({ ...input, finalPatch: input.finalPatch ?? null })
  return {
    ...input,
    name,
    side: { ...side, machine: { ...side.machine, label: name } },
    outcome: outcomeOf(input.digest),
    confirmHours: runs.length === 0 ? null : confirm / 3600,
  }
}

/** Whether a team may take its final over: the gain is confirmed, and not worse on the holdout. */
export const isAdoptable = ({ outcome, digest }: Member): boolean =>
  outcome.kind === 'confirmed' && digest.holdout?.verdict !== 'worse'

/** Whether its result is that there is no gain, or one that does not carry over; not one that is still open. */
export function isNull({ outcome, digest }: Member): boolean {
  if (digest.stop === null) return false
  switch (outcome.kind) {
    case 'confirmed':
      return digest.holdout?.verdict === 'worse'
    case 'worse':
    case 'nothing-kept':
      return true
    case 'inconclusive':
      return lostRunsText(digest.confirmRuns) === ''
    case 'unconfirmed':
      return outcome.bestSingleRun.gain <= 0
    default:
      return false
  }
}
