/**
 * Input and result of a comparison: plain data, serialisable for pages. Types only, so that browser code can import
 * them. A gain is a fraction of the side's own baseline, positive where better (0.012 is 1.2%); texts state it in the
 * metric's own sign, "1.2% lower". Money is US dollars; null means unknown.
 */
import type { MeasuredBy } from '../analysis/confirm/basisWords.ts'
import type { ReplicationOutcome } from '../analysis/replicated.ts'
import type { Change, Match } from '../analysis/search/sameChange.ts'
import type { Metric, Status } from '../record/schema.ts'
import type { Effect } from '../stats/evidence.ts'

/** One session of a comparison; made by `sideOf`. */
export interface Side {
  id: string
  tag: string
  /** `label` is the owner's name for the machine; `name` is its model: "H100", "2 × A100", "CPU", "unknown machine". */
  machine: { label: string; name: string; gpu: string | null; gpus: number | null }
  /** The first editable file, e.g. "trainer/train.py"; null if a collected session does not say. */
  target: string | null
  metric: Pick<Metric, 'name' | 'goal' | 'unit'>
  /** Training seconds of a run. */
  budget: number | null
  data: { name: string; fingerprint: string } | null
  /** What its runs were given as NIGHTSHIFT_DATA; null: nothing, or it is not recorded. */
  given: string | null
  /**
   * Throughput of its median run by class of hardware, and its slow nodes: "1.7 M tokens/s with A100; n3 at 41% of it". null where
   * its runs print none.
   */
  throughput: string | null
  /** Whether its runs executed on an engine's nodes. */
  onEngine: boolean
  /** What measured its values, the weakest; null without a value. */
  measuredBy: MeasuredBy | null
  /** "claude, opus-5", "tuner"; null if a collected session does not say. */
  agent: string | null
  startedAt: string | null
  running: boolean
  collected: boolean
  /** Where it starts from another session's final: what it inherited, and its gain from the original baseline. */
  inherited: { from: string; text: string } | null
  /** "brought by sync from sessions/h200-abcd (Ada), not verified"; null if this notebook ran it. */
  origin: string | null
  /** Without the baseline, both. */
  experiments: number
  /** null where it is not known, and of a replication. */
  kept: number | null
  /** In the metric's own sign and unit; comparable between sides only if `absolute` is true. */
  baseline: number | null
  best: number | null
  /** Standard deviation of one run, as a fraction of the baseline; `assumed` if no code was run twice. */
  sigma: { value: number; assumed: boolean } | null
  /** The baseline and each keep, in the order of the verdicts; empty for a replication, which searches for nothing. */
  frontier: Step[]
  /** Gain of the best single run, selected among many; null without a baseline, and of a replication. */
  bestSingleRun: number | null
  /** Gain in the runs of confirm, or of all changes of a replication together, as a fraction of the baseline in the same runs; null before confirm. */
  confirmed: {
    gain: number
    interval: [number, number]
    seeds: number
    /** How often baseline and final ran: "2 seeds", "2 re-runs, same seed". */
    runs: string
    verdict: 'better' | 'inconclusive' | 'worse'
  } | null
  /** Wall-clock hours from start to end. */
  hours: number | null
  /**
   * Device-hours of the search, without confirm runs. `runs`: sum of the runs' wall time, one device (a GPU, or a CPU
   * slot) each. `clock`: session length times devices, if runs have no times. `budget`: training time of measured
   * experiments only.
   */
  deviceHours: { value: number; basis: 'runs' | 'clock' | 'budget' } | null
  /** Cost of the agent. */
  agentUsd: number | null
  /** Price of a GPU-hour: of the session's program.md, or of the reader (`withPrice`); null: none. */
  gpuUsdPerHour: number | null
  /** All experiments but the baseline, in verdict order. */
  tried: Tried[]
  /** Constants of the editable files; if `all` is false, only those changed by keeps are known. */
  settings: { all: boolean; values: Setting[] }
  /** In order of first use; empty if no version is known. */
  prose: ProseUse[]
  /**
   * Of a session of `pnpm replicate`: the session whose changes it ran, and what it found, in sentences: of all together,
   * and of each by itself. Else null.
   */
  replication: { of: string; text: string; each: string } | null
}

/** A step of a side's frontier. */
export interface Step {
  experiment: number
  /** Number of verdicts before it: its position on an axis of experiments. */
  order: number
  /** Hours from the session's start to its verdict. */
  hours: number | null
  /** Device-hours of the search up to its verdict, on the basis of `Side.deviceHours`. */
  deviceHours: number | null
  /** Agent cost up to its verdict. */
  agentUsd: number | null
  change: number
  description: string
}

