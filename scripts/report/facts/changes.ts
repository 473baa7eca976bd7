/** Each change: what was kept, what nearly was, what did not work, what failed. */

import type { Digest, Kept } from '../../analysis/schema.ts'
import { lines } from '../sections/changes.ts'
import { chance, count, type Fact, metrics, share, word } from './fact.ts'

export function changeFacts(digest: Digest): Fact[] {
  const tell = metrics(digest)
  const { kept, trials, near, causes, failures, deadEnds } = digest
  return [
    ...trials.flatMap(t => [
      ...tell.metric(`exp.${t.experiment}.metric`, t.metric, [t.experiment]),
      ...tell.gain(`exp.${t.experiment}.gain`, t.gain, [t.experiment]),
    ]),
    ...count('change')('kept.count', kept.length),
    ...kept.flatMap(k => keptFacts(k, tell)),
    ...share(
      'kept.top.share',
      kept.length > 3 ? topShare(kept) : null,
      kept.slice(0, 3).map(k => k.experiment),
    ),
    ...count('change')('kept.confirmed', words(kept, 'confirmed').length, words(kept, 'confirmed')),
    ...count('change')('kept.likely', words(kept, 'likely').length, words(kept, 'likely')),
    ...count('change')('kept.unproven', words(kept, 'unproven').length, words(kept, 'unproven')),
    ...count('change')('kept.refuted', words(kept, 'refuted').length, words(kept, 'refuted')),
    ...count('dead end')('dead.count', deadEnds.length),
    ...count('near miss', 'near misses')(
      'near.count',
      near.misses.length,
      near.misses.map(m => m.experiment),
    ),
    ...near.misses.flatMap(m => tell.size(`near.${m.experiment}.short`, m.shortfall, [m.experiment])),
    ...count('combination')('near.combinations', near.combinations.length),
    ...count('failure')(
      'failures.count',
      failures.length,
      failures.map(f => f.experiment),
    ),
    ...causes.flatMap(({ cause, experiments }) =>
      count('experiment')(`cause.${cause.replaceAll(/\W+/g, '-')}`, experiments.length, experiments),
    ),
    ...digest.warnings.flatMap(({ experiment, claim, found }, i) => [
      ...word(`doubt.${i + 1}.claim`, claim, [experiment]),
      ...word(`doubt.${i + 1}.found`, found, [experiment]),
    ]),
    ...count('description')('doubts.count', new Set(digest.warnings.map(d => d.experiment)).size),
  ]
}

const words = (kept: Kept[], said: Kept['label']): number[] => kept.filter(k => k.label === said).map(k => k.experiment)

function keptFacts(k: Kept, tell: ReturnType<typeof metrics>): Fact[] {
  const id = `kept.${k.experiment}`
  const from = [k.experiment]
  const memory = k.memoryMb === null ? null : `${(k.memoryMb / 1024).toFixed(1)} GB`
  const sure = (facts: Fact[]) => facts.map(fact => ({ ...fact, confirmed: k.label === 'confirmed' }))
  return [
    ...sure(tell.gain(`${id}.gain`, k.gain, from)),
    ...tell.metric(`${id}.metric`, k.metric, from),
    ...share(`${id}.share`, k.share, from),
    ...chance(`${id}.chance`, k.pReal, from),
    ...sure(word(`${id}.word`, k.label, from)),
    ...tell.confirmed(`${id}.without`, k.ablation, from),
    ...tell.confirmed(`${id}.rerun`, k.rerun, from),
    ...(k.linesAdded === null ? [] : word(`${id}.lines`, lines(k), from)),
    ...(memory === null
      ? []
      : [
          {
            id: `${id}.memory`,
            text: memory,
            value: k.memoryMb,
            unit: 'MB',
            from,
            confirmed: false,
          },
        ]),
  ]
}

/** Share of the three largest. */
const topShare = (kept: Kept[]): number | null =>
  kept.slice(0, 3).reduce<number | null>((sum, k) => (sum === null || k.share === null ? null : sum + k.share), 0)
