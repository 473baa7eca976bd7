/**
 * What a session that starts from another's final has gained, from the original baseline and from its own start. The one
 * place that says so: report, pages, terminal, comparison and status read it. Pure.
 */
import { change } from '../lib/format.ts'
import { capital, plural, sanitizeText } from '../lib/text.ts'
import type { Experiment, Metric, Noise, Run, Session } from '../record/schema.ts'
import type { Inherited } from '../record/taken.ts'
import type { Confirmed } from '../stats/confirm.ts'
import { type Excess, excessOfFinal } from './budget.ts'
import { confirmedBetween, confirmRunsOf, holdoutBetween } from './confirm/confirmed.ts'
import { ranLonger } from './confirm/runs.ts'
import { rerunsEach } from './confirm/seeds.ts'
import { pairsOfSession } from './noise/noise.ts'
import { briefDelta, fromTo, plusMinus } from './numbers.ts'
import type { Digest, InheritedFacts } from './schema.ts'
import { movedConstants } from './source/movedConstants.ts'

type Inheriting = Pick<Session, 'inherited' | 'metric' | 'budget' | 'readsBudget' | 'contract'>

/** Runs of the original baseline that ended by themselves. */
export const originRunsOf = (session: Pick<Session, 'inherited'>, experiments: Experiment[]): Run[] =>
  (experiments.find(e => e.number === 0)?.runs ?? []).filter(
    run => run.purpose === 'origin' && run.commit === session.inherited?.base && run.outcome !== 'aborted',
  )

/**
 * The original baseline as an experiment: its commit, and its runs as if they were its own. Those beside confirm's are
 * confirm runs. null where nothing is inherited, or before the baseline is recorded.
 */
export function originOf(
  session: Pick<Session, 'inherited'>,
  experiments: Experiment[],
): (Experiment & { commit: string }) | null {
  const baseline = experiments.find(e => e.number === 0)
  const { inherited } = session
  if (inherited === undefined || baseline === undefined) return null
  const beside = new Set(confirmRunsOf(baseline).map(run => run.seed))
  const runs = originRunsOf(session, experiments).map(
    (run): Run => ({ ...run, purpose: beside.has(run.seed) ? 'confirm' : 'baseline' }),
  )
  return { ...baseline, commit: inherited.base, runs, looks: [] }
}

/**
 * @param final the head or the pruned head; undefined where nothing was kept, or its runs compare with nothing
 * @param noise the loop's σ, as confirm uses it
 * @param patch what was inherited; null where it is not recorded
 */
export function inheritedFacts(
  session: Inheriting,
  experiments: Experiment[],
  final: Experiment | undefined,
  noise: Noise | null,
  patch: string | null,
): InheritedFacts | null {
  const { inherited, metric } = session
  if (inherited === undefined) return null
  const origin = originOf(session, experiments)
  const baseline = experiments.find(e => e.number === 0)
  const first = origin?.runs.find(run => run.purpose === 'baseline')
  const overBudget = final && origin ? excessOf(session, origin, final) : null
  const against = (tree: Experiment | undefined): Confirmed | null =>
    origin && tree && final
      ? confirmedBetween(origin, withLooksOf(final, tree), metric.goal, noise, pairsOfSession(session, experiments))
      : null
  return {
    from: inherited,
    single: singleOf(first?.metric ?? null, baseline, metric),
    why: first && first.metric === null ? `${first.outcome}: ${first.why}` : null,
    total: overBudget === null ? against(final) : null,
    // Without a name, a target's second value is not known to be of other data.
    holdout:
      origin && overBudget === null && metric.holdout !== null ? holdoutBetween(origin, final, metric.goal) : null,
    start: against(baseline),
    overBudget,
    constants: patch === null ? [] : movedConstants([0], new Map([[0, patch]])),
  }
}

/** Every comparison of confirm's runs was made as often as the final's. */
const withLooksOf = (final: Experiment, tree: Experiment): Experiment => ({
  ...tree,
  looks: (final.looks ?? [])
    .filter(look => look.purpose === 'confirm' && look.head === final.number && look.commit === final.commit)
    .map(look => ({ ...look, head: tree.number, commit: tree.commit })),
})

/** Confirm's runs of the final beside those of the original baseline. The first run of a tree may compile. */
function excessOf(session: Inheriting, origin: Experiment, final: Experiment): Excess | null {
  return excessOfFinal(session, origin.runs, confirmRunsOf(final))
}

function singleOf(origin: number | null, baseline: Experiment | undefined, { goal }: Metric): InheritedFacts['single'] {
  // On the same seed; the mean of all of the baseline's runs would be of other seeds.
  const start = baseline?.runs.find(run => run.purpose === 'baseline' && run.metric !== null)?.metric ?? null
  return origin === null || start === null ? null : { origin, start, gain: change(start - origin, goal) + 0 }
}

