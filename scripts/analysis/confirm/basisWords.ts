/** What measured a value, in words. Pure; runs in the browser too. */

/** `unknown`: of an imported row, or of a record of an earlier version. */
export type MeasuredBy = 'evaluator' | 'evaluation' | 'command' | 'run' | 'unknown'

const names: Record<MeasuredBy, string> = {
  evaluator: 'a frozen evaluator outside the run',
  evaluation: 'a frozen evaluation',
  command: 'a frozen script',
  run: 'the run itself',
  unknown: 'unknown',
}

/** A few words: "a frozen evaluation", "elsewhere: unknown". @param imported whether another notebook or tool measured it */
export const measuredByText = (by: MeasuredBy, imported: boolean): string =>
  imported ? `elsewhere: ${names[by]}` : names[by]
