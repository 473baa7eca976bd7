/** Facts on the changes: keeps, near misses, dead ends, failures. */
import type { Digest, Kept } from '../../analysis/schema.ts'
import { lines } from '../sections/kept.ts'
import { count, type Fact, metricFacts, probability, share, textFact } from './fact.ts'

export function changeFacts(digest: Digest): Fact[] {
  const make = metricFacts(digest)
  const { kept, trials, near, causes, failures, deadEnds } = digest
  return [
    ...trials.flatMap(t => [
      ...make.metric(`exp.${t.experiment}.metric`, t.metric, [t.experiment]),
      ...make.gain(`exp.${t.experiment}.gain`, t.gain, [t.experiment]),
    ]),
    ...count('change')('kept.count', kept.length),
    ...kept.flatMap(k => keptFacts(k, make)),
    ...share(
      'kept.top.share',
      kept.length > 3 ? topShare(kept) : null,
      kept.slice(0, 3).map(k => k.experiment),
    ),
    ...count('change')('kept.confirmed', labelled(kept, 'confirmed').length, labelled(kept, 'confirmed')),
    ...count('change')('kept.likely', labelled(kept, 'likely').length, labelled(kept, 'likely')),
    ...count('change')('kept.unproven', labelled(kept, 'unproven').length, labelled(kept, 'unproven')),
    ...count('change')('kept.too-few-runs', labelled(kept, 'too few runs').length, labelled(kept, 'too few runs')),
    ...count('change')('kept.refuted', labelled(kept, 'refuted').length, labelled(kept, 'refuted')),
    ...count('dead end')('dead.count', deadEnds.length),
    ...count('near miss', 'near misses')(
      'near.count',
      near.misses.length,
      near.misses.map(m => m.experiment),
    ),
    ...near.misses.flatMap(m => make.size(`near.${m.experiment}.short`, m.shortfall, [m.experiment])),
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
      ...textFact(`warning.${i + 1}.claim`, claim, [experiment]),
      ...textFact(`warning.${i + 1}.found`, found, [experiment]),
    ]),
    ...count('description')('warnings.count', new Set(digest.warnings.map(w => w.experiment)).size),
  ]
}

const labelled = (kept: Kept[], said: Kept['label']): number[] =>
  kept.filter(k => k.label === said).map(k => k.experiment)

function keptFacts(k: Kept, make: ReturnType<typeof metricFacts>): Fact[] {
  const id = `kept.${k.experiment}`
  const from = [k.experiment]
  const memory = k.memoryMb === null ? null : `${(k.memoryMb / 1024).toFixed(1)} GB`
  const asConfirmed = (facts: Fact[]) => facts.map(fact => ({ ...fact, confirmed: k.label === 'confirmed' }))
  return [
    ...asConfirmed(make.gain(`${id}.gain`, k.gain, from)),
    ...make.metric(`${id}.metric`, k.metric, from),
    ...share(`${id}.share`, k.share, from),
    ...probability(`${id}.pReal`, k.pReal, from),
    ...asConfirmed(textFact(`${id}.label`, k.label, from)),
    ...textFact(`${id}.label.reason`, k.labelReason, from),
    ...make.confirmed(`${id}.without`, k.ablation, from),
    ...make.confirmed(`${id}.rerun`, k.rerun, from),
    ...(k.linesAdded === null ? [] : textFact(`${id}.lines`, lines(k), from)),
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

/** Summed share of the three largest gains; null if any share is unknown. */
const topShare = (kept: Kept[]): number | null =>
  kept.slice(0, 3).reduce<number | null>((sum, k) => (sum === null || k.share === null ? null : sum + k.share), 0)