/** The facts that the sentences are made from. */
export type InheritedTold = Pick<Digest, 'inherited' | 'metric' | 'seeds' | 'confirmed' | 'bestSingleRun' | 'pairs'>

/** Each a sentence or two; "" where there is nothing to say. */
export interface InheritedSentences {
  /** "This session starts from the final of <id> (H200): 3 changes are inherited, found by that session and not by this one." */
  from: string
  /** The gain from the original baseline and the part that was inherited, as measured in this session: it may be of another machine than the reader's. */
  gains: string
  /** What the other session's records say; nothing of it was measured here. */
  there: string
}

/** null where nothing is inherited. */
export function inheritedSentences(told: InheritedTold): InheritedSentences | null {
  const { inherited, metric } = told
  if (inherited === null) return null
  const { from } = inherited
  return {
    from: `This session starts from ${startText(from)}: ${inheritedCount(from)}, found by that session and not by this one.`,
    gains: gainsText(inherited, told),
    there: thereText(from, metric),
  }
}

/** "the final of 2026-11-20-h200-nov20 (NVIDIA H200)" */
export function startText({ session, machine, isFinal }: Inherited): string {
  const where = machine === null ? '' : ` (${sanitizeText(machine, 60)})`
  return `${isFinal ? 'the final' : 'the kept changes'} of ${sanitizeText(session, 120)}${where}`
}

const inheritedCount = ({ experiments }: Inherited): string =>
  `${plural(experiments.length, 'change')} ${experiments.length === 1 ? 'is' : 'are'} inherited`

function gainsText(
  { single, why, total, holdout, start, overBudget }: InheritedFacts,
  { metric, seeds, confirmed, bestSingleRun, pairs }: InheritedTold,
): string {
  if (total !== null) {
    const parts = [
      start === null ? '' : `the inherited changes alone: ${measuredText(start, metric)}`,
      confirmed === null ? '' : `what this session added: ${measuredText(confirmed, metric)}`,
    ].filter(text => text !== '')
    const rest = parts.length === 0 ? '' : ` ${capital(parts.join('; '))}.`
    const held =
      holdout === null ? '' : ` On the holdout, from the original baseline: ${measuredText(holdout, metric)}.`
    const each = rerunsEach(seeds, total.seeds)
    return `From the original baseline: ${metric.name} ${fromTo(total.baseline, total.head)}, ${measuredText(total, metric)} (95% interval, ${each}, in this session).${rest}${held}`
  }
  if (why !== null)
    return `The original baseline did not run in this session (${sanitizeText(why, 200)}), so gains are counted from this session's start alone.`
  const over =
    overBudget === null
      ? ''
      : ` The final ${ranLonger(overBudget)}, longer than the original baseline, so the two are not compared.`
  if (single === null)
    return `The original baseline has not been run yet, so gains are counted from this session's start alone.${over}`
  const alone = singleRunsText(single, metric)
  const best = bestSingleRun !== null && bestSingleRun.experiment > 0 && pairs === null ? bestSingleRun.best : null
  const whole =
    best === null
      ? ''
      : ` From the original baseline to the best single run: ${fromTo(single.origin, best)}, in part luck.`
  return `${alone}${whole}${over}`
}

/** "The inherited changes, in a single run on each side in this session: …"; null before both ran, and where one failed. */
export function singleText(session: Inheriting, experiments: Experiment[]): string | null {
  const facts = inheritedFacts(session, experiments, undefined, null, null)
  return facts?.single ? singleRunsText(facts.single, session.metric) : null
}

const singleRunsText = ({ origin, start, gain }: NonNullable<InheritedFacts['single']>, metric: Metric): string =>
  `The inherited changes, in a single run on each side in this session: ${metric.name} ${fromTo(origin, start)} (${briefDelta(gain, metric, origin)}), not confirmed.`

/** "−0.0282 ± 0.0030, confirmed" */
const measuredText = (found: Confirmed, metric: Metric): string =>
  `${plusMinus(found, metric)}, ${{ better: 'confirmed', inconclusive: 'inconclusive', worse: 'worse' }[found.verdict]}`

function thereText({ confirmed, budget, machine }: Inherited, metric: Metric): string {
  const where = `${machine === null ? '' : ` on ${sanitizeText(machine, 60)}`}${budget === null ? '' : ` with ${budget} s of training a run`}`
  return confirmed === null
    ? `By that session's own records they were not confirmed there${where}; nothing of that was measured in this session.`
    : `By that session's own records their gain there${where} was ${plusMinus(confirmed, metric)} ${metric.name} (95% interval); nothing of that was measured in this session.`
}
