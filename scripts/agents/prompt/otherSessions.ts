/** Findings of other sessions on the same task, and experiments that people rejected. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { gainsOf } from '../../analysis/gains.ts'
import { replicationFacts } from '../../analysis/replication/facts.ts'
import type { Digest } from '../../analysis/schema.ts'
import { shapeTexts } from '../../analysis/search/knob.ts'
import { knobs } from '../../analysis/search/knobs.ts'
import { experimentName } from '../../record/files/paths.ts'
import type { Rejection } from '../../record/files/rejections.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { bestOf } from '../../record/state.ts'
import type { Row, Section } from './fit.ts'
import type { OtherSession, PromptInput, Replicated } from './input.ts'
import { dataLine, gainText, valueText } from './text.ts'

/** Whether two sessions edit the same files for the same metric; machine and budget may differ. */
export const sameTask = (a: Session, b: Session): boolean =>
  a.program === b.program &&
  a.metric.name === b.metric.name &&
  a.metric.goal === b.metric.goal &&
  // A collected session may not record its editable files.
  (a.contract.edit === undefined ||
    b.contract.edit === undefined ||
    isDeepStrictEqual(a.contract.edit, b.contract.edit))

/** Keeps, and knobs, of each session. */
const MAX_ENTRIES = 12

export function summarizeSession(
  session: Session,
  experiments: Experiment[],
  patches: Map<number, string>,
  rejections: Rejection[],
  digest: Digest | null,
): OtherSession {
  const { goal } = session.metric
  const gains = gainsOf(experiments, goal)
  const labels = new Map(digest?.kept.map(({ experiment, label }) => [experiment, label]))
  const kept = experiments.flatMap(({ number, status, description }) => {
    const gain = gains.get(number) ?? null
    return status === 'keep' && gain !== null ? [{ description, gain, word: labels.get(number) ?? null }] : []
  })
  const isReplication = session.replication !== undefined
  const best = isReplication ? undefined : bestOf(experiments, goal)
  return {
    id: session.id,
    machine: session.machine.gpu ?? session.machine.cpu ?? session.machine.label,
    budget: session.budget,
    experiments: experiments.filter(({ number }) => number > 0).length,
    replicationOf: session.replication?.session ?? null,
    baseline: experiments.find(e => e.number === 0)?.metric ?? null,
    best: best?.metric ?? null,
    // What a replication found has lines of its own.
    confirmed: isReplication ? null : (digest?.confirmed ?? null),
    replicated: replicatedChanges(session, experiments, digest),
    kept: isReplication ? [] : kept.toSorted((a, b) => b.gain - a.gain).slice(0, MAX_ENTRIES),
    knobs: knobs(experiments, patches, goal, session.noise)
      .knobs.filter(({ shape }) => shape !== 'unclear')
      .map(({ id, shape, best }) => ({ id, shape, best }))
      .slice(-MAX_ENTRIES),
    rejected: rejections.map(({ experiment, why }) => ({
      number: experiment,
      why,
      description: experiments.find(e => e.number === experiment)?.description ?? '',
    })),
  }
}

/** What a replication found, the result of all changes together first; empty of any other session. */
function replicatedChanges(session: Session, experiments: Experiment[], digest: Digest | null): Replicated[] {
  const facts = digest?.replicationOf ?? replicationFacts(session, experiments)
  return (facts?.changes ?? [])
    .toSorted((a, b) => Number(b.isStack) - Number(a.isStack))
    .slice(0, MAX_ENTRIES)
    .map(({ of, description, outcome, found, there }) => ({ of, description, outcome, found, there }))
}

/** "replicated +0.0121 [+0.0079, +0.0163] confirmed, +0.0282 where it is from  0002, 0004: LR 3e-3 to 1e-2" */
function replicatedLine({ of, description, outcome, found, there }: Replicated, beside: number): string {
  const gain = (value: number) => gainText(value, beside)
  const here = found === null ? '' : ` ${gain(found.gain)} [${found.interval.map(gain).join(', ')}]`
  const original = there === null ? '' : `, ${gain(there.gain)} where it is from`
  return `replicated${here} ${outcome}${original}  ${of.slice(0, MAX_ENTRIES).map(experimentName).join(', ')}: ${dataLine(description)}`
}

/** The newest session first; for each its largest keeps, then its knobs. */
export function otherSessionsSection({ otherSessions, state }: PromptInput): Section {
  const rows: Row[] = otherSessions.flatMap((other, i) => {
    const beside = other.baseline ?? other.best ?? 1
    const findings = [
      ...other.replicated.map(change => `  ${replicatedLine(change, beside)}`),
      ...other.kept.map(
        k => `  kept ${gainText(k.gain, beside)}${k.word ? ` ${k.word}` : ''}  ${dataLine(k.description)}`,
      ),
      ...other.knobs.map(
        k =>
          `  ${dataLine(k.id, 60)}: ${k.shape === 'flat' ? shapeTexts.flat : `best ${dataLine(k.best, 24)} (${k.shape})`}`,
      ),
    ]
    // When there is no room for all, each session keeps its first lines.
    return [sessionLine(other, state.session.budget, beside), ...findings].map((text, place) => ({
      text,
      rank: place + i / 100,
    }))
  })
  return {
    name: 'other sessions',
    intro:
      rows.length === 0
        ? ''
        : '# Other sessions on this program\nTheir machine, budget and files may differ. Use their findings as hints to test, not as results of this session.',
    rows,
    fenced: true,
    share: 2500,
    kind: 'steady',
  }
}

function sessionLine(other: OtherSession, budget: number | null, beside: number): string {
  const { id, machine, experiments, baseline, best, confirmed } = other
  const parts = [
    dataLine(machine, 60),
    other.budget === budget ? 'same budget' : other.budget === null ? 'unknown budget' : `budget ${other.budget} s`,
    other.replicationOf === null
      ? `${experiments} experiments`
      : `a replication of changes of ${dataLine(other.replicationOf, 80)}`,
    baseline === null || best === null ? '' : `${valueText(baseline, [best])} to ${valueText(best, [baseline])}`,
    confirmed === null
      ? ''
      : `confirmed ${gainText(confirmed.gain, beside)} [${confirmed.interval.map(end => gainText(end, beside)).join(', ')}]`,
  ]
  return `${dataLine(id, 80)}: ${parts.filter(part => part !== '').join(', ')}`
}

/** Experiments that people rejected, of this session and of others. They are not wanted, whatever their gain. */
export function rejectedSection({ rejected, otherSessions, state }: PromptInput): Section {
  const own = rejected.map(({ experiment, why }) => {
    const found = state.experiments.find(e => e.number === experiment)
    const kept = found?.status === 'keep' ? ' (still in the files; you may remove it)' : ''
    return `${experimentName(experiment)} ${dataLine(found?.description ?? '')}${kept}: ${dataLine(why, 240)}`
  })
  const others = otherSessions.flatMap(({ id, rejected }) =>
    rejected.map(
      ({ number, description, why }) =>
        `${dataLine(id, 80)} ${experimentName(number)} ${dataLine(description)}: ${dataLine(why, 240)}`,
    ),
  )
  const rows = [...own.toReversed(), ...others].map((text, rank) => ({ text, rank }))
  return {
    name: 'rejected',
    intro:
      rows.length === 0
        ? ''
        : '# Rejected by a person, with the reason\nDo not propose these or similar changes, whatever their gain.',
    rows,
    fenced: true,
    share: 1200,
    kind: 'steady',
  }
}
