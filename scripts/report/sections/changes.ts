/** The sections on changes: kept, unproven, dead ends, failures. */
import { isOpen, needsText } from '../../analysis/labels.ts'
import { delta, ledgerText, list, shareText, twoDigits } from '../../analysis/numbers.ts'
import { outcomeOf } from '../../analysis/result/outcome.ts'
import type { Digest, Kept } from '../../analysis/schema.ts'
import { metricTexts, percent } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { brief, bullets, type Column, paragraph, type Section, table } from '../nodes.ts'
import { ablated } from './ablation.ts'
import { statusWords } from './session.ts'

/** Rows in the table of dead ends; the full log has all. */
const MAX_DEAD_ENDS = 10
/** Rows in the tables of kept changes (largest first) and of failures; the full log has all. */
const [MAX_KEPT, MAX_FAILURES] = [60, 30]
/** Unproven changes that get a line each; beyond that they share one. */
const MAX_UNPROVEN = 5
/** Experiments named in a sentence. */
const MAX_NAMES = 25

export function keptPart({
  kept,
  metric,
  bestSingleRun,
  warnings,
  final,
  labelNeeds,
  pairs,
  collected,
  tried,
}: Digest): Section {
  if (kept.length === 0) return []
  const shown = kept.slice(0, MAX_KEPT)
  const chances = kept.some(k => k.pReal !== null)
  const memory = kept.some(k => k.memoryMb !== null && k.memoryMb > 0)
  const found = new Map(warnings.map(d => [d.experiment, d]))
  const about = bestSingleRun?.baseline ?? 1
  const simpler = kept.filter(k => k.gain <= 0).length
  const without = (tried.keep ?? 0) - kept.length
  const removed = new Set(final?.removed.map(({ experiment }) => experiment))
  const text = [
    chances
      ? `P(real) is the probability that the true gain is above zero${pairs === null ? ', with the luck of the head that it was measured against counted in' : ', by the pairs of each experiment'}.`
      : '',
    labelNeeds && kept.some(k => k.label === 'too few runs')
      ? `Too few runs: ${needsText(labelNeeds, kept[0]?.pReal ?? null)}`
      : '',
    kept.length > 1 ? 'Share is of the summed gains.' : '',
    shown.length < kept.length ? `The ${shown.length} largest of ${kept.length}; the full log has all.` : '',
    simpler > 0
      ? `${plural(simpler, 'change')} without a gain ${simpler === 1 ? 'was' : 'were'} kept${collected ? ': why is not known' : ' for removing lines'}.`
      : '',
    without > 0
      ? `${plural(without, 'more kept change')} ${without === 1 ? 'has' : 'have'} no value; the full log has ${without === 1 ? 'it' : 'them'}.`
      : '',
    removed.size > 0 ? 'Those marked “taken out” are not in the final.' : '',
  ]
  const value = metricTexts([...kept.map(k => k.metric), ...(bestSingleRun ? [bestSingleRun.baseline] : [])])
  const rows = table(shown, [
    { head: 'Experiment', cell: k => experimentName(k.experiment) },
    {
      head: 'Change',
      cell: k => `${withWarning(k, found.get(k.experiment))}${removed.has(k.experiment) ? ' [taken out]' : ''}`,
    },
    { head: metric.name, align: 'right', cell: k => value(k.metric) },
    { head: 'Against the best', align: 'right', cell: k => delta(k.gain, metric, about) },
    ...(kept.length > 1 ? [share] : []),
    ...(chances ? [chance] : []),
    { head: 'Label', cell: k => k.label },
    { head: 'Lines', align: 'right', cell: k => lines(k) },
    ...(memory ? [memoryColumn] : []),
  ])
  const note = text.some(sentence => sentence !== '') ? [paragraph(...text)] : []
  return [rows, ...note]
}

/** A description with what contradicts it, since it is the proposer's unchecked claim. */
const withWarning = ({ description }: Kept, warning: Digest['warnings'][number] | undefined): string =>
  warning ? `${brief(description)} (but ${brief(warning.found)})` : brief(description)

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
  head: 'P(real)',
  align: 'right',
  cell: k => (k.pReal === null ? '–' : percent(k.pReal)),
}

/** "+3 −1"; a dash if the diff is unknown. */
export const lines = ({ linesAdded, linesRemoved }: Pick<Experiment, 'linesAdded' | 'linesRemoved'>): string =>
  linesAdded === null || linesRemoved === null ? '–' : `+${linesAdded} −${linesRemoved}`

export function unprovenPart(digest: Digest, session: Session): Section {
  const { kept, confirmed, holdout, metric, bestSingleRun } = digest
  if (kept.length === 0 || bestSingleRun === null) return []
  const { kind } = outcomeOf(digest)
  const items = [
    kind === 'unconfirmed' && bestSingleRun.gain > 0
      ? 'The gain as a whole: baseline and head were not run again.'
      : '',
    kind === 'inconclusive' ? 'The gain as a whole: its interval includes zero.' : '',
    kind === 'worse' ? 'That any of it helps: the kept changes together made it worse.' : '',
    kind === 'confirmed' && kept.length - (digest.final?.removed.length ?? 0) > 1 ? whichChange(digest) : '',
    confirmed && holdout?.verdict !== 'better'
      ? `A gain on data other than ${metric.name}'s: ${holdout === null ? 'no holdout was measured' : "the holdout's interval does not show one"}.`
      : '',
    ...unprovenItems(digest, bestSingleRun.baseline),
    session.machine.label === 'unknown'
      ? 'Any machine: the one that made the runs is not known.'
      : `Other machines: all runs are from ${session.machine.label}.`,
  ]
  return [bullets(items.filter(item => item !== ''))]
}

