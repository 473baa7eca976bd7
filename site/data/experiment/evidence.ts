/** The evidence for a verdict: the runs it is based on, P(real), reruns, other sessions' findings, contradictions. */

import { rerunsEach } from '../../../scripts/analysis/confirm/seeds.ts'
import { pRealText } from '../../../scripts/analysis/labels.ts'
import { briefDelta, deltaDigits, plusMinus, size } from '../../../scripts/analysis/numbers.ts'
import {
  placeText,
  replicatedText,
  replicationsOfExperiment,
  transferSentence,
} from '../../../scripts/analysis/replication/words.ts'
import { removedText } from '../../../scripts/analysis/result/phrases.ts'
import type { Kept } from '../../../scripts/analysis/schema.ts'
import { change, metricText, percent, signed } from '../../../scripts/lib/format.ts'
import { ownRuns } from '../../../scripts/record/files/curve.ts'
import { isSearch } from '../../../scripts/record/purposes.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import type { Confirmed } from '../../../scripts/stats/confirm.ts'
import { cut } from '../../figures/text.ts'
import { experimentOf, parentOf, type View } from '../view.ts'
import { capital, countText, countWord, hrefs, rerunsInWords } from '../words.ts'
import { foundElsewhere, replicationsOfView } from './elsewhere.ts'

/** Sentences about the decision, in the order a sceptical reader asks; empty for the baseline. */
export function decisionSentences(v: View, e: Experiment): string[] {
  if (e.number === 0) return []
  if (v.replication !== null) return [v.replicated.has(e.number) ? transferSentence(v.replication) : ''].filter(Boolean)
  const kept = v.digest?.kept.find(k => k.experiment === e.number)
  return [
    basisText(v, e),
    neededText(v, e),
    kept ? realText(kept, v) : '',
    removedSentence(v, e),
    kept ? rerunText(kept, v) : '',
    nearMissText(v, e),
    contradictions(v, e),
    v.digest?.overBudget.find(w => w.experiment === e.number)?.sentence ?? '',
    ...(v.digest?.traces ?? []).filter(t => t.experiments.includes(e.number)).map(t => t.sentence),
  ].filter(Boolean)
}

/** e.g. "It rests on one run against the mean of three of the best so far, experiment 12." */
function basisText(v: View, e: Experiment): string {
  if (!e.decision) return ''
  const parent = parentOf(v, e)
  if (e.decision.pairs) {
    const { count, half } = e.decision.pairs
    const sure = half === null ? '' : ` (95% ± ${size(half, e.decision.head)})`
    return `It rests on ${countText(count, 'pair')} of runs side by side with experiment ${parent?.number ?? 'unknown'}, the head at that time${sure}: the mean of the middle third of their differences.`
  }
  if (v.session.source?.kind === 'table')
    return parent
      ? `It is compared here with ${metricText(e.decision.head)} of experiment ${parent.number}, the best that was kept before it; what the session compared it with, and by how many runs, is not known.`
      : ''
  const mine = measured(e)
  const theirs = parent ? measured(parent) : 0
  if (mine === 0 || theirs === 0)
    return `It was judged against ${metricText(e.decision.head)}${parent ? ` of experiment ${parent.number}` : ''}; how many runs that rests on is not known.`
  const own = mine === 1 ? 'one run' : `the mean of ${countWord(mine)} runs`
  const best = theirs === 1 ? 'one of the best so far' : `the mean of ${countWord(theirs)} of the best so far`
  return `It rests on ${own} against ${best}, experiment ${parent?.number}.`
}

/** Number of runs that the verdict is based on, without confirm and ablation runs. */
const measured = (e: Experiment): number =>
  e.runs.filter(r => r.metric !== null && isSearch(r)).length || (ownRuns(e).length > 0 ? 1 : 0)

function neededText(v: View, e: Experiment): string {
  const d = e.decision
  if (!d || d.needed === null || d.linesAdded === null || d.linesRemoved === null || d.needed === 0) return ''
  const net = d.linesAdded - d.linesRemoved
  const text = signed(change(d.needed, v.session.metric.goal), deltaDigits(d.head))
  return d.needed > 0
    ? `Its ${countText(net, 'more line')} asked for ${text} at least.`
    : `As it has ${countText(-net, 'line')} less, up to ${text} would have been accepted.`
}

function realText({ pReal: p, label, labelReason, share }: Kept, { digest }: View): string {
  if (p === null) return `P(real) is not known. Its label is “${label}”: ${labelReason}`
  const part = share === null || share <= 0 ? 'The' : `It is ${percent(share)} of the summed gains of the session; the`
  const assumed = digest?.assumed ? ' (noise assumed, not measured)' : ''
  return `${part} probability that its gain is above zero, P(real), is ${pRealText(p)}${assumed}. Its label is “${label}”: ${labelReason}`
}

