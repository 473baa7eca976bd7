/** The gain of each kept change, in the order of the verdicts, and how much of the best single run's gain was confirmed. */

import { rerunPlace } from '../../../scripts/analysis/confirm/seeds.ts'
import { isOpen } from '../../../scripts/analysis/labels.ts'
import { plusMinus } from '../../../scripts/analysis/numbers.ts'
import type { Digest } from '../../../scripts/analysis/schema.ts'
import { change, percent } from '../../../scripts/lib/format.ts'
import { isPaired } from '../../../scripts/record/pairs.ts'
import type { Step, Waterfall } from '../../figures/waterfall/steps.ts'
import type { KeptChange, View } from '../view.ts'
import { capital, countText, countWord } from '../words.ts'
import { singleRunChange } from './answer.ts'

/** The largest changes have a row each; those between them are merged. */
const MAX_NAMED = 20

/** Data of the waterfall figure; null where nothing was kept. */
export function waterfall(v: View): Waterfall | null {
  const { baseline, digest } = v
  // The steps of our own sessions add up to the head, which may be a little worse than the best. A collected row is compared
  // with the best before it: the steps that better it add up to the best.
  const end = isCollectedTable(v) ? v.best : v.head
  const steps = stepsOf(v).filter(s => !isCollectedTable(v) || s.gain > 0)
  if (baseline === null || end === null || steps.length === 0) return null
  const gain = change(end - baseline, v.session.metric.goal)
  return {
    metric: v.session.metric,
    steps: groupSmallSteps(steps, v.kept),
    singleRuns: { gain, baseline, best: end, name: end === v.best ? 'best single run' : 'head, single runs' },
    confirmed: digest?.confirmed ?? null,
    holdout: digest?.holdout ?? null,
    where: digest ? rerunPlace(digest.seeds) : '',
  }
}

const isCollectedTable = ({ session }: View): boolean => session.source?.kind === 'table'

/** A step for each kept change. Of a paired session the gains are added: its values are of different times. */
export function stepsOf(v: View): Step[] {
  const steps = inOrder(v).flatMap(k => step(v, k) ?? [])
  if (!isPaired(v.session)) return steps
  let total = 0
  return steps.map(s => {
    const from = total
    total += s.gain
    return { ...s, from, to: total }
  })
}

/** In the order of the verdicts. */
const inOrder = ({ experiments, kept }: View): KeptChange[] =>
  experiments.flatMap(e => kept.find(k => k.number === e.number) ?? [])

function step({ frontierData, session, baseline }: View, k: KeptChange): Step | null {
  const value = frontierData.points.find(p => p.number === k.number)?.value ?? null
  if (k.gain === null || value === null || baseline === null) return null
  const to = session.metric.goal === 'minimize' ? baseline - value : value - baseline
  const sure = k.label === null ? null : !isOpen(k.label)
  return { number: String(k.number), name: k.description, from: to - k.gain, to, gain: k.gain, sure, pReal: k.pReal }
}

function groupSmallSteps(steps: Step[], kept: KeptChange[]): Step[] {
  if (steps.length <= MAX_NAMED + 2) return steps
  const named = new Set(kept.slice(0, MAX_NAMED).map(k => String(k.number)))
  const groups: Step[][] = []
  for (const s of steps) {
    const last = groups.at(-1)
    if (last && !named.has(s.number) && !named.has(last[0]?.number ?? '')) last.push(s)
    else groups.push([s])
  }
  return groups.map(group => (group.length === 1 ? group : [sum(group)]).at(0) as Step)
}

function sum(group: Step[]): Step {
  const [first, last] = [group[0] as Step, group.at(-1) as Step]
  const gain = group.reduce((total, s) => total + s.gain, 0)
  const name = `${countWord(group.length)} smaller changes`
  const sure = group.every(s => s.sure === null) ? null : group.every(s => s.sure === true)
  const numbers = group.map(s => Number(s.number))
  return {
    number: `${Math.min(...numbers)}–${Math.max(...numbers)}`,
    name,
    from: first.from,
    to: last.to,
    gain,
    sure,
    pReal: null,
  }
}

