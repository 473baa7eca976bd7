/** What a pull request's description is made from, computed once: the comparison of before and after, and the changes. Pure. */
import { holdoutNote, type Seeds } from '../../../analysis/confirm/seeds.ts'
import type { Digest, Kept } from '../../../analysis/schema.ts'
import { patchLines } from '../../../lib/patchLines.ts'
import type { Experiment } from '../../../record/schema.ts'
import type { ReportInput } from '../../../report/sections/parts.ts'
import type { Proposal } from '../branch/changes.ts'

export interface Facts {
  input: ReportInput
  proposal: Proposal
  /** Files that the branch changes, from the root of the repository, the session's records not counted. */
  files: string[]
  /** Folder that the branch adds with these records; null: it does not. */
  records: string | null
  /** Address to fetch the branch from, and its name there. */
  fetch: { address: string; branch: string }
  compared: Compared | null
  /** What confirm found of the same files, where `compared` is of runs of the branch itself. */
  earlier: Compared | null
  /** On the holdout, of the same files; null: not measured of these. */
  holdout: Digest['holdout']
  /** In the order of their commits. */
  changes: Change[]
}

/** The code before and after, run again after the search; positive gains are better. */
export interface Compared {
  gain: number
  interval: [number, number]
  /** Means, in the metric's own sign. */
  baseline: number
  after: number
  /** Runs of each side, and further ones of the code before. */
  runs: number
  planned: number
  looks: number
  verdict: 'better' | 'inconclusive' | 'worse'
}

type Standing = 'Passed' | 'Not passed' | 'Not checked' | 'Note'
export type Check = [standing: Standing, text: string]

export interface Change {
  experiment: Experiment
  /** null: it has no value. */
  kept: Kept | null
  /** Files that it changes; empty where the diff is not recorded. */
  files: string[]
  /** What contradicts its description; null: nothing found. */
  contradicted: string | null
}

export function factsOf(input: ReportInput, given: Pick<Facts, 'proposal' | 'files' | 'records' | 'fetch'>): Facts {
  const { digest } = input
  const { proposal } = given
  const adoption = proposal.adopted?.adoption ?? null
  const isConfirmedCode = adoption === null || adoption.isConfirmedCode
  const confirmed = isConfirmedCode ? ofConfirm(digest) : null
  const measured = adoption?.measured ?? null
  const own: Compared | null = measured && {
    gain: measured.gain,
    interval: measured.interval,
    baseline: measured.baseline,
    after: measured.tip,
    runs: measured.seeds,
    planned: 0,
    looks: measured.looks.length,
    verdict: measured.verdict,
  }
  return {
    input,
    ...given,
    compared: own ?? confirmed,
    earlier: own === null ? null : confirmed,
    holdout: isConfirmedCode ? digest.holdout : null,
    changes: changesOf(input, proposal),
  }
}

const ofConfirm = ({ confirmed }: Digest): Compared | null =>
  confirmed && {
    gain: confirmed.gain,
    interval: confirmed.interval,
    baseline: confirmed.baseline,
    after: confirmed.head,
    runs: confirmed.seeds,
    planned: confirmed.plannedRuns,
    looks: confirmed.looks,
    verdict: confirmed.verdict,
  }

/** Those of the branch that stay: not those that a later commit takes out again. */
function changesOf({ digest, experiments, patches }: ReportInput, { adopted }: Proposal): Change[] {
  const removed = new Set(digest.final?.removed.map(({ experiment }) => experiment))
  const chosen =
    adopted === null
      ? experiments.filter(e => e.number > 0 && e.status === 'keep' && !removed.has(e.number))
      : adopted.adoption.changes.flatMap(({ experiment }) => experiments.find(e => e.number === experiment) ?? [])
  return chosen.map(experiment => ({
    experiment,
    kept: digest.kept.find(k => k.experiment === experiment.number) ?? null,
    files: filesIn(patches.get(experiment.number) ?? ''),
    contradicted: digest.warnings.find(w => w.experiment === experiment.number)?.found ?? null,
  }))
}

/** Files that a patch changes, by its "+++" and "---" lines. */
function filesIn(patch: string): string[] {
  const heads = patchLines(patch).flatMap(({ kind, text }) => (kind === 'head' ? [text] : []))
  const paths = heads.flatMap(line => /^(?:\+\+\+ "?b|--- "?a)\/(.+?)"?\t?$/.exec(line)?.[1] ?? [])
  return [...new Set(paths)]
}

/** Whether the two sides were run on other seeds than the search used. */
export const isOnNewSeeds = ({ use }: Seeds): boolean => use === 'read'

/** Why there is nothing of a holdout: "no holdout", "holdout not measured". */
export const holdoutMissing = ({ input, holdout }: Facts): string => holdoutNote(input.digest.metric, holdout)
