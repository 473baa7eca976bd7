/** The changes of a branch, one line each: what, where, its effect in the search, how sure that is, and why. Pure. */
import type { RootContent } from 'mdast'
import { LIKELY_THRESHOLD, pRealText } from '../../../analysis/labels.ts'
import { delta, list } from '../../../analysis/numbers.ts'
import type { Label } from '../../../analysis/schema.ts'
import { experimentName, percent } from '../../../lib/format.ts'
import { plural } from '../../../lib/text.ts'
import { brief, bullets, type Column, paragraph, table } from '../../../report/nodes.ts'
import { fold } from '../../../report/render/fold.ts'
import { lines } from '../../../report/sections/kept.ts'
import type { Change, Facts } from './facts.ts'

/** Rows that stand open, and rows in all. */
const [MAX_OPEN, MAX_ROWS] = [10, 60]
const MAX_REASONS = 10

export function changesSection(facts: Facts): RootContent[] {
  const { changes, proposal } = facts
  if (changes.length === 0) return [paragraph(proposal.about)]
  const columns = columnsOf(facts)
  const rest = changes.slice(MAX_OPEN, MAX_ROWS)
  const left = changes.length - MAX_OPEN - rest.length
  return [
    paragraph(proposal.about),
    table(changes.slice(0, MAX_OPEN), columns),
    ...(rest.length > 0 ? [fold(table(rest, columns), plural(rest.length, 'more change'))] : []),
    paragraph(
      left > 0 ? `${plural(left, 'more change')} ${left === 1 ? 'is' : 'are'} in the commits.` : '',
      effectSentence(facts),
      legend(facts),
    ),
    ...why(changes),
  ]
}

function columnsOf({ input, changes }: Facts): Column<Change>[] {
  const { metric, bestSingleRun } = input.digest
  const about = bestSingleRun?.baseline ?? 1
  const hasFiles = changes.some(({ files }) => files.length > 0)
  return [
    { head: 'Change', cell: changeText },
    ...(hasFiles
      ? [
          { head: 'File', cell: ({ files }: Change) => (files.length === 0 ? '–' : brief(list(files))) },
          { head: 'Lines', cell: ({ experiment }: Change) => lines(experiment) },
        ]
      : []),
    {
      head: `Δ ${metric.name} in the search`,
      align: 'right',
      cell: ({ kept }) => (kept === null ? '–' : delta(kept.gain, metric, about)),
    },
    { head: 'Evidence', cell: ({ kept }) => (kept === null ? '–' : evidence(kept.label, kept.pReal)) },
  ]
}

/** Descriptions are the unchecked words of whoever proposed. */
const changeText = ({ experiment, contradicted }: Change): string =>
  `${brief(experiment.description)}${contradicted === null ? '' : ` (but ${brief(contradicted)})`}`

const evidence = (label: Label, pReal: number | null): string =>
  pReal === null || label === 'confirmed' || label === 'too few runs' ? label : `${label} (${pRealText(pReal)})`

function effectSentence({ input }: Facts): string {
  const { pairs, metric } = input.digest
  return pairs === null
    ? `Δ ${metric.name} is of the runs by which the change was chosen, so it is likely optimistic; it need not add up to the result.`
    : `Δ ${metric.name} is of ${plural(pairs, 'pair')} of runs with and without the change, by which it was chosen, so it is likely optimistic; it need not add up to the result.`
}

const meanings: Record<Label, string> = {
  confirmed: 'confirmed: it is better with the change than without it in runs made after the search',
  likely: `likely: the probability that its true effect is an improvement, which is in brackets, is ${percent(LIKELY_THRESHOLD)} or more`,
  unproven: 'unproven: by itself its effect may be noise',
  refuted: 'refuted: by itself it most likely has no effect, or a bad one',
  'too few runs': 'too few runs: the search made too few to say how sure the effect of one change is',
}

/** What the labels that occur mean. */
function legend({ changes }: Facts): string {
  const used = new Set(changes.flatMap(({ kept }) => (kept === null ? [] : [kept.label])))
  const told = (Object.keys(meanings) as Label[]).filter(label => used.has(label)).map(label => meanings[label])
  return told.length === 0 ? '' : `Evidence, of each change alone: ${told.join('; ')}.`
}

/** What agents expected; the tuner's are rules, not reasons. */
function why(changes: Change[]): RootContent[] {
  const given = changes.filter(({ experiment: { agent, hypothesis } }) => agent.use !== 'tuner' && hypothesis)
  if (given.length === 0) return []
  const shown = given.slice(0, MAX_REASONS)
  const left = given.length - shown.length
  return [
    paragraph(
      `Why, in the words of the proposer${given.length === 1 ? '' : 's'}: expectations before the run, which nothing has tested.`,
      left > 0 ? `The first ${shown.length}:` : '',
    ),
    bullets(
      shown.map(({ experiment: { number, description, hypothesis } }) => {
        const name = changes.length === 1 ? '' : `${brief(description)} (${experimentName(number)}): `
        return `${name}${brief(hypothesis ?? '')}`
      }),
    ),
  ]
}
