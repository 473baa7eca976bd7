/**
 * What is compared, and what comes out: plain data that goes to a page as it is. Types alone, so that a browser can
 * take them. Every change of the metric is a part of the side's own baseline and positive where better (0.012 is 1.2%),
 * hours are of 60 minutes, money is US dollars, and what is not known is null.
 */
import type { Metric, Status } from '../record/schema.ts'

/** One session, made from its records by `sideOf`. */
export interface Side {
  id: string
  tag: string
  /** `label` is the owner's name for it, `name` what it is: "H100", "2 × A100", "CPU", "unknown machine". */
  machine: { label: string; name: string; gpu: string | null; gpus: number | null }
  /** The first file that may be edited, e.g. "trainer/train.py"; null where a collected session does not say. */
  target: string | null
  metric: Pick<Metric, 'name' | 'goal' | 'unit'>
  /** Training seconds of a run. */
  budget: number | null
  data: { name: string; fingerprint: string } | null
  /** "claude, opus-5", "tuner"; null where a collected session does not say. */
  agent: string | null
  startedAt: string | null
  running: boolean
  collected: boolean
  /** The baseline not counted in either. */
  experiments: number
  kept: number
  /** Values in the metric's own sign and unit; only sides of `absolute` may be compared by them. */
  baseline: number | null
  best: number | null
  /** Standard deviation of one run, a part of the baseline; `assumed` where no code was run twice. */
  sigma: { value: number; assumed: boolean } | null
  /** The baseline and each keep, in the order of the verdicts. */
  frontier: Step[]
  /** By the ledger; null without a baseline. */
  claimed: number | null
  /** On unused seeds; null where confirm has not run. */
  confirmed: {
    gain: number
    interval: [number, number]
    seeds: number
    verdict: 'better' | 'inconclusive' | 'worse'
  } | null
  /** From start to end on the clock. */
  hours: number | null
  /**
   * Of the search, confirm runs left out. `runs`: all runs' wall time added up, one GPU (or CPU slot) each. `clock`: the
   * session's length times its GPUs, where runs have no times. `budget`: training time alone, of what was measured.
   */
  gpuHours: { value: number; basis: 'runs' | 'clock' | 'budget' } | null
  /** What the agent cost. What a GPU costs stands in no record: see `withPrice`. */
  agentUsd: number | null
  /** US dollars for a GPU-hour, given by the reader; null: none was given. */
  gpuUsdPerHour: number | null
  /** Every experiment but the baseline, in the order of the verdicts. */
  tried: Tried[]
  /** Constants of the editable files; `all` false: only those that kept changes moved are known. */
  settings: { all: boolean; values: Setting[] }
  /** In the order of their first use; empty where no version is known. */
  prose: ProseUse[]
}

/** A place on a side's frontier. */
export interface Step {
  experiment: number
  /** How many verdicts there were before it: its place on an axis of experiments. */
  order: number
  /** From the session's start to its verdict. */
  hours: number | null
  /** Of search until its verdict, by the same basis as the whole. */
  gpuHours: number | null
  /** Agent's cost until its verdict. */
  agentUsd: number | null
  change: number
  description: string
}

export interface Tried {
  experiment: number
  description: string
  status: Status
  /** Over the best it was made against; null: nothing was measured. */
  gain: number | null
  /** Half of the 95% interval of `gain`; null where no noise is known, 0 where seeds agree to the last digit. */
  half: number | null
  /** Where the gain is from: run again on unused seeds (`rerun`), taken out of the best (`without`), or the session's own. */
  by: 'rerun' | 'without' | 'session'
  /** Of the lines taken out and put in: the same for the same change anywhere; null without a diff. */
  change: string | null
  tree: string | null
  /** The one constant that it moved and nothing else; null where it did more, or other things. */
  knob: Moved | null
}

