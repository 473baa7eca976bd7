/** What other sessions on the same measurement found, and what people rejected. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { gainsOf } from '../../analysis/gains.ts'
import type { Digest } from '../../analysis/schema.ts'
import { knobs } from '../../analysis/search/knobs.ts'
import { experimentName } from '../../record/files.ts'
import type { Rejection } from '../../record/rejections.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import type { Row, Section } from './fit.ts'
import type { Elsewhere, Told } from './input.ts'
import { datum, gainText, valueText } from './text.ts'

/** Whether two sessions search the same files for the same metric, on whatever machine and for whatever time. */
export const sameTask = (a: Session, b: Session): boolean =>
  a.program === b.program &&
  a.metric.name === b.metric.name &&
  a.metric.goal === b.metric.goal &&
  // A collected session does not always tell what it edited.
  (a.contract.edit === undefined ||
    b.contract.edit === undefined ||
    isDeepStrictEqual(a.contract.edit, b.contract.edit))

/** So many keeps and knobs of each. */
const mostTold = 12

export function summarise(
  session: Session,
  experiments: Experiment[],
  patches: Map<number, string>,
  rejections: Rejection[],
  digest: Digest | null,
): Elsewhere {
  const { goal } = session.metric
  const gains = gainsOf(experiments, goal)
  const words = new Map(digest?.kept.map(({ experiment, label }) => [experiment, label]))
  const kept = experiments.flatMap(({ number, status, description }) => {
    const gain = gains.get(number) ?? null
    return status === 'keep' && gain !== null ? [{ description, gain, word: words.get(number) ?? null }] : []
  })
  const best = experiments.findLast(e => e.status === 'keep' && e.metric !== null)
  return {
    id: session.id,
    machine: session.machine.gpu ?? session.machine.cpu ?? session.machine.label,
    budget: session.budget,
    experiments: experiments.length,
    baseline: experiments.find(e => e.number === 0)?.metric ?? null,
    best: best?.metric ?? null,
    confirmed: digest?.confirmed ?? null,
    kept: kept.toSorted((a, b) => b.gain - a.gain).slice(0, mostTold),
    knobs: knobs(experiments, patches, goal, session.noise?.sigma ?? null)
      .filter(({ shape }) => shape !== 'unclear')
      .map(({ id, shape, best }) => ({ id, shape, best }))
      .slice(-mostTold),
    rejected: rejections.map(({ experiment, why }) => ({
      number: experiment,
      why,
      description: experiments.find(e => e.number === experiment)?.description ?? '',
    })),
  }
}

/** The newest session first; of each its best keeps, then its knobs. */
export function elsewhereSection({ elsewhere, state }: Told): Section {
  const rows: Row[] = elsewhere.flatMap((other, i) => {
    const beside = other.baseline ?? other.best ?? 1
    const told = [
      ...other.kept.map(
        k => `  kept ${gainText(k.gain, beside)}${k.word ? ` ${k.word}` : ''}  ${datum(k.description)}`,
      ),
      ...other.knobs.map(
        k => `  ${datum(k.id, 60)}: ${k.shape === 'flat' ? 'flat' : `best ${datum(k.best, 24)} (${k.shape})`}`,
      ),
    ]
    // Of each session something, before more of one.
    return [sessionLine(other, state.session.budget, beside), ...told].map((text, place) => ({
      text,
      rank: place + i / 100,
    }))
  })
  return {
    name: 'elsewhere',
    head:
      rows.length === 0
        ? ''
        : '# From elsewhere: what other sessions on this program found\nMachine, budget and files may be others than yours: hints to test, not results of this session.',
    rows,
    fenced: true,
    share: 2500,
    kind: 'steady',
  }
}

function sessionLine(other: Elsewhere, budget: number | null, beside: number): string {
  const { id, machine, experiments, baseline, best, confirmed } = other
  const parts = [
    datum(machine, 60),
    other.budget === budget ? 'the same budget' : other.budget === null ? 'unknown budget' : `budget ${other.budget} s`,
    `${experiments} experiments`,
    baseline === null || best === null ? '' : `${valueText(baseline)} to ${valueText(best)}`,
    confirmed === null
      ? ''
      : `confirmed ${gainText(confirmed.gain, beside)} [${confirmed.interval.map(end => gainText(end, beside)).join(', ')}]`,
  ]
  return `${datum(id, 80)}: ${parts.filter(part => part !== '').join(', ')}`
}

/** People's rejections, of this session and of others: whatever the number says, they are not wanted. */
export function rejectedSection({ rejected, elsewhere, state }: Told): Section {
  const own = rejected.map(({ experiment, why }) => {
    const found = state.experiments.find(e => e.number === experiment)
    const kept = found?.status === 'keep' ? ' (it is still in the files: taking it out is welcome)' : ''
    return `${experimentName(experiment)} ${datum(found?.description ?? '')}${kept}: ${datum(why, 240)}`
  })
  const others = elsewhere.flatMap(({ id, rejected }) =>
    rejected.map(
      ({ number, description, why }) =>
        `${datum(id, 80)} ${experimentName(number)} ${datum(description)}: ${datum(why, 240)}`,
    ),
  )
  const rows = [...own.toReversed(), ...others].map((text, rank) => ({ text, rank }))
  return {
    name: 'rejected',
    head:
      rows.length === 0
        ? ''
        : "# Rejected by a person, and why\nDon't propose these or the like, however good their numbers.",
    rows,
    fenced: true,
    share: 1200,
    kind: 'steady',
  }
}
