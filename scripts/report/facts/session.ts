/** Facts on the session: counts, time, cost, outages, plateaus. */

import { engineSentences, engineWarnings } from '../../analysis/engine.ts'
import { outageText } from '../../analysis/outages.ts'
import type { Digest } from '../../analysis/schema.ts'
import { statusWords } from '../../analysis/statusWords.ts'
import { MIN_RATE_SECONDS } from '../../analysis/time.ts'
import { count, dollars, type Fact, seconds, textFact } from './fact.ts'

export function sessionFacts(digest: Digest): Fact[] {
  const { time, tried, experiments, outages, plateaus, holdoutLooks, drift } = digest
  const timed = time.total > 0
  // A collected session has start and end times at most, so its time cannot be split.
  const shared = time.training + time.overhead + time.confirming + time.thinking > 0
  return [
    ...count('experiment')('session.tried', Math.max(0, experiments - 1)),
    ...count('change')('session.kept', tried.keep ?? 0),
    ...Object.entries(statusWords).flatMap(([status, said]) => {
      const n = tried[status as keyof typeof tried] ?? 0
      return status === 'keep' || n === 0 ? [] : count(said, said)(`session.${status}`, n)
    }),
    ...seconds('session.hours', timed ? time.total : null),
    ...count('experiment', 'experiments an hour')(
      'session.rate',
      time.total >= MIN_RATE_SECONDS ? Math.round(time.experimentsPerHour) : null,
    ),
    ...(['training', 'overhead', 'confirming', 'thinking', 'idle'] as const).flatMap(key =>
      seconds(`session.${key}`, timed && shared ? time[key] : null),
    ),
    ...count('token')('session.tokens', digest.tokens),
    ...dollars('session.cost', digest.costUsd),
    ...dollars('session.cost.gpu', digest.gpuCost?.usd ?? null),
    ...dollars('session.cost.keep', digest.costPerConfirmedKeep, confirmedKeeps(digest)),
    ...textFact('session.machine', digest.machine),
    ...textFact('session.engine', digest.engine && engineSentences(digest.engine).join(' ')),
    ...(digest.engine === null ? [] : engineWarnings(digest.engine)).flatMap(({ sentence, experiments: about }, i) =>
      textFact(`engine.${i + 1}`, sentence, about),
    ),
    ...textFact('session.stop', digest.stop?.detail ?? null),
    ...count('outage')('session.outages', outages.length),
    ...outages.flatMap((outage, i) => textFact(`outage.${i + 1}`, outageText(outage))),
    ...count('plateau', 'plateaus')('session.plateaus', plateaus.length),
    ...plateaus.flatMap(({ from, to, experiments: n }, i) => count('experiment')(`plateau.${i + 1}`, n, [from, to])),
    ...drift.flatMap(({ sentence, experiment }, i) => textFact(`drift.${i + 1}`, sentence, [experiment])),
    ...count('look')('holdout.looks', holdoutLooks?.all ?? null),
    ...count('session')('holdout.sessions', holdoutLooks?.sessions.length ?? null),
    ...textFact('holdout.warning', holdoutLooks?.warning ? 'looked at more than twenty times' : null),
  ]
}

const confirmedKeeps = ({ kept }: Digest): number[] => kept.filter(k => k.label === 'confirmed').map(k => k.experiment)
