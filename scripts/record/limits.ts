/** Limits for the files of a session, which other people, runs and agents may have written. */
import { defaultLimit } from '../lib/files/regularFile.ts'

/**
 * The most that is read of each file of a session. The same limits hold when a run ends, and when a session is reported,
 * collected, built into pages or served: a file over its limit is left out, and the reader is told.
 */
export const maxBytes = {
  /** session.json, experiments.jsonl, digest.json, source.json, results.tsv. */
  record: defaultLimit,
  /** It has more lines than the other records, and is read line by line. */
  journal: 2 ** 28,
  /** report.md, report.source.md, report.check.json. */
  report: 2 ** 23,
  /** change.patch of an experiment, final.patch. */
  patch: 2 ** 23,
  /** The runner keeps the first and the last mebibyte of a log. */
  log: 2 ** 23,
  /** An agent's transcript of a proposal. */
  transcript: 2 ** 23,
  /** About a million points. */
  curve: 2 ** 25,
  /** Rows of one split: at 2,560 rows, the trainer's most, they have 36 kB. */
  rows: 2 ** 16,
  /** NIGHTSHIFT_EVAL, which holds the rows of every split. */
  evaluation: 2 ** 22,
  /** What an evaluator printed; the runner caps it as it does a log. */
  evaluatorLog: 2 ** 23,
  /** exit.json: what an evaluator wrote is in it, twice escaped. */
  exit: 2 ** 25,
  /** posts.json. */
  posts: 2 ** 20,
  /** adopted.json. */
  adopted: 2 ** 22,
  /** notified.json. */
  notified: 2 ** 20,
  /** hooks.json. */
  hooks: 2 ** 20,
  /** published.json. */
  published: 2 ** 18,
  /** An editable file as the baseline has it, and a version of program.md's prose. */
  source: 1e6,
  /** All files that are copied of one collected session. */
  collected: 2 ** 31,
} as const

/** The most files that are read of a folder; more are data, or something else. */
export const maxFiles = { source: 100, program: 200 } as const

const limitsByName: Record<string, number> = {
  'session.json': maxBytes.record,
  'experiments.jsonl': maxBytes.record,
  'digest.json': maxBytes.record,
  'source.json': maxBytes.record,
  'results.tsv': maxBytes.record,
  'report.md': maxBytes.report,
  'report.source.md': maxBytes.report,
  'report.check.json': maxBytes.report,
  'posts.json': maxBytes.posts,
  'adopted.json': maxBytes.adopted,
  'change.patch': maxBytes.patch,
  'final.patch': maxBytes.patch,
  'curve.csv': maxBytes.curve,
  'rows-val.csv': maxBytes.rows,
  'rows-holdout.csv': maxBytes.rows,
  'evaluator.log': maxBytes.evaluatorLog,
  // Of a log only the end is shown.
  'run.log': Number.POSITIVE_INFINITY,
}

/** The limit of a file of a session by its name, in bytes; null for files that pages and reports do not read. */
export const limitOf = (name: string): number | null => limitsByName[name] ?? null