export interface Tried extends Change {
  status: Status
  /** Gain over its parent, by runs that nobody selected where there are some; null: not measured. */
  gain: number | null
  /**
   * Half width of the 95% interval of `gain`, with the luck of a head that was picked; null if the noise is unknown, 0 if
   * seeds agree exactly.
   */
  half: number | null
  /** `gain` with what its uncertainty depends on; null with `half`. */
  effect: Effect | null
  /** Of a replication, whose own verdict chose nothing: what it found; else null. */
  outcome: ReplicationOutcome | null
  /** Source of the gain: a rerun (`rerun`), an ablation (`without`), or the session itself. */
  by: 'rerun' | 'without' | 'session'
}

export interface Setting {
  file: string
  name: string
  /** As written, without a comment; null if it does not exist. */
  baseline: string | null
  head: string | null
}

/** What one side did with one version of program.md's prose. */
export interface ProseUse {
  /** SHA-256 of the text. */
  hash: string
  experiments: number
  kept: number
  deviceHours: number | null
  /** Sum of the gains of its keeps in single runs. */
  gain: number
}

/** The result of `compare`. */
export interface Comparison {
  /** Ids, in the given order. */
  sides: string[]
  /** Sides with the same metric and goal, which can share an axis; largest group first. */
  groups: { metric: Side['metric']; sides: string[] }[]
  /** Whether metric values are comparable: metric, file, data, budget and GPU are known and equal. */
  absolute: boolean
  /** One sentence on what is comparable. */
  lead: string
  /** One sentence per condition: equal, different or unknown; the most important first. */
  statements: Statement[]
  /** Of the sessions that searched: without replications. */
  rates: Rate[]
  /** Changes tried by several sides, then those kept by the only side that tried them. */
  replication: Row[]
  /** Number of changes tried by one side and not kept; they have no row. */
  triedOnce: number
  /** Constants that differ at the heads first. */
  settings: SettingRow[]
  /** In order of first use. */
  prose: ProseVersion[]
}

export interface Statement {
  about: 'metric' | 'target' | 'data' | 'budget' | 'gpu' | 'throughput' | 'measured' | 'inherited' | 'origin'
  /** null: unknown for some sides. */
  same: boolean | null
  text: string
}

/** Gain per device-hour and per dollar of a side. */
export interface Rate {
  side: string
  gain: number | null
  /** Where the gain is from: the runs of confirm, with their verdict, or before confirm the best single run. */
  by: 'confirmed' | 'inconclusive' | 'worse' | 'best single run'
  deviceHours: number | null
  /** Known costs of agent and GPU added up, that of the GPU's search alone, and which of the two are known. */
  usd: number | null
  gpuUsd: number | null
  paid: ('agent' | 'gpu')[]
  /** null below one device-hour: most of a session's gain comes at its beginning, so a short time has no rate. */
  perDeviceHour: number | null
  /** null below one dollar, for the same reason. */
  perDollar: number | null
}

export const rowLabels = ['replicated', 'contradicted', 'inconclusive', 'tried once'] as const
export type RowLabel = (typeof rowLabels)[number]

/** One change, with each side's result. */
export interface Row {
  /** "matrix lr up", or the description. */
  name: string
  /** How its tries were recognised as the same change. */
  by: Match<Change>['by']
  /** What the results of its sessions say together. */
  label: RowLabel
  /** Direction if `replicated`, else null. */
  way: 'better' | 'worse' | null
  /** One sentence on why. */
  why: string
  /** Random-effects mean over the sides with its 95% interval; null with fewer than two intervals. The luck of picked heads only widens it. */
  pooled: { gain: number; interval: [number, number] } | null
  cells: Cell[]
}

/** One side's result for a change; several tries are combined. */
export interface Cell {
  side: string
  tries: Pick<Tried, 'experiment' | 'description' | 'status' | 'by' | 'outcome'>[]
  /** E.g. "0.04 → 0.05"; null if it is not a step of a constant. */
  step: string | null
  gain: number | null
  half: number | null
}

export interface SettingRow {
  file: string
  name: string
  differs: boolean
  /** By side, in the order of `sides`; null if that side's constants are unknown. */
  values: ({ baseline: string | null; head: string | null } | null)[]
}

export interface ProseVersion {
  hash: string
  /** null if no session has the text. */
  text: string | null
  /** Sides that used it. */
  sides: string[]
  /** Summed over the sides, as are `kept` and `deviceHours`. */
  experiments: number
  kept: number
  deviceHours: number | null
  /** By side, in the order of `sides`: the gains of its keeps under this version, in single runs. Gains of separate
   * sessions do not add up. */
  gains: number[]
}
