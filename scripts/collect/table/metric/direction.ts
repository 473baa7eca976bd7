/** Decides in which direction the metric is better: by the command, the file, the name, the units or the kept rows. Pure. */
import { Failure } from '../../../lib/errors.ts'
import type { Source } from '../../source.ts'
import type { LedgerRow } from '../rows.ts'
import { type Declared, normalizedName, type Section } from '../split/lines.ts'
import { declaredGoal } from './declared.ts'
import { type Goal, goalByName, goalByOrder, wordsOf } from './goal.ts'

interface Asked {
  name: string
  /** Name of the metric's column in lower case; null without a header. */
  column: string | null
  /** The user's; null: inferred. */
  goal: Goal | null
  /** What the file says of its metric. */
  declared: Declared[]
}

/** @throws {Failure} if neither flag nor file nor name nor kept rows determine the goal */
export function goalOf(
  { name, column, goal, declared }: Asked,
  rows: LedgerRow[],
  sections: Section[],
  where: string,
): Omit<Source['metric'], 'name'> {
  const kept = rows.flatMap(row => (row.as === 'keep' && row.metric !== null ? [row.metric] : []))
  const order = goalByOrder(kept)
  const trend = order
    ? `in ${order.agree} of ${order.steps} steps from one kept row to the next it ${order.goal === 'minimize' ? 'fell' : 'rose'}`
    : ''
  if (goal !== null) return { goal, why: 'The command says so.', sure: true }
  const said = declaredGoal(declared, [normalizedName(name), column], sections)
  const named = goalByName(name) ?? goalByUnit(rows)
  const wordy = named ? `“${named.word}” is ${named.goal === 'minimize' ? 'lower' : 'higher'} when it is better` : ''
  const found = said ? { goal: said.goal, why: `Line ${said.line} says so` } : named && { goal: named.goal, why: wordy }
  if (found) {
    const against = [
      ...(named && named.goal !== found.goal ? [wordy] : []),
      ...(order && order.goal !== found.goal ? [trend] : []),
    ]
    const isAgainstRows = order !== null && order.goal !== found.goal
    const but = against.length > 0 ? `, though ${against.join(' and ')}` : ''
    return {
      goal: found.goal,
      why: `${found.why}${but}.`,
      sure: against.length === 0 || (said !== null && !isAgainstRows),
    }
  }
  if (order) return { goal: order.goal, why: `${trend.charAt(0).toUpperCase()}${trend.slice(1)}.`, sure: false }
  // Some scores are penalties, so the kept rows are asked first.
  if (wordsOf(name).includes('score'))
    return { goal: 'maximize', why: 'A score is mostly higher when it is better.', sure: false }
  throw new Failure(
    `${where}: neither the name ${name} nor the ${kept.length} kept rows show whether lower or higher is better.`,
    'Set --goal minimize or --goal maximize.',
  )
}

/** By the units behind the values, e.g. "12.1 tok/s"; null if they say nothing, or disagree. */
function goalByUnit(rows: LedgerRow[]): { goal: Goal; word: string } | null {
  const units = new Set(
    rows.flatMap(({ value }) => (value?.note === 'unit' ? [(value.behind ?? '').replace(/@.*/s, '')] : [])),
  )
  const found = [...units].flatMap(unit => goalByName(unit) ?? [])
  const [first] = found
  return first && found.length === units.size && found.every(({ goal }) => goal === first.goal) ? first : null
}
