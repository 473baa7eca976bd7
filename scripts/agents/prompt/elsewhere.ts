/** What other sessions on the same measurement found, and what people rejected. Pure. */
import { experimentName } from '../../record/files.ts'
import type { Rejection } from '../../record/rejected.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { gainsOf } from '../../report/facts/gains.ts'
import { type Knob, knobs } from '../../report/facts/knobs.ts'
import type { Row, Section } from './fit.ts'
import { datum, gainText, valueText } from './text.ts'
import type { Told } from './told.ts'

/** Another session's findings, made once a night. */
export interface Elsewhere {
  id: string
  machine: string
  /** Seconds of a run; null where a collected session doesn't tell. */
  budget: number | null
  experiments: number
  baseline: number | null
  best: number | null
  /** Best first. */
  kept: { number: number; description: string; gain: number }[]
  /** Knobs whose shape is known. */
  knobs: Pick<Knob, 'id' | 'shape' | 'best'>[]
  rejected: { number: number; description: string; why: string }[]
}

/** Whether two sessions measure the same thing, on whatever machine and for whatever time. */
export const sameTask = (a: Session, b: Session): boolean =>
  a.program === b.program && a.metric.name === b.metric.name && a.metric.goal === b.metric.goal

export function summarise(
  session: Session,
  experiments: Experiment[],
  patches: Map<number, string>,
  rejections: Rejection[],
): Elsewhere {
  const { goal } = session.metric
  const gains = gainsOf(experiments, goal)
  const kept = experiments.flatMap(({ number, status, description }) => {
    const gain = gains.get(number) ?? null
    return status === 'keep' && gain !== null ? [{ number, description, gain }] : []
  })
  const best = experiments.findLast(e => e.status === 'keep' && e.metric !== null)
  return {
    id: session.id,
    machine: session.machine.gpu ?? session.machine.cpu ?? session.machine.label,
    budget: session.budget,
    experiments: experiments.length,
    baseline: experiments.find(e => e.number === 0)?.metric ?? null,
    best: best?.metric ?? null,
    kept: kept.toSorted((a, b) => b.gain - a.gain),
    knobs: knobs(experiments, patches, goal, session.noise?.sigma ?? null)
      .filter(({ shape }) => shape !== 'unclear')
      .map(({ id, shape, best }) => ({ id, shape, best })),
    rejected: rejections.map(({ experiment, why }) => ({
      ...{ number: experiment, why },
      description: experiments.find(e => e.number === experiment)?.description ?? '',
    })),
  }
}

/** The newest session first; of each its best keeps, then its knobs. */
export function elsewhereSection({ elsewhere, state }: Told): Section {
  const rows: Row[] = elsewhere.flatMap((other, i) => {
    const beside = other.baseline ?? other.best ?? 1
    const range =
      other.baseline === null || other.best === null ? '' : `, ${valueText(other.baseline)} to ${valueText(other.best)}`
    const budget =
      other.budget === null
        ? 'unknown budget'
        : other.budget === state.session.budget
          ? 'the same budget'
          : `a budget of ${other.budget} s`
    const head = `${datum(other.id, 80)}: ${datum(other.machine, 60)}, ${budget}, ${other.experiments} experiments${range}`
    const told = [
      ...other.kept.map(k => `  kept ${gainText(k.gain, beside)}  ${datum(k.description)}`),
      ...other.knobs.map(
        k => `  ${datum(k.id, 60)}: ${k.shape === 'flat' ? 'flat' : `best ${datum(k.best, 24)} (${k.shape})`}`,
      ),
    ]
    return [{ text: head, rank: i / 100 }, ...told.map((text, place) => ({ text, rank: place + 1 + i / 100 }))]
  })
  return {
    name: 'elsewhere',
    head:
      rows.length === 0
        ? ''
        : '# From elsewhere: what other sessions on this program found\nOther machines, budgets and files than yours: hints to test, not results of this night.',
    rows,
    ...{ fenced: true, share: 2500, grows: false },
  }
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
    ...{ fenced: true, share: 1200, grows: false },
  }
}
