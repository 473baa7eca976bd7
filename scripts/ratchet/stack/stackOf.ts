/** Reads the changes of another session's final from its records, for a replication and for a session that starts from it. */
import { confirmedBetween } from '../../analysis/confirm/confirmed.ts'
import { finalFacts } from '../../analysis/confirm/final.ts'
import { countConfirmRuns } from '../../analysis/confirm/runs.ts'
import { inheritedFacts } from '../../analysis/inherited.ts'
import { noiseOf, pairsOfSession } from '../../analysis/noise/noise.ts'
import { changesIn } from '../../analysis/source/finalChanges.ts'
import { command, shellWord } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { readFinalPatch, readInheritedPatch, readPatch } from '../../record/files/patches.ts'
import { readSession } from '../../record/files/paths.ts'
import { readSource } from '../../record/files/source.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { finalOf } from '../../record/state.ts'
import type { Inherited } from '../../record/taken.ts'

/** A kept change with its patch against what was kept before it. */
export interface TakenChange {
  experiment: Experiment
  patch: string
}

/** The changes of a session's final. Patches and source are foreign text: git alone reads them. */
export interface Stack {
  session: Session
  /** All its experiments, in the order of their verdicts. */
  experiments: Experiment[]
  /** In the order in which they were kept; without those that prune took out. First what it inherited itself, as one change. */
  changes: TakenChange[]
  /** What it inherited itself, as a patch of its baseline; null: nothing. */
  inherited: string | null
  /** The pruned head against its baseline; null where the final is the head. */
  finalPatch: string | null
  /** The baseline's editable files, by path in its repository. */
  source: Map<string, string>
}

/**
 * @param folder of the session: of this notebook, brought by sync, or collected
 * @throws {Failure} when it has not ended, kept nothing, or a patch of a kept change is missing
 */
export async function stackOf(folder: string): Promise<Stack> {
  const { session, experiments } = await readSession(folder)
  const { id } = session
  if (session.stop === null)
    throw new Failure(
      `${id} has not ended.`,
      `Wait for its end; one that was interrupted goes on with \`${command(`session resume ${shellWord(id)}`)}\`.`,
    )
  const numbers = changesIn(finalFacts({ session, experiments }), experiments)
  if (numbers.length === 0)
    throw new Failure(`${id} kept no change, so there is nothing to take from it.`, 'Name a session that kept one.')
  const changes = numbers.map(number => {
    const experiment = experiments.find(each => each.number === number) as Experiment
    return { experiment, patch: readPatch(folder, number) }
  })
  const lacking = changes.filter(({ patch }) => patch === null).map(({ experiment }) => experiment.number)
  if (lacking.length > 0)
    throw new Failure(
      `The records of ${id} lack the ${lacking.length === 1 ? 'patch' : 'patches'} of the kept ${lacking.length === 1 ? 'experiment' : 'experiments'} ${lacking.join(', ')}.`,
      'Only a session whose runs/<NNNN>/change.patch are there can be taken over. A table has none, unless it is collected with its repository.',
    )
  const inherited = inheritedChange(folder, session, experiments)
  return {
    session,
    experiments,
    changes: [...inherited, ...(changes as TakenChange[])],
    inherited: inherited[0]?.patch ?? null,
    finalPatch: await readFinalPatch(folder, session),
    source: await readSource(folder),
  }
}

/** @throws {Failure} when the session inherited changes, and their patch is missing */
function inheritedChange(folder: string, session: Session, experiments: Experiment[]): TakenChange[] {
  const baseline = experiments.find(({ number }) => number === 0)
  if (session.inherited === undefined || baseline === undefined) return []
  const patch = readInheritedPatch(folder, session)
  if (patch === null)
    throw new Failure(
      `The records of ${session.id} lack what it inherited itself from ${session.inherited.session}.`,
      `Take over that session first, or copy runs/0000/change.patch from where ${session.id} ran.`,
    )
  return [{ experiment: { ...baseline, description: `inherited from ${session.inherited.session}` }, patch }]
}

/** What the records of a replication and of a session that starts from it say of the other session. */
export function takenFrom({
  session,
  experiments,
}: Pick<Stack, 'session' | 'experiments'>): Pick<Inherited, 'session' | 'machine' | 'budget' | 'confirmed'> {
  const { machine } = session
  return {
    session: session.id,
    machine: machine.gpu ?? machine.cpu ?? machine.label,
    budget: session.budget,
    confirmed: confirmedThere(session, experiments),
  }
}

function confirmedThere(session: Session, experiments: Experiment[]): Inherited['confirmed'] {
  const recorded = { session, experiments }
  // Values of longer runs compare with nothing.
  if (countConfirmRuns(session, experiments, finalFacts(recorded)).overBudget !== null) return null
  const [noise, pairs] = [noiseOf(session, experiments), pairsOfSession(session, experiments)]
  const [baseline, final] = [experiments.find(({ number }) => number === 0), finalOf(recorded)]
  // What it inherited itself is taken too, so the gain is from its original baseline.
  const found =
    session.inherited === undefined
      ? confirmedBetween(baseline, final, session.metric.goal, noise, pairs)
      : (inheritedFacts(session, experiments, final, noise, null)?.total ?? null)
  return found && { gain: found.gain, interval: found.interval, baseline: found.baseline }
}
