/** Sentences for the disclosure: who wrote the report and how it was checked. Pure. */
import { list } from '../../analysis/numbers.ts'
import { dollarText, duration } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import type { Writing } from './schema.ts'

/** @param writing null if no agent was asked */
export function authorshipSentences(writing: Writing | null): string[] {
  if (writing === null) return ["Written by Nightshift's template, not by a model."]
  const { use, model, machine, wrote, failed } = writing
  const name = model === null || model === use ? use : `${use} (${model})`
  if (!wrote)
    return [`Written by Nightshift's template, not by a model: ${use} was asked, but ${failed}.`, ...costs(writing)]
  return [
    `The reasons and suggestions in the text were written by ${name} on ${machine || 'an unknown machine'}; title, answer, numbers, tables and the other sections are computed.`,
    'It cannot write numbers: it refers to them, and they are filled in. A program checked its text for numbers, references, words of confirmation and links; nobody checked its reasons.',
    ...checkerSentences(writing),
    ...(failed === null ? [] : [`In a later round it failed: ${failed}.`]),
    ...costs(writing),
  ]
}

/** What the checker found in each version, and what was cut. */
function checkerSentences({ rounds, cut }: Writing): string[] {
  const found = rounds.map(round => round.length)
  const counts = found.map(n => (n === 0 ? 'nothing' : plural(n, 'mistake')))
  const last = found.at(-1) ?? 0
  const read = `The checker found ${list(counts)}${found.length > 1 ? `, in the order of its ${found.length} versions` : ''}.`
  if (last === 0) return [read]
  const sentence =
    cut.length > 0
      ? `${plural(cut.length, 'mistake')} stayed and ${cut.length === 1 ? 'was cut with its sentence' : 'were cut with their sentences'}.`
      : 'What it had changed outside of its sections was put back.'
  return [read, sentence]
}

function costs({ seconds, tokens, costUsd }: Writing): string[] {
  const parts = [
    ...(tokens === null ? [] : [`${tokens.toLocaleString('en-US')} tokens`]),
    ...(costUsd === null ? [] : [dollarText(costUsd)]),
  ]
  return [`Writing took ${list([duration(seconds), ...parts])}.`]
}
