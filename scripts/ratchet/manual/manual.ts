/** One experiment by hand: the edits in the session's own checkout, through the same guard, judge and record. */
import { Failure } from '../../lib/errors.ts'
import { clean } from '../../lib/terminal.ts'
import { writeTree } from '../../lib/worktree.ts'
import { readProse } from '../../program/read.ts'
import { experimentName } from '../../record/files.ts'
import type { Candidate } from '../../record/journal.ts'
import { keepProse } from '../../record/prose.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { nextNumber, tip } from '../../record/state.ts'
import { isOver } from '../../record/unfinished.ts'
import { writeSession, writeTables } from '../../record/write.ts'
import { consider, giveUp } from '../judge.ts'
import { asNew, commitCandidate, enter } from '../propose/candidate.ts'
import { refuse } from '../propose/refuse.ts'
import { emit, type Night, type Worktree } from '../session/context.ts'
import { ensureOwnTrainer } from '../session/ownTrainer.ts'
import { closeNight, type Surroundings } from '../session/prepare.ts'
import { reopenNight } from '../session/resume.ts'
import { train } from '../train/train.ts'
import { madeOn, openCheckout, putAtBest } from './checkout.ts'

export interface Given {
  /** null: made from the edits. */
  description: string | null
  /** The hypothesis. */
  note: string | null
}

export interface ByHand {
  session: Session
  /** As it was judged; as it waits, when Ctrl-C came before the verdict. */
  experiment: Experiment | Candidate
  /** The best now. */
  best: Experiment
  checkout: string
  /** Whether the checkout was put at the best; it is left alone while it holds what no ref does. */
  moved: boolean
}

/** Who proposes, in the records. */
const use = 'hand'

/** Writes the report of the session in a folder. */
type WriteReport = (folder: string) => Promise<unknown>

/**
 * Makes one experiment of the checkout's edits, or finishes the one by hand that was interrupted.
 * @param writeReport called when the end is recorded, while the lock is held
 */
export async function experimentByHand(
  id: string,
  given: Given,
  rest: Surroundings,
  writeReport: WriteReport,
): Promise<ByHand> {
  const { night } = await reopenNight(id, rest)
  try {
    if (!tip(night.state))
      throw new Failure(`${id} has no baseline yet.`, `Make it first: \`pnpm session --resume ${id}\`.`)
    const checkout = await openCheckout(night.repository.git, night.state)
    const waiting = [...night.state.pending.values()].find(candidate => candidate.agent.use === use)
    const base = waiting ? null : await readBase(night, checkout)
    await ensureOwnTrainer(night)

    const { stop } = night.state.session
    await emit(night, { event: 'resumed', further: {} })
    const made = base ? await propose(night, checkout, base, given) : (waiting as Candidate)
    if (waiting) night.terminal.step('resume', `${experimentName(waiting.number)}, ${waiting.description}`)
    const experiment = night.state.pending.has(made.number) ? await judge(night, made.number) : made
    const moved = await putAtBest(night, checkout)
    await close(night, stop, writeReport)
    return {
      session: night.state.session,
      experiment,
      best: tip(night.state) as Experiment,
      checkout: checkout.path,
      moved,
    }
  } finally {
    await closeNight(night)
  }
}

/**
 * The best that the edits were made on; the night may have found another since.
 * @throws {Failure} when there are none: that is no experiment
 */
async function readBase(night: Night, checkout: Worktree): Promise<Experiment> {
  const base = await madeOn(checkout, night.state)
  const tree = await writeTree(checkout.git)
  if (tree === base.tree)
    throw new Failure(
      `Nothing is edited in ${checkout.path}.`,
      `Change ${night.contract.edit.join(' or ')} there first; it holds ${experimentName(base.number)}.`,
    )
  return base
}

/** The edits as a candidate with its ref, or as an experiment that the guard refused. */
async function propose(
  night: Night,
  checkout: Worktree,
  base: Experiment,
  { description, note }: Given,
): Promise<Candidate | Experiment> {
  const { prose, proseHash } = await readProse(night.program)
  await keepProse(night.folder, prose, proseHash)
  const about = {
    ...asNew,
    number: nextNumber(night.state),
    description: clean(description ?? '', 120),
    hypothesis: note === null ? null : clean(note, 2000),
    agent: { use, model: null, seconds: 0, tokens: null, costUsd: null },
    proseHash,
    startedAt: new Date().toISOString(),
  }
  return night.judge(async () => {
    const made = await commitCandidate(night, about, base, checkout)
    if ('why' in made) return refuse(night, about, base, made)
    await enter(night, made)
    return made
  })
}

/** From the first run to the verdict; as it waits, when Ctrl-C came before another run that it needs. */
async function judge(night: Night, number: number): Promise<Experiment | Candidate> {
  for (;;) {
    const next = await night.judge(() => consider(night, number))
    if ('judged' in next) return next.judged
    // The person it would go back to is here, and reads why.
    if ('errand' in next) return night.judge(() => giveUp(night, next.errand))
    if (night.interrupt.finish.aborted) return night.state.pending.get(number) as Candidate
    await train(night, next.run)
  }
}

/** A session that was not over can go on as before; one that was is over again. A failed report loses nothing. */
async function close(night: Night, before: Session['stop'], writeReport: WriteReport): Promise<void> {
  const stop =
    before && isOver(before.kind)
      ? { kind: use, detail: 'the last experiment was made by hand' }
      : (before ?? { kind: 'interrupted', detail: 'stopped by hand' })
  await emit(night, { event: 'stopped', ...stop })
  await writeSession(night.folder, night.state.session)
  await writeTables(night.folder, night.state)
  await writeReport(night.folder).catch((error: unknown) => {
    night.terminal.step('report', `failed: ${clean(error instanceof Error ? error.message : String(error))}`)
  })
}
