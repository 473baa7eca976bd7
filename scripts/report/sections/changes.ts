/** The sections on changes: what was kept, what of it is not proven, what did not work, what did not run. */

import { delta, list, shareText, twoDigits } from '../../analysis/numbers.ts'
import { outcomeOf } from '../../analysis/outcome.ts'
import type { Digest, Kept } from '../../analysis/schema.ts'
import { metricText, percent } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { brief, bullets, type Column, paragraph, type Section, table } from '../nodes.ts'
import { ablated } from './ablation.ts'
import { statusWords } from './session.ts'

/** Rows of the dead ends; the full log has them all. */
const mostDeadEnds = 10
/** Rows of the kept changes, largest first, and of the failures; the full log has them all. */
const [mostKept, mostFailures] = [60, 30]
/** Doubtful changes that get a line each; the table above has their numbers anyway. */
const mostDoubts = 5
/** Experiments that a sentence names. */
const mostNames = 25

export function keptPart({ kept, metric, bestSingleRun, warnings }: Digest): Section {
  if (kept.length === 0) return []
  const shown = kept.slice(0, mostKept)
  const chances = kept.some(k => k.pReal !== null)
  const memory = kept.some(k => k.memoryMb !== null && k.memoryMb > 0)
  const found = new Map(warnings.map(d => [d.experiment, d]))
  const about = bestSingleRun?.baseline ?? 1
  const simpler = kept.filter(k => k.gain <= 0).length
  const text = [
    chances ? 'Chance is the probability that the gain is real, luck of the best counted in.' : '',
    kept.length > 1 ? 'Share is of the gains as they were kept.' : '',
    shown.length < kept.length ? `The ${shown.length} largest of ${kept.length}; the full log has all.` : '',
    simpler > 0
      ? `${plural(simpler, 'change')} without a gain ${simpler === 1 ? 'was' : 'were'} kept for removing lines.`
      : '',
  ]
  const rows = table(shown, [
    { head: 'Experiment', cell: k => experimentName(k.experiment) },
    { head: 'Change', cell: k => withDoubt(k, found.get(k.experiment)) },
    { head: metric.name, align: 'right', cell: k => metricText(k.metric) },
    { head: 'Against the best', align: 'right', cell: k => delta(k.gain, metric, about) },
    ...(kept.length > 1 ? [share] : []),
    ...(chances ? [chance] : []),
    { head: 'Word', cell: k => k.label },
    { head: 'Lines', align: 'right', cell: k => lines(k) },
    ...(memory ? [memoryColumn] : []),
  ])
  const note = text.some(sentence => sentence !== '') ? [paragraph(...text)] : []
  return [rows, ...note]
}

/** A description is a claim: what the records say against it stands beside it. */
const withDoubt = ({ description }: Kept, doubt: Digest['warnings'][number] | undefined): string =>
  doubt ? `${brief(description)} (but ${brief(doubt.found)})` : brief(description)

const memoryColumn: Column<Kept> = {
  head: 'Memory',
  align: 'right',
  cell: k => (k.memoryMb === null ? '–' : `${(k.memoryMb / 1024).toFixed(1)} GB`),
}

const share: Column<Kept> = {
  head: 'Share',
  align: 'right',
  cell: k => (k.share === null ? '–' : shareText(k.share)),
}
const chance: Column<Kept> = {
  head: 'Chance',
  align: 'right',
  cell: k => (k.pReal === null ? '–' : percent(k.pReal)),
}

/** "+3 −1"; a dash where the diff is not known. */
export const lines = ({ linesAdded, linesRemoved }: Pick<Experiment, 'linesAdded' | 'linesRemoved'>): string =>
  linesAdded === null || linesRemoved === null ? '–' : `+${linesAdded} −${linesRemoved}`

export function unprovenPart(digest: Digest, session: Session): Section {
  const { kept, confirmed, holdout, metric, bestSingleRun } = digest
  if (kept.length === 0 || bestSingleRun === null) return []
  const { kind } = outcomeOf(digest)
  const items = [
    kind === 'unconfirmed' ? 'The gain as a whole: baseline and head were not compared on unused seeds.' : '',
    kind === 'inconclusive' ? 'The gain as a whole: its interval includes zero.' : '',
    kind === 'worse' ? 'That any of it helps: the kept changes together made it worse.' : '',
    kind === 'confirmed' && kept.length > 1 ? whichChange(digest) : '',
    confirmed && holdout?.verdict !== 'better'
      ? `A gain on data other than ${metric.name}'s: ${holdout === null ? 'no holdout was measured' : "the holdout's interval does not show one"}.`
      : '',
    ...doubts(digest, bestSingleRun.baseline),
    `Other machines: all runs are from ${session.machine.label}.`,
  ]
  return [bullets(items.filter(item => item !== ''))]
}