/** How many changes were ablated: only an ablation shows the effect of a single change. */
function whichChange(digest: Digest): string {
  const [all, out] = [digest.kept.length - (digest.final?.removed.length ?? 0), ablated(digest).length]
  if (out === all) return ''
  const which = out === 0 ? 'none was' : `${all - out} of ${all} were not`
  return `Which change did it: the total is confirmed, but ${which} taken out and measured alone.`
}

/** Kept changes that are unproven or refuted: one line each, or one line per label if there are many. */
function unprovenItems(digest: Digest, about: number): string[] {
  const { final } = digest
  // A change that was taken out has its own section.
  const kept = digest.kept.filter(k => !final?.removed.some(({ experiment }) => experiment === k.experiment))
  // The only change is judged by the total gain.
  const open = kept.length === 1 ? [] : kept.filter(k => isOpen(k.label))
  if (open.length <= MAX_UNPROVEN) return open.map(k => unprovenItem(k, digest, about))
  return (['too few runs', 'unproven', 'refuted'] as const).flatMap(word => {
    const some = open.filter(k => k.label === word)
    if (some.length === 0) return []
    // What lost, or gained nothing, has no share.
    const part = some.some(k => k.gain > 0)
      ? `${shareText(some.reduce((sum, k) => sum + (k.share ?? 0), 0))} of the gains`
      : 'without a gain'
    const named = some.slice(0, MAX_NAMES).map(k => experimentName(k.experiment))
    const names = list(some.length > named.length ? [...named, `${some.length - named.length} more`] : named)
    const which = `${some.length} of the ${kept.length} changes, ${part}`
    const [them, alone] = some.length === 1 ? ['it', 'itself'] : ['them', 'themselves']
    return [`${which}: ${word === 'too few runs' ? `too few runs to judge ${them}` : word} by ${alone}, ${names}.`]
  })
}

function unprovenItem(
  { experiment, description, gain, pReal, label }: Kept,
  { metric, noise, collected }: Digest,
  about: number,
): string {
  const what = `${experimentName(experiment)} “${brief(description)}”`
  if (gain <= 0) {
    const why = collected ? 'why it was kept is not known' : 'it removes lines'
    return `${what}: no gain was claimed (${delta(gain, metric, about)}); ${why}.`
  }
  const sigmas = noise && noise.sigma > 0 ? `, ${(gain / noise.sigma).toFixed(1)}σ` : ''
  const odds = pReal === null ? 'P(real) unknown' : `P(real) ${percent(pReal)}`
  return `${what}: ${label}, ${delta(gain, metric, about)}${sigmas}, ${odds}.`
}

export function deadEndsPart(
  { deadEnds, metric, bestSingleRun, detectable, pairs }: Digest,
  experiments: Experiment[],
): Section {
  if (deadEnds.length === 0) return []
  const about = bestSingleRun?.baseline ?? 1
  const shown = deadEnds.slice(0, MAX_DEAD_ENDS)
  const near = detectable ? deadEnds.filter(d => Math.abs(d.delta) < detectable).length : 0
  const reasons = new Map(experiments.map(e => [e.number, e.reason]))
  // Discarded despite a better metric: the reason matters here.
  const betterDiscards = deadEnds.filter(d => d.delta > 0)
  const notes = [
    shown.length < deadEnds.length ? `The ${shown.length} worst of ${deadEnds.length}; the full log has all.` : '',
    near > 0 && detectable ? nearNote(near, deadEnds.length, detectable, pairs) : '',
  ].filter(note => note !== '')
  const value = ledgerText(experiments)
  const rows = table(shown, [
    { head: 'Experiment', cell: d => experimentName(d.experiment) },
    { head: 'Change', cell: d => brief(d.description) },
    { head: metric.name, align: 'right', cell: d => value(d.metric) },
    { head: 'Against the best', align: 'right', cell: d => delta(d.delta, metric, about) },
  ])
  const better = betterDiscards
    .slice(0, MAX_DEAD_ENDS)
    .map(d => `${experimentName(d.experiment)} was better and yet discarded: ${brief(reasons.get(d.experiment) ?? '')}`)
  return [
    rows,
    ...(notes.length > 0 ? [paragraph(...notes)] : []),
    ...(better.length > 0 ? [bullets([...better, ...more(betterDiscards.length - better.length)])] : []),
  ]
}

const more = (left: number): string[] => (left > 0 ? [`So were ${left} more; the full log has the reasons.`] : [])

/** Sentence on discards within the noise of the best. */
function nearNote(near: number, all: number, detectable: number, pairs: number | null): string {
  const which = near === all ? (all === 1 ? 'It' : 'All of them') : `${near} of ${all}`
  const within = `within ${twoDigits(detectable)} of the best`
  const little = pairs === null ? 'one run does' : `${plural(pairs, 'pair')} do`
  return near === 1
    ? `${which} lies ${within} it was made against: ${little} not show that it is worse.`
    : `${which} lie ${within} they were made against: ${little} not show that they are worse.`
}

export function failuresPart({ failures }: Digest): Section {
  if (failures.length === 0) return []
  const shown = failures.slice(0, MAX_FAILURES)
  const rows = table(shown, [
    { head: 'Experiment', cell: f => experimentName(f.experiment) },
    { head: 'Change', cell: f => brief(f.description) },
    { head: 'Status', cell: f => statusWords[f.status] },
    { head: 'Reason', cell: f => brief(f.reason) },
  ])
  const rest = failures.length - shown.length
  return [rows, ...(rest > 0 ? [paragraph(`${rest} more failed; the full log has all.`)] : [])]
}
