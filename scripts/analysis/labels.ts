/** The label of a kept change, from its P(real) and from re-runs. The only place of the thresholds. */
import { percent } from '../lib/format.ts'
import { plural } from '../lib/text.ts'
import type { Experiment, Noise } from '../record/schema.ts'
import type { Confirmed } from '../stats/confirm.ts'
import type { Label, LabelNeeds } from './schema.ts'

/** From this P(real), at most one change in ten has no effect: enough to build on, not to publish alone. */
export const LIKELY_THRESHOLD = 0.9
/** Below this P(real), nine changes in ten have no effect, so the change should be removed rather than tested again. */
const REFUTED_THRESHOLD = 0.1
/**
 * P(real) is believed once σ has this many degrees of freedom and this many experiments were measured: with less, σ may
 * be off by half, and the prior decides more than the session. `pnpm bench judge --topics label` measures it.
 */
const NEEDED_DF = 6
const NEEDED_EXPERIMENTS = 15

export interface Evidence {
  /** Gain when it was kept. */
  gain: number
  /** P(real) of this gain; null where σ is unknown or rests on a single pair of runs. */
  pReal: number | null
  /** What P(real) lacks to be believed; null where it lacks nothing. */
  needs: LabelNeeds | null
  /** Whether the machine drifted, which makes a comparison of runs at different times unsafe. */
  drifted: boolean
  /** The head against the head without the change, in runs of confirm; null when not run. */
  ablation: Confirmed['verdict'] | null
  /** The change against its parent, both in runs of confirm; null when not run. */
  rerun: Confirmed['verdict'] | null
  /** All kept changes together in runs of confirm. */
  stack: Confirmed['verdict'] | null
}

/**
 * What P(real) lacks to be believed; null where it lacks nothing.
 *
 * @param noise σ from all runs, those of confirm included; null where it was not measured, even if one is assumed
 */
export function labelNeeds(noise: Noise | null, experiments: Experiment[]): LabelNeeds | null {
  const measured = experiments.filter(e => e.number > 0 && e.metric !== null).length
  const df = noise?.df ?? 0
  return df >= NEEDED_DF && measured >= NEEDED_EXPERIMENTS ? null : { df, experiments: measured }
}

/**
 * P(real) as "91%". Near a threshold it is rounded down where that keeps it on its side: 89.6%, which is not likely, is
 * "89%", since "90%" would be. Never "100%" or "0%", which only rounding makes.
 */
export function pRealText(pReal: number): string {
  const text = percent(Math.min(1 - 1e-9, Math.max(1e-9, pReal)))
  const reaches = [LIKELY_THRESHOLD, REFUTED_THRESHOLD].some(t => pReal < t && text === percent(t))
  return reaches ? `${Math.floor(100 * pReal)}%` : text
}

/** Whether a change is neither confirmed nor likely. */
export const isOpen = (label: Label): boolean => label !== 'confirmed' && label !== 'likely'

/** A label, and in a sentence or two what it means for this change. */
export interface Labelled {
  label: Label
  labelReason: string
}

/**
 * A re-run outweighs P(real), and an ablation outweighs a re-run. A simplification was kept without a gain, so only a
 * re-run can refute it. Where all changes together made the metric worse, or the machine drifted, none is labelled likely.
 */
export function labelOf(evidence: Evidence): Labelled {
  const { gain, pReal, needs, drifted, ablation, rerun, stack } = evidence
  if (ablation === 'better' || ablation === 'worse')
    return rerunLabel(ablation, 'all kept changes together were', 'with this one than without it')
  if (rerun === 'better' || rerun === 'worse') return rerunLabel(rerun, 'it was', 'than the code it was made from')
  if (gain <= 0)
    return labelled('unproven', 'It was kept without a gain by its value, as a change that removes lines may be.')
  if (needs !== null || pReal === null) return labelled('too few runs', needsText(needs ?? NO_NOISE, pReal))
  const probability = `P(real) is ${pRealText(pReal)}`
  if (pReal < REFUTED_THRESHOLD)
    return labelled(
      'refuted',
      `${probability}: by all runs of the session, its gain when it was kept was most likely noise.`,
    )
  if (pReal < LIKELY_THRESHOLD)
    return labelled('unproven', `${probability}: its gain may be noise. Likely needs ${percent(LIKELY_THRESHOLD)}.`)
  if (stack === 'worse')
    return labelled('unproven', `${probability}, but all kept changes together made the metric worse in confirm.`)
  if (drifted)
    return labelled(
      'unproven',
      `${probability}, but the machine drifted, so that runs at different times are not safe to compare.`,
    )
  return labelled(
    'likely',
    `${probability} by all runs of the session: of such changes, about nine in ten or more truly help. No re-run has confirmed this change alone.`,
  )
}

const labelled = (label: Label, labelReason: string): Labelled => ({ label, labelReason })

/** By runs that no verdict used. @param what, @param than e.g. "it was", "than the code it was made from" */
const rerunLabel = (verdict: 'better' | 'worse', what: string, than: string): Labelled =>
  labelled(
    verdict === 'better' ? 'confirmed' : 'refuted',
    `By runs that no verdict used, ${what} ${verdict} ${than}: the whole 95% interval is ${verdict === 'better' ? 'above' : 'below'} zero.`,
  )

/** Without σ nothing else matters. */
const NO_NOISE: LabelNeeds = { df: 0, experiments: NEEDED_EXPERIMENTS }

/**
 * e.g. "σ rests on 2 degrees of freedom; 6 are needed. 8 experiments were measured; 15 are needed."
 * @param pReal of the change, or of any kept one; null: none is given
 */
export function needsText({ df, experiments }: LabelNeeds, pReal: number | null): string {
  const sigma =
    df === 0
      ? `σ was not measured: no code was run twice${pReal === null ? '' : ', and P(real) rests on an assumed one'}.`
      : df === 1 && pReal === null
        ? `σ rests on a single pair of runs, too little for P(real); ${NEEDED_DF} degrees of freedom are needed.`
        : `σ rests on ${plural(Math.floor(df), 'degree')} of freedom; ${NEEDED_DF} are needed.`
  return [
    ...(df < NEEDED_DF ? [sigma] : []),
    ...(experiments < NEEDED_EXPERIMENTS
      ? [
          `${plural(experiments, 'experiment')} ${experiments === 1 ? 'was' : 'were'} measured; ${NEEDED_EXPERIMENTS} are needed.`,
        ]
      : []),
  ].join(' ')
}
