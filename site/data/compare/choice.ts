/** What the compare page's list of sessions says of each. */
import { nameOf } from '../../../scripts/compare/names.ts'
import { resultWithBasis } from '../../../scripts/compare/result.ts'
import type { Side } from '../../../scripts/compare/schema.ts'
import { baseName } from '../../../scripts/compare/settings.ts'
import { choiceValues } from '../choices.ts'
import type { View } from '../view.ts'
import { shortDate } from '../words.ts'

export const choiceNames = ['Machine', 'Target', 'Training time', 'Metric', 'Agent', 'Tag']

export interface Choice {
  id: string
  name: string
  /** "27 Nov 2026, train.py, 300 s a run, val_bpb 2.8% lower, best single run" */
  facts: string
  /** Values by which the list is filtered, by `choiceNames`. */
  values: Record<string, string>
}

/** @param sides all sessions of the notebook, for unique names */
export function choiceOf(view: View, side: Side, sides: Side[]): Choice {
  const { startedAt, target, budget, metric } = side
  const time = budget === null ? null : `${budget} s a run`
  const facts = [
    startedAt === null ? null : shortDate(startedAt),
    target === null ? null : baseName(target),
    time,
    `${metric.name} ${resultWithBasis(side)}`,
  ]
  return {
    id: view.id,
    name: nameOf(side, sides),
    facts: facts.filter(text => text !== null).join(', '),
    values: { ...choiceValues(view), 'Training time': time ?? 'not known', Metric: metric.name },
  }
}
