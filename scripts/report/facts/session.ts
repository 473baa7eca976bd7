/** The night: what was tried, where its time and money went, when it stood still. */

import type { Digest } from '../../analysis/schema.ts'
import { statusWords } from '../sections/session.ts'
import { count, dollars, type Fact, seconds, word } from './fact.ts'

export function nightFacts(digest: Digest): Fact[] {
  const { time, counts, experiments, claimed, outages, plateaus, holdoutLooks, drift } = digest
  const timed = time.total > 0
  // A collected night has a beginning and an end at most: where its hours went is not known.
  const shared = time.training + time.overhead + time.confirming + time.thinking > 0
  return [
    ...count('experiment')('night.tried', Math.max(0, experiments - 1)),
    ...count('change')('night.kept', Math.max(0, (counts.keep ?? 0) - (claimed === null ? 0 : 1))),
    ...Object.entries(statusWords).flatMap(([status, said]) => {
      const n = counts[status as keyof typeof counts] ?? 0
      return status === 'keep' || n === 0 ? [] : count(said, said)(`night.${status}`, n)
    }),
    ...seconds('night.hours', timed ? time.total : null),
    ...count('experiment', 'experiments an hour')('night.rate', timed ? Math.round(time.experimentsPerHour) : null),
    ...(['training', 'overhead', 'confirming', 'thinking', 'idle'] as const).flatMap(key =>
      seconds(`night.${key}`, timed && shared ? time[key] : null),
    ),
    ...count('token')('night.tokens', digest.tokens),
    ...dollars('night.cost', digest.costUsd),
    ...dollars('night.cost.keep', digest.costPerConfirmedKeep, confirmedKeeps(digest)),
    ...word('night.machine', digest.machine),
    ...word('night.stop', digest.stop?.detail ?? null),
    ...count('outage')('night.outages', outages.length),
    ...outages.flatMap((outage, i) => word(`outage.${i + 1}`, outageText(outage))),
    ...count('plateau', 'plateaus')('night.plateaus', plateaus.length),
    ...plateaus.flatMap(({ from, to, experiments: n }, i) => count('experiment')(`plateau.${i + 1}`, n, [from, to])),
    ...drift.flatMap((sentence, i) => word(`drift.${i + 1}`, sentence)),
    ...count('look')('holdout.looks', holdoutLooks?.all ?? null),
    ...count('night')('holdout.nights', holdoutLooks?.sessions.length ?? null),
    ...word('holdout.warning', holdoutLooks?.warning ? 'looked at more than twenty times' : null),
  ]
}

const confirmedKeeps = ({ kept }: Digest): number[] => kept.filter(k => k.word === 'confirmed').map(k => k.experiment)

/** "claude, rate-limit, 22:10 to 23:40 UTC" */
function outageText({ use, kind, startedAt, endedAt }: Digest['outages'][number]): string {
  const [from, to] = [startedAt, endedAt].map(time => time?.slice(11, 16))
  return `${use}, ${kind}, ${from} to ${to ?? 'the end'} UTC`
}