/** A step of one constant. */
export interface Moved {
  /** Its line with the literals blanked, and which of them; null where only the description says what was moved. */
  line: string | null
  /** "matrix lr": of MATRIX_LR as of "matrix LR", in lower case. */
  name: string
  /** As written; null where the description does not say. */
  from: string | null
  to: string
  /** `other`: no numbers. */
  way: 'up' | 'down' | 'other'
}

export interface Setting {
  file: string
  name: string
  /** As written, without a comment; null where it does not exist. */
  baseline: string | null
  head: string | null
}

/** What one side did by one version of program.md's prose. */
export interface ProseUse {
  /** SHA-256 of the text. */
  hash: string
  experiments: number
  kept: number
  gpuHours: number | null
  /** Sum of what its keeps gained. */
  claimed: number
  /** Its share of the side's confirmed gain, by what its keeps claimed; null before confirm. */
  confirmed: number | null
}

/** Everything that is said of a set of sides; by `compare`. */
export interface Comparison {
  /** Ids, as they were given. */
  sides: string[]
  /** Sides of one metric, in one direction: only these stand on one axis. Largest first. */
  groups: { metric: Side['metric']; sides: string[] }[]
  /** Whether values of the metric themselves may be compared: metric, file, data, budget and GPU are known and the same. */
  absolute: boolean
  /** What may be compared, in a sentence. */
  lead: string
  /** What is the same, what is not, and what nobody knows; a plain sentence each, the most important first. */
  statements: Statement[]
  rates: Rate[]
  /** Changes that more than one side tried, then kept ones that one side tried. */
  replication: Row[]
  /** Changes that one side tried and did not keep; they have no row. */
  triedOnce: number
  /** Those that differ at the heads first. */
  settings: SettingRow[]
  /** In the order of their first use. */
  prose: ProseVersion[]
}

export interface Statement {
  about: 'metric' | 'target' | 'data' | 'budget' | 'gpu'
  /** null: it is not known of all sides. */
  same: boolean | null
  text: string
}

/** What a side got for what it spent. */
export interface Rate {
  side: string
  gain: number | null
  by: 'confirmed' | 'claimed'
  gpuHours: number | null
  /** What is known of agent and GPU added up, and which of the two that is. */
  usd: number | null
  paid: ('agent' | 'gpu')[]
  perGpuHour: number | null
  perDollar: number | null
}

export const rowWords = ['replicated', 'contradicted', 'not clear', 'tried once'] as const
export type RowWord = (typeof rowWords)[number]

/** One change, and what each side found for it. */
export interface Row {
  /** "matrix lr up", or the description. */
  name: string
  /** By what its tries are the same change. */
  by: 'tree' | 'change' | 'knob' | 'words'
  word: RowWord
  /** Of `replicated`: which way; of the others null. */
  way: 'better' | 'worse' | null
  /** Why the word, one sentence. */
  why: string
  /** All sides together, with the 95% interval of a random-effects mean; null where fewer than two have an interval. */
  pooled: { gain: number; interval: [number, number] } | null
  cells: Cell[]
}

/** What one side found for a change; several tries of the same change are one effect. */
export interface Cell {
  side: string
  tries: Pick<Tried, 'experiment' | 'description' | 'status' | 'by'>[]
  /** e.g. "0.04 → 0.05"; null where it is no step of a constant. */
  step: string | null
  gain: number | null
  half: number | null
}

export interface SettingRow {
  file: string
  name: string
  differs: boolean
  /** By side, in the order of `sides`; null where that side's constants are not known. */
  values: ({ baseline: string | null; head: string | null } | null)[]
}

export interface ProseVersion {
  hash: string
  /** null where no session kept the text. */
  text: string | null
  /** Sides that used it, and what they did by it, added up. */
  sides: string[]
  experiments: number
  kept: number
  gpuHours: number | null
  /** Of sides of one metric only; null where they differ. */
  gain: number | null
  /** `claimed` where any of the sides was not confirmed. */
  by: 'confirmed' | 'claimed'
  perGpuHour: number | null
}