/** The caption; the finding is how much of the claim was confirmed, or which changes it came from. */
export function waterfallCaption(v: View): { finding: string; reading: string } {
  const doubtful = v.kept.some(k => k.label !== null && isOpen(k.label))
  const left = isCollectedTable(v) ? v.kept.length - stepsOf(v).filter(s => s.gain > 0).length : 0
  const parts = [
    'Each bar starts where the one above it ended',
    left > 0
      ? `${countText(left, 'kept change')} without a gain over the best before ${left === 1 ? 'has' : 'have'} none`
      : '',
    doubtful ? 'pale bars are neither likely nor confirmed by their labels' : '',
  ].filter(Boolean)
  return { finding: confirmedText(v) ?? concentration(v), reading: `${parts.join('; ')}.` }
}

/** e.g. "−0.0271 ± 0.0008 is confirmed, 96% of the −0.0282 of single runs." */
function confirmedText(v: View): string | null {
  const { digest } = v
  const confirmed = digest?.confirmed
  if (!digest || !confirmed || v.gain === null || v.gain <= 0) return null
  const text = plusMinus(confirmed, v.session.metric)
  if (confirmed.verdict === 'inconclusive')
    return `Single runs show ${singleRunChange(v)}; in confirm the change is ${text}, which includes zero.`
  if (confirmed.verdict === 'worse')
    return `Single runs show ${singleRunChange(v)}; ${rerunPlace(digest.seeds)} it is worse: ${text}.`
  return `${text} is confirmed, ${percent(confirmed.gain / v.gain)} of the ${singleRunChange(v)} of single runs.`
}

function concentration({ kept, gain }: View): string {
  const [first] = kept
  if (!first?.gain || !gain || gain <= 0) return 'What each kept change added.'
  if (kept.filter(k => (k.gain ?? 0) > 0).length === 1)
    return `Experiment ${first.number} made all of the gain of the single runs.`
  const half = Math.floor(kept.length / 2)
  const most = `Experiment ${first.number} alone made ${percent(Math.min(1, first.gain / gain))} of the gain of the single runs`
  const smallest = kept.slice(-half).reduce((sum, k) => sum + (k.gain ?? 0), 0)
  if (half < 2 || smallest <= 0) return `${most}.`
  return `${most}; the ${countWord(half)} smallest together ${percent(smallest / gain)}.`
}

/** Sentences before the figure: how many changes are unproven, and how much selection alone would explain. */
export function claimSentences(v: View): string[] {
  const { digest, kept } = v
  const unproven = kept.filter(k => k.label !== null && isOpen(k.label))
  const share = unproven.reduce((sum, k) => sum + (k.share ?? 0), 0)
  const luck = digest?.nullGain ?? null
  return [
    unproven.length === 0
      ? ''
      : unproven.length === kept.length
        ? 'No single change is confirmed.'
        : `${capital(countWord(unproven.length))} of the ${countWord(kept.length)} kept changes ${unproven.length === 1 ? 'is' : 'are'} neither confirmed nor likely, ${unproven.length === 1 ? 'with' : 'together'} ${percent(share)} of the summed gains.`,
    luck !== null && v.gain
      ? `Selection alone would explain ${luckShare(luck, v.gain)}${digest?.assumed ? ' (noise assumed, not measured)' : ''}.`
      : '',
  ].filter(Boolean)
}

/** e.g. "about 23% of this gain (12 to 71% by the interval of σ)", or "all of this gain". */
function luckShare({ gain, interval }: NonNullable<Digest['nullGain']>, single: number): string {
  const [low, high] = (interval ?? []).map(value => Math.round((100 * value) / single))
  const to = high === undefined || high < 100 ? `to ${high}%` : 'to all of it'
  const range =
    low === undefined || low >= 100
      ? ''
      : ` (${low}${high !== undefined && high < 100 ? '' : '%'} ${to} by the interval of σ)`
  return `${gain / single < 0.995 ? `about ${percent(gain / single)} of this gain` : 'all of this gain'}${range}`
}
