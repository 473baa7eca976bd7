/** The sections on replications: what one found, and what others found of this session's changes. */

import { coverageSentence, rerunsEach } from '../../analysis/confirm/seeds.ts'
import { briefDelta } from '../../analysis/numbers.ts'
import type { ReplicatedChange, ReplicationFacts, ReplicationOfThis } from '../../analysis/replication/facts.ts'
import {
  foundText,
  numberThere,
  outcomeText,
  placeText,
  replicatedText,
  singlesOf,
  stackOf,
  thereText,
  transferTexts,
  whatText,
} from '../../analysis/replication/words.ts'
import type { Digest } from '../../analysis/schema.ts'
import { argument, command } from '../../lib/command.ts'
import { capital, plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import { brief, bullets, type Column, commands, paragraph, type Section, short, table } from '../nodes.ts'
import { fold } from '../render/fold.ts'

/** Rows that stand open, and rows in all. */
const [MAX_OPEN, MAX_ROWS] = [12, 100]

/** Of a replication: each change with its outcome and its gains here and there. */
export function replicatedPart({ replicationOf: facts, metric, seeds }: Digest): Section {
  if (facts === null || facts.changes.length === 0) return []
  const n = (change: ReplicatedChange) => (change.found === null ? '' : ` (${rerunsEach(seeds, change.found.seeds)})`)
  const columns: Column<ReplicatedChange>[] = [
    { head: 'Change', cell: change => changeText(change, facts) },
    { head: 'Outcome', cell: ({ outcome }) => outcomeText(outcome, 'here') },
    { head: `${metric.name} here`, align: 'right', cell: change => `${foundText(change, metric) ?? '–'}${n(change)}` },
    { head: 'There', align: 'right', cell: ({ there }) => tableThere(there, metric) },
  ]
  const rest = facts.changes.slice(MAX_OPEN, MAX_ROWS)
  const missing = facts.changes.filter(change => change.found === null)
  return [
    table(facts.changes.slice(0, MAX_OPEN), columns),
    ...(rest.length === 0 ? [] : [fold(table(rest, columns), `${plural(rest.length, 'more change')}`)]),
    paragraph(
      'Each gain is the mean of its runs against that of the baseline beside them on the same seeds, with the 95% interval.',
      singlesOf(facts).some(({ found }) => found !== null)
        ? 'Experiments are numbered as there. The changes share the runs of the baseline, so that their gains err together; each interval holds for its own change, not for all at once.'
        : '',
      facts.changes.some(({ there }) => there !== null && there.interval === null)
        ? 'A gain there without an interval is of the runs that chose the change, so it is likely optimistic.'
        : '',
      coverageSentence(seeds),
    ),
    ...(missing.length === 0 ? [] : [bullets(missing.slice(0, MAX_ROWS).map(change => missingText(change, facts)))]),
  ]
}

/** Without what `thereText` says of a gain in single runs: a sentence below the table says it once. */
const tableThere = (there: ReplicatedChange['there'], metric: Digest['metric']): string =>
  there?.interval === null ? briefDelta(there.gain, metric, there.baseline) : (thereText(there, metric) ?? '–')

/** "all 6 changes together", "“WARMDOWN 0.1 → 0.4” (experiment 4) by itself". */
const changeText = (change: ReplicatedChange, facts: ReplicationFacts): string =>
  change.isStack
    ? whatText(change, facts)
    : `“${short(change.description)}” (${change.of.map(numberThere).join(', ')}) by itself`

const missingText = (change: ReplicatedChange, facts: ReplicationFacts): string =>
  `${capital(changeText(change, facts))}: ${outcomeText(change.outcome, 'here')}. ${brief(change.reason.replace(/^Conflict: (?:by itself )?it /, 'It '))}`

/** The command that replicates the same again. */
export function againPart({ session, set, changes }: ReplicationFacts): Section {
  const each = changes.filter(change => !change.isStack && change.outcome !== 'did not apply').length > 0
  const knobs = set.map(({ knob, to }) => ` --set ${argument(`${knob}=${to}`)}`)
  return [
    commands([
      '# the same changes again, in a notebook that has the session they are from',
      command(`replicate ${argument(session)}${each ? ' --each' : ''}${knobs.join('')}`),
    ]),
  ]
}

/** Replications that are listed, the newest. */
const MAX_REPLICATIONS = 5

/** What `pnpm replicate` found of this session's changes, here or on other machines. */
export function replicatedByPart({ replicatedBy, metric, kept }: Digest): Section {
  if (replicatedBy.length === 0) return []
  const shown = replicatedBy.slice(-MAX_REPLICATIONS).toReversed()
  const left = replicatedBy.length - shown.length
  const described = new Map(kept.map(k => [k.experiment, k.description]))
  const rows = shown.flatMap(facts => singlesOf(facts).map(change => ({ facts, change })))
  const columns: Column<(typeof rows)[number]>[] = [
    { head: 'Experiment', cell: ({ change }) => change.of.map(experimentName).join(', ') },
    {
      head: 'Change',
      cell: ({ change }) => short(described.get(change.of[0] ?? -1) ?? change.description),
    },
    { head: 'Run again on', cell: ({ facts }) => brief([placeText(facts), ...transferTexts(facts)].join(', ')) },
    { head: 'Outcome there', cell: ({ change }) => change.outcome },
    { head: `${metric.name} there`, align: 'right', cell: ({ change }) => foundText(change, metric) ?? '–' },
  ]
  return [
    bullets([
      ...shown.map(facts => stackSentence(facts, { metric })),
      ...(left > 0 ? [`${plural(left, 'earlier replication')}.`] : []),
    ]),
    ...(rows.length === 0 ? [] : [table(rows.slice(0, MAX_OPEN), columns)]),
    ...(rows.length <= MAX_OPEN
      ? []
      : [fold(table(rows.slice(MAX_OPEN, MAX_ROWS), columns), plural(rows.length - MAX_OPEN, 'more change'))]),
    ...(rows.length === 0 ? [] : [paragraph('Run by themselves on the baseline there, each with its 95% interval.')]),
  ]
}

/** "2026-11-24-rtx4090-rep: all 6 changes together, replicated on RTX 4090: confirmed, −0.0121 ± 0.0042. Here: −0.0282 ± 0.0030." */
export function stackSentence(facts: ReplicationOfThis, { metric }: Pick<Digest, 'metric'>): string {
  const stack = stackOf(facts)
  if (stack === undefined)
    return `${brief(facts.by)}, on ${placeText(facts)}: ${facts.changes.length === 0 ? 'not finished' : 'none of the changes applied'}.`
  const original = thereText(stack.there, metric)
  return `${brief(facts.by)}: ${replicatedText(stack, facts, metric)}${original === null ? '' : `; here ${original}`}.`
}
