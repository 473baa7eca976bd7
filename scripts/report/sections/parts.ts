/** The computed parts of a report, which its source refers to by name. Pure. */
import type { Digest } from '../../analysis/schema.ts'
import type { Source } from '../../analysis/source/tree.ts'
import type { Adoption } from '../../record/files/adopted.ts'
import type { Imported } from '../../record/imported.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { headline } from '../headline.ts'
import { heading, paragraph, type Section } from '../nodes.ts'
import { ablationPart, prunedPart } from './ablation.ts'
import { answer } from './answer.ts'
import { disclosurePart, importPart, logPart } from './closing.ts'
import { configurationPart } from './configuration.ts'
import { confirmationPart } from './confirmation.ts'
import { causesPart, deadEndsPart, failuresPart } from './deadEnds.ts'
import { inheritedPart } from './inherited.ts'
import { keptPart, whyPart } from './kept.ts'
import { knobsPart, optimaPart, untriedPart } from './optima.ts'
import { adoptedPart, patchPart, replicatePart } from './replicate.ts'
import { againPart, replicatedByPart, replicatedPart } from './replicated.ts'
import { combinationsPart, nearPart, nextPart, replicationPart, themesPart, warningsPart } from './search.ts'
import { sessionPart } from './session.ts'
import { unknownPart } from './unknown.ts'
import { unprovenPart } from './unproven.ts'

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
  /** How it was read; absent or null for a session of this notebook. */
  imported?: Imported | null
  /** Branches that `pnpm adopt` made of it; absent where there are none. */
  adopted?: Adoption[]
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
    answer: [paragraph(...answer(digest, experiments))],
    inherited: inheritedPart(digest),
    unknown: unknownPart(digest, experiments),
    kept: keptPart(digest),
    why: whyPart(digest, experiments),
    deadEnds: deadEndsPart(digest, experiments),
    causes: causesPart(digest),
    failures: failuresPart(digest),
    optima: optimaPart(digest, experiments),
    replicated: replicatedPart(digest),
    replicatedBy: replicatedByPart(digest),
    replication: replicationPart(digest),
    unproven: unprovenPart(digest, session),
    untried: untriedPart(digest),
    near: nearPart(digest),
    combinations: combinationsPart(digest, experiments),
    next: nextPart(digest),
    patch: patchPart(digest, input.experiments, input),
    replicate: [
      ...adoptedPart(digest, input.adopted ?? []),
      ...(digest.replicationOf === null ? replicatePart(digest, session) : againPart(digest.replicationOf)),
    ],
    pruned: prunedPart(digest, session),
    ablation: ablationPart(digest),
    confirmation: confirmationPart(digest),
    warnings: warningsPart(digest, experiments),
    configuration: configurationPart(digest, session),
    session: sessionPart(digest, session),
    disclosure: disclosurePart(digest, session, experiments, written),
    imported: importPart(session, input.imported ?? null),
    knobs: knobsPart(digest),
    themes: themesPart(digest, experiments),
    log: logPart(digest, experiments),
  }
  const isShown = (name: string) => digest.replicationOf === null || !ofSearch.has(name)
  return new Map(Object.entries(all).filter(([name, section]) => section.length > 0 && isShown(name)))
}

/** Parts on a search and on what it kept, which a replication has not. */
const ofSearch = new Set([
  'kept',
  'why',
  'optima',
  'unproven',
  'untried',
  'pruned',
  'ablation',
  'confirmation',
  'knobs',
])