/** What prune did with it, and why P(real) is another one now. */
function removedSentence({ digest }: View, { number }: Experiment): string {
  const removed = removedText(digest?.final ?? null, number)
  return removed === null
    ? ''
    : `It was taken out of the final ${removed}: σ was that of the loop's runs; now the runs of confirm count in it too.`
}

function rerunText({ rerun, ablation, ablationError }: Kept, { session: { metric }, digest }: View): string {
  const seeds = digest?.seeds ?? { use: 'unknown' as const }
  const final = digest?.final?.kind === 'pruned' ? 'final' : 'head'
  const result = (c: Confirmed) =>
    `${plusMinus(c, metric)} (${rerunsEach(seeds, c.seeds, rerunsInWords)}): ${c.verdict === 'better' ? 'it helps' : c.verdict === 'worse' ? 'it harms' : 'inconclusive'}`
  return [
    rerun ? `Run again against the tree it was made on: ${result(rerun)}.` : '',
    ablation ? `The ${final} with it against the ${final} without it: ${result(ablation)}.` : '',
    ablationError && !ablation ? `It could not be taken out of the best: ${ablationError.replace(/\.$/, '')}.` : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** A discard whose loss is within noise. */
function nearMissText({ digest, session: { metric } }: View, e: Experiment): string {
  const miss = digest?.near.misses.find(m => m.experiment === e.number)
  if (!miss) return ''
  const by =
    miss.shortfall > 0
      ? `Missed by ${briefDelta(miss.shortfall, metric, e.metric ?? 1).slice(1)}`
      : 'As good as the best so far'
  const noise = digest?.assumed ? ' (noise assumed, not measured)' : ''
  return `${by}: within the noise of two runs${noise}, so luck alone may have discarded it.`
}

function contradictions({ digest }: View, e: Experiment): string {
  const warnings = (digest?.warnings ?? []).filter(w => w.experiment === e.number)
  return warnings.map(w => `Its description says “${w.claim}”, but ${w.found}.`).join(' ')
}

export interface OtherFinding {
  href: string
  session: string
  what: string
}

const by = {
  tree: 'the same code',
  change: 'the same change',
  knob: 'the same knob the same way',
  reverse: 'the same knob the other way',
  words: 'the same by its description',
  replication: 'the same change, run again there',
}
const says = { same: 'agrees', opposite: 'disagrees', nothing: 'shows nothing' }

/** The original's experiments of a replication's, and what replications found of this one; links to their pages. */
export function replicationLinks(v: View, e: Experiment, views: View[]): OtherFinding[] {
  const { metric } = v.session
  const change = v.replicated.get(e.number)
  const original = views.find(other => other.id === v.replication?.session)
  const from = (change?.of ?? []).flatMap(number => {
    const there = original && experimentOf(original, number)
    return there
      ? [
          {
            href: hrefs.experiment(original.id, number),
            session: `${original.session.machine.label}, experiment ${number}`,
            what: `${change && change.of.length > 1 ? 'One of its changes is that of' : 'Its change is that of'} “${cut(there.description, 100)}”.`,
          },
        ]
      : []
  })
  const again = replicationsOfExperiment(replicationsOfView(v, views), e.number).map(({ change, facts }) => ({
    href: hrefs.experiment(facts.by, change.experiment),
    session: `${placeText(facts)}, experiment ${change.experiment}`,
    what: `${capital(replicatedText(change, facts, metric))}.`,
  }))
  return [...from, ...again]
}

/** What other sessions found for a kept change, without replications of it; null where nothing is comparable. */
export function otherSessions(v: View, e: Experiment, views: View[]): OtherFinding[] | null {
  const known = foundElsewhere(v, views).find(r => r.experiment === e.number)
  if (!known?.comparable) return null
  return known.found.flatMap(f => {
    if (f.by === 'replication') return []
    const other = views.find(o => o.id === f.session)
    if (!other?.experiments.some(o => o.number === f.experiment)) return []
    const gain = f.gain === null ? 'failed' : briefDelta(f.gain, other.session.metric, other.baseline ?? 1)
    return [
      {
        href: hrefs.experiment(f.session, f.experiment),
        session: `${f.machine}, experiment ${f.experiment}`,
        what: `${capital(by[f.by])}: ${gain}, ${says[f.says]}.`,
      },
    ]
  })
}
