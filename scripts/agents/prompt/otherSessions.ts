/** Findings of other sessions on the same task, and experiments that people rejected. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { gainsOf } from '../../analysis/gains.ts'
import { replicationFacts } from '../../analysis/replication/facts.ts'
import type { Digest } from '../../analysis/schema.ts'
import { shapeTexts } from '../../analysis/search/knob.ts'
import { knobs } from '../../analysis/search/knobs.ts'
import { statusWords } from '../../analysis/statusWords.ts'
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

/** @param inherited numbers of its experiments with which this session starts; null: it does not start from it */
export function summarizeSession(
  session: Session,
  experiments: Experiment[],
  patches: Map<number, string>,
  rejections: Rejection[],
  digest: Digest | null,
  inherited: number[] | null = null,
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
    ...(inherited && {
      inherited: {
        experiments: inherited,
        tried: experiments
          .filter(({ number }) => number > 0)
          .map(({ number, status, description }) => ({ number, status, description, gain: gains.get(number) ?? null })),
      },
    }),
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

/** Above this, the least telling experiments of the inherited session are left out. */
const MAX_TRIED = 60

/**
 * The session that this one starts from: what is in the files already, then all else that it tried, the nearest to a gain
 * first. Empty where the session inherits nothing, or the other one is gone.
 */
export function inheritedSection({ otherSessions, state }: PromptInput): Section {
  const other = otherSessions.find(each => each.inherited !== undefined)
  const memory = other?.inherited
  if (other === undefined || memory === undefined) return emptyInherited
  const beside = other.baseline ?? other.best ?? 1
  const line = ({ number, status, description, gain }: (typeof memory.tried)[number]) =>
    `${experimentName(number)} ${statusWords[status]}${gain === null ? '' : ` ${gainText(gain, beside)}`}  ${dataLine(description)}`
  const isIn = ({ number }: { number: number }) => memory.experiments.includes(number)
  const rest = memory.tried
    .filter(each => !isIn(each))
    .sort((a, b) => (b.gain ?? Number.NEGATIVE_INFINITY) - (a.gain ?? Number.NEGATIVE_INFINITY))
    .slice(0, MAX_TRIED)
  const knobLines = other.knobs.map(knobLine)
  const rows = [
    sessionLine(other, state.session.budget, beside),
    ...memory.tried.filter(isIn).map(each => `  in the files: ${line(each)}`),
    ...knobLines,
    ...rest.map(each => `  tried there: ${line(each)}`),
  ]
  return {
    name: 'inherited',
    intro:
      '# The session that this one starts from\nIts changes marked "in the files" are in the editable files from the start: do not propose them again. Gains are over the head then, by its own runs, on its machine. What it discarded within noise may be worth another try in combination; what lost clearly is a dead end there.',
    rows: rows.map((text, rank) => ({ text, rank })),
    fenced: true,
    share: 2500,
    kind: 'steady',
  }
}

const emptyInherited: Section = { name: 'inherited', intro: '', rows: [], fenced: true, share: 0, kind: 'steady' }

/** The newest session first; for each its largest keeps, then its knobs. */
export function otherSessionsSection({ otherSessions: all, state }: PromptInput): Section {
  const otherSessions = all.filter(({ inherited }) => inherited === undefined)
  const rows: Row[] = otherSessions.flatMap((other, i) => {
    const beside = other.baseline ?? other.best ?? 1
    const findings = [
      ...other.replicated.map(change => `  ${replicatedLine(change, beside)}`),
      ...other.kept.map(
        k => `  kept ${gainText(k.gain, beside)}${k.word ? ` ${k.word}` : ''}  ${dataLine(k.description)}`,
      ),
      ...other.knobs.map(knobLine),
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

const knobLine = ({ id, shape, best }: OtherSession['knobs'][number]): string =>
  `  ${dataLine(id, 60)}: ${shape === 'flat' ? shapeTexts.flat : `best ${dataLine(best, 24)} (${shape})`}`

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
