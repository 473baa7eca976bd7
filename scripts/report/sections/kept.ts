/** The section on the kept changes: the largest gains first, the others folded. */
import { needsText, pRealText } from '../../analysis/labels.ts'
import { delta, shareText } from '../../analysis/numbers.ts'
import type { Digest, Kept } from '../../analysis/schema.ts'
import { metricTexts } from '../../lib/format.ts'
import { plural } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { brief, bullets, type Column, paragraph, type Section, short, table } from '../nodes.ts'
import { fold } from '../render/fold.ts'

/** Rows that stand open, and rows in all; the full log has all. */
const [MAX_OPEN, MAX_KEPT] = [6, 60]
/** Hypotheses that are listed, those of the largest gains. */
const MAX_HYPOTHESES = 10

export function keptPart(digest: Digest): Section {
  const { kept } = digest
  if (kept.length === 0) return []
  // One more row takes less room than a fold with one row in it.
  const open = kept.length <= MAX_OPEN + 1 ? kept : kept.slice(0, MAX_OPEN)
  const rest = kept.slice(open.length, MAX_KEPT)
  const columns = columnsOf(digest)
  const notes = notesOf(digest)
  return [
    table(open, columns),
    ...(notes.length > 0 ? [paragraph(...notes)] : []),
    ...(rest.length > 0
      ? [fold(table(rest, columns), `${plural(rest.length, 'more kept change')}, largest first`)]
      : []),
  ]
}

function columnsOf({ kept, metric, bestSingleRun, warnings, final }: Digest): Column<Kept>[] {
  const about = bestSingleRun?.baseline ?? 1
  const value = metricTexts([...kept.map(k => k.metric), ...(bestSingleRun ? [bestSingleRun.baseline] : [])])
  const found = new Map(warnings.map(w => [w.experiment, w.found]))
  const removed = new Set(final?.removed.map(({ experiment }) => experiment))
  const change = ({ experiment, description }: Kept) => {
    const warning = found.get(experiment)
    // A description is the proposer's unchecked claim, so what contradicts it stands beside it.
    const contradicted = warning === undefined ? '' : ` (but ${brief(warning)})`
    return `${short(description)}${contradicted}${removed.has(experiment) ? ' [taken out]' : ''}`
  }
  const chances = kept.some(k => k.pReal !== null)
  // Where too little is known for any label, the note says so once.
  const labels = kept.some(k => k.label !== 'too few runs')
  return [
    { head: 'Δ vs best', align: 'right', cell: k => delta(k.gain, metric, about) },
    { head: 'Experiment', cell: k => experimentName(k.experiment) },
    { head: 'Change', cell: change },
    { head: metric.name, align: 'right', cell: k => value(k.metric) },
    ...(chances ? [chance] : []),
    ...(labels ? [{ head: 'Label', cell: (k: Kept) => k.label }] : []),
  ]
}

const chance: Column<Kept> = {
  head: 'P(real)',
  align: 'right',
  cell: k => (k.pReal === null ? '–' : pRealText(k.pReal)),
}

/** Sentences below the table: concentration, why labels are missing, and which changes are no gains. */
function notesOf({ kept, labelNeeds, final, tried, ofTable = false, pairs, confirmed }: Digest): string[] {
  const simpler = kept.filter(k => k.gain <= 0).length
  const without = (tried.keep ?? 0) - kept.length
  const all = [
    concentration(kept),
    kept.some(k => k.pReal !== null)
      ? `P(real): the probability that the true gain is above zero, ${pairs === null ? `corrected for selection${confirmed === null ? '' : '; σ is by all runs, those of confirm included'}` : 'by the pairs of each experiment'}.`
      : '',
    labelNeeds && kept.some(k => k.label === 'too few runs')
      ? `Too few runs to label single changes: ${needsText(labelNeeds, kept[0]?.pReal ?? null)}`
      : '',
    simpler > 0
      ? `${plural(simpler, 'change')} without a gain ${simpler === 1 ? 'was' : 'were'} kept${ofTable ? ': why is not known' : ' for removing lines'}.`
      : '',
    without > 0
      ? `${plural(without, 'more kept change')} ${without === 1 ? 'has' : 'have'} no value; the full log has ${without === 1 ? 'it' : 'them'}.`
      : '',
    (final?.removed.length ?? 0) > 0 ? 'Those marked “taken out” are not in the final.' : '',
  ]
  return all.filter(sentence => sentence !== '')
}

/** "The 3 largest make 69% of the summed gains." Empty with three kept changes or fewer. */
function concentration(kept: Kept[]): string {
  const top = kept.slice(0, 3)
  if (kept.length <= top.length || top.some(k => k.share === null)) return ''
  return `The ${top.length} largest make ${shareText(top.reduce((sum, k) => sum + (k.share ?? 0), 0))} of the summed gains.`
}

/** What agents expected of the largest gains before these were run; the tuner's are rules, not reasons. */
export function whyPart({ kept }: Digest, experiments: Experiment[]): Section {
  const why = new Map(experiments.flatMap(e => (e.agent.use === 'tuner' ? [] : [[e.number, e.hypothesis] as const])))
  const withReason = kept.filter(k => k.gain > 0 && why.get(k.experiment)).slice(0, MAX_HYPOTHESES)
  if (withReason.length === 0) return []
  const items = withReason.map(
    k => `${experimentName(k.experiment)} “${short(k.description)}”: ${brief(why.get(k.experiment) ?? '')}`,
  )
  return [fold(bullets(items), 'Hypotheses for the largest gains (untested)')]
}

/** "+3 −1"; a dash if the diff is unknown. */
export const lines = ({ linesAdded, linesRemoved }: Pick<Experiment, 'linesAdded' | 'linesRemoved'>): string =>
  linesAdded === null || linesRemoved === null ? '–' : `+${linesAdded} −${linesRemoved}`