/** How many of the changes were taken out of the head, which alone tells what each does in it. */
function whichChange(digest: Digest): string {
  const [all, out] = [digest.kept.length, ablated(digest).length]
  if (out === all) return ''
  const which = out === 0 ? 'none was' : `${all - out} of ${all} were not`
  return `Which change did it: the total is confirmed, but ${which} taken out and measured alone.`
}

/** Kept changes that are not shown to help by themselves: each with its numbers, or where they are many, in one line. */
function doubts(digest: Digest, about: number): string[] {
  const { kept } = digest
  // A sole change is the gain as a whole.
  const open = kept.length === 1 ? [] : kept.filter(k => k.label === 'unproven' || k.label === 'refuted')
  if (open.length <= mostDoubts) return open.map(k => doubt(k, digest, about))
  return (['unproven', 'refuted'] as const).flatMap(word => {
    const some = open.filter(k => k.label === word)
    if (some.length === 0) return []
    const part = shareText(some.reduce((sum, k) => sum + (k.share ?? 0), 0))
    const named = some.slice(0, mostNames).map(k => experimentName(k.experiment))
    const names = list(some.length > named.length ? [...named, `${some.length - named.length} more`] : named)
    const which = `${some.length} of the ${kept.length} changes, ${part} of the gains`
    return [`${which}: ${word} by ${some.length === 1 ? 'itself' : 'themselves'}, ${names}.`]
  })
}

function doubt(
  { experiment, description, gain, pReal, label }: Kept,
  { metric, noise }: Digest,
  about: number,
): string {
  const what = `${experimentName(experiment)} “${brief(description)}”`
  if (gain <= 0) return `${what}: no gain was claimed (${delta(gain, metric, about)}); it removes lines.`
  const sigmas = noise && noise.sigma > 0 ? `, ${(gain / noise.sigma).toFixed(1)}σ` : ''
  const odds = pReal === null ? 'chance unknown' : `chance ${percent(pReal)}`
  return `${what}: ${label}, ${delta(gain, metric, about)}${sigmas}, ${odds}.`
}

export function deadEndsPart(
  { deadEnds, metric, bestSingleRun, detectable }: Digest,
  experiments: Experiment[],
): Section {
  if (deadEnds.length === 0) return []
  const about = bestSingleRun?.baseline ?? 1
  const shown = deadEnds.slice(0, mostDeadEnds)
  const near = detectable ? deadEnds.filter(d => Math.abs(d.delta) < detectable).length : 0
  const reasons = new Map(experiments.map(e => [e.number, e.reason]))
  // Better by its metric and discarded all the same: the reason is what matters there.
  const told = deadEnds.filter(d => d.delta > 0)
  const notes = [
    shown.length < deadEnds.length ? `The ${shown.length} worst of ${deadEnds.length}; the full log has all.` : '',
    near > 0 && detectable ? nearNote(near, deadEnds.length, detectable) : '',
  ].filter(note => note !== '')
  const rows = table(shown, [
    { head: 'Experiment', cell: d => experimentName(d.experiment) },
    { head: 'Change', cell: d => brief(d.description) },
    { head: metric.name, align: 'right', cell: d => metricText(d.metric) },
    { head: 'Against the best', align: 'right', cell: d => delta(d.delta, metric, about) },
  ])
  const better = told
    .slice(0, mostDeadEnds)
    .map(d => `${experimentName(d.experiment)} was better and yet discarded: ${brief(reasons.get(d.experiment) ?? '')}`)
  return [
    rows,
    ...(notes.length > 0 ? [paragraph(...notes)] : []),
    ...(better.length > 0 ? [bullets([...better, ...more(told.length - better.length)])] : []),
  ]
}

const more = (left: number): string[] => (left > 0 ? [`So were ${left} more; the full log has the reasons.`] : [])

/** Discards that one run does not tell from the best. */
function nearNote(near: number, all: number, detectable: number): string {
  const which = near === all ? (all === 1 ? 'It' : 'All of them') : `${near} of ${all}`
  const within = `within ${twoDigits(detectable)} of the best`
  return near === 1
    ? `${which} lies ${within} it was made against: one run does not show that it is worse.`
    : `${which} lie ${within} they were made against: one run does not show that they are worse.`
}

export function failuresPart({ failures }: Digest): Section {
  if (failures.length === 0) return []
  const shown = failures.slice(0, mostFailures)
  const rows = table(shown, [
    { head: 'Experiment', cell: f => experimentName(f.experiment) },
    { head: 'Change', cell: f => brief(f.description) },
    { head: 'Status', cell: f => statusWords[f.status] },
    { head: 'Reason', cell: f => brief(f.reason) },
  ])
  const rest = failures.length - shown.length
  return [rows, ...(rest > 0 ? [paragraph(`${rest} more failed; the full log has all.`)] : [])]
}
