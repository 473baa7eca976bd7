/** One session as the pages show it: values derived from its records once. */
import {
  changesByNumber,
  type ReplicatedChange,
  type ReplicationFacts,
  replicationFacts,
  withFoundGains,
} from '../../scripts/analysis/replication/facts.ts'
import { countStatuses } from '../../scripts/analysis/result/counts.ts'
import { resultOfRecords } from '../../scripts/analysis/result/ofRecords.ts'
import { bestSingleRunOf } from '../../scripts/analysis/result/outcome.ts'
import type { ResultFacts } from '../../scripts/analysis/result/sentences.ts'
import { type Unknown, unknownOf } from '../../scripts/analysis/result/unknown.ts'
import type { Digest, Kept } from '../../scripts/analysis/schema.ts'
import { isPaired } from '../../scripts/record/pairs.ts'
import { type Experiment, isRunning, type Status } from '../../scripts/record/schema.ts'
import { frontierData } from '../figures/frontier/data.ts'
import { type FrontierData, keptPoints } from '../figures/frontier/point.ts'
import type { SessionEntry } from './sessions.ts'

export interface View extends SessionEntry {
  frontierData: FrontierData
  running: boolean
  /**
   * Values of the baseline, of the best single run and of the head; null when nothing was measured. In a paired session the
   * last two are the baseline's with the kept gains.
   */
  baseline: number | null
  best: number | null
  head: number | null
  /** Gain of the best over the baseline, positive is better; null without both, and where what was kept is not known. */
  gain: number | null
  /** Kept changes without the baseline, largest gain first; none of a replication, whose changes were kept elsewhere. */
  kept: KeptChange[]
  /** What a replication found; null of any other session. */
  replication: ReplicationFacts | null
  /** The same by the number of the experiment here. */
  replicated: Map<number, ReplicatedChange>
  counts: Partial<Record<Status, number>>
  /** The same without the baseline, and how many of them have a value. */
  tried: Partial<Record<Status, number>>
  measured: number
  /** Number of experiments, the baseline not counted. */
  experimentCount: number
  /** The highest number of an experiment. */
  lastNumber: number
  /** Rows whose status has no known meaning; null where that of every row is known. */
  unknown: Unknown | null
  /** The digest's, or of the records where the digest is missing or of an earlier state. */
  result: ResultFacts
}

export interface KeptChange {
  number: number
  description: string
  gain: number | null
  /** P(real); null before the report, and where it is not known. */
  pReal: number | null
  /** null before the report. */
  label: Kept['label'] | null
  /** What the label means for this change, in a sentence or two; null before the report. */
  labelReason: string | null
  share: number | null
  linesAdded: number | null
  linesRemoved: number | null
}

export function view(entry: SessionEntry): View {
  const { session, experiments, digest } = entry
  const replication = digest?.replicationOf ?? replicationFacts(session, experiments)
  const isSearch = replication === null
  const data = frontierData(session, withFoundGains(experiments, replication), digest)
  const line = keptPoints(data.points)
  const baseline = line.find(p => p.number === 0)?.value ?? null
  const paired = isPaired(session)
  const single = bestSingleRunOf(experiments, session.metric.goal, paired)
  const unknown = unknownOf(experiments, session)
  const tried = experiments.filter(e => e.number > 0)
  // Where no row is known to be kept but the baseline, the best is not known either.
  const isKnown = isSearch && (single?.experiment !== 0 || unknown === null || unknown.experiments.length === 0)
  return {
    ...entry,
    frontierData: data,
    running: isRunning(session),
    baseline,
    best: isKnown ? (single?.best ?? null) : null,
    head: (paired ? single?.best : null) ?? line.at(-1)?.value ?? null,
    experimentCount: tried.length,
    lastNumber: experiments.reduce((most, e) => Math.max(most, e.number), 0),
    counts: countStatuses(experiments),
    tried: countStatuses(tried),
    measured: tried.filter(e => e.metric !== null).length,
    unknown,
    gain: isKnown ? (single?.gain ?? null) : null,
    kept: isSearch ? keptChanges(entry, data) : [],
    replication,
    replicated: changesByNumber(replication),
    result: isOfRecords(entry) ? entry.digest : resultOfRecords(session, experiments),
  }
}

/** Whether the digest is of these records; one of a session that was resumed is of its earlier state. */
const isOfRecords = (entry: SessionEntry): entry is SessionEntry & { digest: Digest } =>
  entry.digest !== null &&
  entry.digest.experiments === entry.experiments.length &&
  (entry.digest.stop === null) === (entry.session.stop === null)

function keptChanges({ experiments, digest }: SessionEntry, { points }: FrontierData): KeptChange[] {
  const judged = new Map(digest?.kept.map(k => [k.experiment, k]))
  const gains = new Map(points.map(p => [p.number, p.gain]))
  return experiments
    .filter(e => e.status === 'keep' && e.number > 0)
    .map(({ number, description, linesAdded, linesRemoved }) => {
      const known = judged.get(number)
      const { pReal = null, label = null, labelReason = null, share = null } = known ?? {}
      const gain = known?.gain ?? gains.get(number) ?? null
      return { number, description, gain, pReal, label, labelReason, share, linesAdded, linesRemoved }
    })
    .sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0))
}

/** The session on the home page: the last that ended, or the running one when there is no other. */
export const lastSession = (views: View[]): View | undefined => {
  const newest = newestFirst(views)
  return newest.find(v => !v.running) ?? newest[0]
}

export const newestFirst = (views: View[]): View[] =>
  [...views].sort(
    (a, b) => (b.session.startedAt ?? '').localeCompare(a.session.startedAt ?? '') || b.id.localeCompare(a.id),
  )

/** The best that an experiment was made against; null for the baseline. */
export function parentOf(entry: SessionEntry, experiment: Experiment): Experiment | null {
  const { number } = experiment.parent ?? {}
  return number === undefined || number === experiment.number ? null : (experimentOf(entry, number) ?? null)
}

const byNumber = new WeakMap<Experiment[], Map<number, Experiment>>()

/** The experiment with a number. Each page asks for some, so a long session is not searched every time. */
export function experimentOf({ experiments }: SessionEntry, number: number): Experiment | undefined {
  const known = byNumber.get(experiments) ?? new Map(experiments.map(e => [e.number, e]))
  byNumber.set(experiments, known)
  return known.get(number)
}

/** The theme of each experiment that has one, by number. */
export const themesOf = ({ digest }: Pick<View, 'digest'>): Map<number, string> =>
  new Map(digest?.themes.flatMap(t => t.experiments.map(n => [n, t.theme] as const)))
