/** The computed parts of a report, which its source refers to by name. Pure. */
import { finalName } from '../../analysis/confirm/final.ts'
import { list } from '../../analysis/numbers.ts'
import type { Digest } from '../../analysis/schema.ts'
import type { Source } from '../../analysis/source/tree.ts'
import { experimentName } from '../../record/files.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { headline } from '../headline.ts'
import { combinedPatch, mainChanges } from '../mainChanges.ts'
import { commands, diff, heading, paragraph, type Section } from '../nodes.ts'
import { ablationPart } from './ablation.ts'
import { answer } from './answer.ts'
import { deadEndsPart, failuresPart, keptPart, unprovenPart } from './changes.ts'
import { configurationPart, disclosurePart, logPart, nextPart, replicatePart } from './closing.ts'
import { prunedPart } from './pruned.ts'
import {
  causesPart,
  combinationsPart,
  knobsPart,
  nearPart,
  replicationPart,
  themesPart,
  warningsPart,
  whyPart,
} from './search.ts'
import { sessionPart } from './session.ts'
import { unknownPart } from './unknown.ts'

/** Everything that a report is made from. */
export interface ReportInput {
  digest: Digest
  session: Session
  /** In the order of the verdicts. */
  experiments: Experiment[]
  /** change.patch by experiment; at least those of the kept changes. */
  patches: Map<number, string>
  /** The baseline's editable files; empty if unknown. */
  source: Source
  /** The pruned head against the baseline; absent or null where the final is the head. */
  finalPatch?: string | null
  /** Sentences on who wrote the prose; by default those for the template. */
  written?: string[]
}

const byTemplate = ["Written by Nightshift's template, not by a model."]

/** Parts by name; empty parts are left out. */
export function partsOf(input: ReportInput): Map<string, Section> {
  const { digest, session, written = byTemplate } = input
  const experiments = [...input.experiments].sort((a, b) => a.number - b.number)
  const all: Record<string, Section> = {
    title: [heading(1, headline(digest, session))],
    answer: [paragraph(...answer(digest))],
    patch: patchPart(input),
    unknown: unknownPart(digest, experiments),
    unproven: unprovenPart(digest, session),
    pruned: prunedPart(digest, session),
    replicate: replicatePart(digest, session),
    disclosure: disclosurePart(digest, session, experiments, written),
    kept: keptPart(digest),
    why: whyPart(digest, experiments),
    ablation: ablationPart(digest),
    deadEnds: deadEndsPart(digest, experiments),
    failures: failuresPart(digest),
    causes: causesPart(digest),
    near: nearPart(digest),
    combinations: combinationsPart(digest, experiments),
    knobs: knobsPart(digest),
    themes: themesPart(digest, experiments),
    replication: replicationPart(digest),
    doubts: warningsPart(digest, experiments),
    session: sessionPart(digest, session),
    next: nextPart(digest),
    configuration: configurationPart(digest, session),
    log: logPart(digest, experiments),
  }
  return new Map(Object.entries(all).filter(([, section]) => section.length > 0))
}

/** The main changes as one patch; if they cannot be combined, the git command. */
function patchPart({ digest, session, experiments, patches, source, finalPatch = null }: ReportInput): Section {
  const few = mainChanges(digest)
  if (few.length === 0) return []
  const found = combinedPatch(digest, experiments, patches, source, finalPatch)
  if (found) {
    const names = list(found.experiments.slice(0, 40).map(experimentName))
    const all =
      digest.final?.kind === 'pruned' ? `All that was left in, ${finalName(digest.final)}:` : 'All that was kept,'
    const intro = found.isWhole
      ? `${all} ${names}, as one patch on the baseline, for git apply:`
      : `${names} as one patch on the baseline, for git apply. The loop measured each on top of what was kept before it${wereRun(found.experiments, experiments) ? ':' : '; these without the others were not run:'}`
    return [paragraph(intro), diff(found.patch)]
  }
  const commit = digest.final?.commit
  if (!commit || session.baseCommit === null) return []
  return [
    paragraph(
      'It is not put together here, for its parts do not fit by themselves, or are not in the records; git has the whole:',
    ),
    commands([`git diff ${session.baseCommit} ${commit}`]),
  ]
}

/** Whether these are the first kept changes, which the loop ran without the later ones. */
function wereRun(some: number[], experiments: Experiment[]): boolean {
  const kept = experiments.filter(e => e.number > 0 && e.status === 'keep').map(e => e.number)
  return some.every(number => kept.indexOf(number) < some.length)
}
