/** The facts of a result for a session that has no digest yet: it runs, or its report is not written. Pure. */
import { argument, command } from '../../lib/command.ts'
import { isPaired } from '../../record/pairs.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { finalFacts } from '../confirm/final.ts'
import { countConfirmRuns } from '../confirm/runs.ts'
import { seedsOf } from '../confirm/seeds.ts'
import { replicationFacts } from '../replication/facts.ts'
import { countStatuses } from './counts.ts'
import { nextStepOf } from './nextStep.ts'
import { bestSingleRunOf } from './outcome.ts'
import type { ResultFacts } from './sentences.ts'
import { unknownOf } from './unknown.ts'

/** Nothing is confirmed before the digest is computed. @param experiments in the order of their verdicts */
export function resultOfRecords(session: Session, experiments: Experiment[]): ResultFacts {
  const { metric, stop } = session
  const paired = isPaired(session)
  const tried = experiments.filter(e => e.number > 0)
  const unknown = unknownOf(experiments, session)
  const pairs = paired ? 1 : null
  const next = nextStepOf({ session, experiments, pairs, confirmed: null, unknown })
  return {
    metric,
    collected: session.source !== undefined,
    pairs,
    bestSingleRun: bestSingleRunOf(experiments, metric.goal, paired),
    confirmed: null,
    confirmRuns: countConfirmRuns(session, experiments, finalFacts({ session, experiments })),
    holdout: null,
    seeds: seedsOf(session, new Map(), null),
    experiments: experiments.length,
    tried: countStatuses(tried),
    measured: tried.filter(e => e.metric !== null).length,
    unknown,
    stop,
    replicationOf: replicationFacts(session, experiments),
    next:
      stop === null || next.kind === 'resume'
        ? next
        : { kind: 'report', command: command(`report ${argument(session.id)}`), seconds: null },
  }
}
