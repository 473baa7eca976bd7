/** Runs a session: open, set up, loop, prune, confirm, record, report, close. */
import { join } from 'node:path'
import { confirmedSideBySide, confirmRunsOf } from '../../analysis/confirm/confirmed.ts'
import { sameData } from '../../analysis/data.ts'
import { readEarlier } from '../../analysis/forecast/earlier.ts'
import { originOf } from '../../analysis/inherited.ts'
import { withConfirmRuns } from '../../analysis/noise/noise.ts'
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { orWarn } from '../../lib/files/read.ts'
import type { Git } from '../../lib/git/git.ts'
import { sessionsRoot } from '../../lib/paths.ts'
import { engineDevices } from '../../program/engine.ts'
import { readProgram } from '../../program/read.ts'
import { listSessions, readSession } from '../../record/files/paths.ts'
import { unpostedTexts } from '../../record/files/published.ts'
import { isPaired } from '../../record/pairs.ts'
import type { Experiment, Session } from '../../record/schema.ts'
import { finalOf, findExperiment, type State } from '../../record/state.ts'
import { isFailedBaseline, isOver, lacksReport } from '../../record/unfinished.ts'
import type { EarlierNoise } from '../../stats/noise.ts'
import { confirm } from '../confirm/confirm.ts'
import { withRequests } from '../control/handleRequests.ts'
import { forecastOf, kindOf, tellForecast } from '../forecast.ts'
import { recordGpus } from '../gpu/atStart.ts'
import { readUserHooks } from '../hooks/hooks.ts'
import { tellEnd } from '../hooks/tell.ts'
import { hookLines, openUserHooks } from '../hooks/userHooks.ts'
import { runLoop } from '../loop.ts'
import { pairsOfConfirm } from '../pairs.ts'
import { type Clock, makePlan, medianRunSeconds, planText, startClock } from '../plan.ts'
import { type CheckedAgent, proposerOf, requireAgent } from '../propose/checkedAgents.ts'
import { prune } from '../prune/prune.ts'
import { finishReplication } from '../replicate/run.ts'
import { tellSandbox } from '../sandbox/record.ts'
import { missedNotes } from '../train/environment.ts'
import { readButDropped } from '../train/environmentUse.ts'
import { evaluatorLines } from '../train/evaluate/tell.ts'
import { readyBefore } from '../train/execute/places.ts'
import { trackedFiles } from '../train/freeze.ts'
import { checkoutNotes } from './checkoutNotes.ts'
import { emit, type SessionContext } from './context.ts'
import { checkData, dataLine } from './data.ts'
import { type Finished, finish, unlessLeft, type WriteReport } from './end.ts'
import { inheritedNote } from './from.ts'
import { checkLeft, isLeft } from './leave.ts'
import { openSession, type Start, seedNotes } from './open.ts'
import { closeSession, countDevices, type SessionHooks } from './prepare.ts'
import { explained } from './refs.ts'
import { type NewLimits, reopenSession } from './resume.ts'
import { setUp } from './setUp.ts'
import { withPlaces } from './withPlaces.ts'

/**
 * Runs a session from program.md to its report.
 * @param pairs pairs of runs in confirm; null: `seeds`
 */
export async function runSession(start: Start, pairs: number | null, writeReport: WriteReport): Promise<Finished> {
  const begun = performance.now()
  const { contract, automation } = await readProgram(start.program, start.overrides)
  const agents = await requireAgent(contract, start.terminal, null)
  const context = await openSession(start)
  context.userHooks = openUserHooks(automation.hooks)
  const startedAt = new Date(context.state.session.startedAt)
  return runAndClose(
    context,
    agents,
    startClock(context.contract, startedAt, 0, begun),
    pairs ?? context.contract.seeds,
    writeReport,
  )
}

/** Resumes an interrupted session, or continues one that has ended when `newLimits` allow more. */
export async function resumeSession(
  id: string,
  newLimits: NewLimits,
  hooks: SessionHooks,
  writeReport: WriteReport,
): Promise<Finished> {
  const { context, spent } = await reopenSession(id, hooks, newLimits, { isOfLoop: true })
  const closeAndThrow = async (error: unknown): Promise<never> => {
    await closeSession(context)
    throw error
  }
  context.userHooks = await readUserHooks(context).catch(closeAndThrow)
  const { stop } = context.state.session
  const [baseline] = context.state.experiments
  if (isFailedBaseline(baseline)) {
    await closeSession(context)
    throw new Failure(
      `${id} cannot go on, because its baseline failed: ${baseline?.reason}`,
      `It keeps the commit it started from. Make \`${context.contract.run}\` work by hand, commit, and start another: \`${command('session --tag NAME')}\`.`,
    )
  }
  if (stop && isOver(stop.kind) && Object.keys(newLimits).length === 0) return finishReport(context, stop, writeReport)
  const isReplication = context.state.session.replication !== undefined
  if (isReplication && Object.keys(newLimits).length > 0) {
    await closeSession(context)
    throw new Failure(
      `${id} is a replication, which ends by its own rule.`,
      `Leave out --experiments, --hours and --until; \`${command('replicate --help')}\` starts another.`,
    )
  }
  await checkData(context.contract).catch(closeAndThrow)
  const agents = isReplication ? [] : await requireAgent(context.contract, context.terminal, id).catch(closeAndThrow)
  const devices = engineDevices(context.contract) ?? countDevices(context.slots)
  await emit(context, { event: 'resumed', stopRules: newLimits, devices })
  if (isReplication) return finishReplication(context, [], writeReport)
  return runAndClose(
    context,
    agents,
    startClock(context.contract, new Date(), spent),
    context.contract.seeds,
    writeReport,
  )
}

/**
 * Writes the report of a session that is over and was killed before its report was complete.
 * @throws {Failure} when the report is there: nothing is left to do
 */
async function finishReport(
  context: SessionContext,
  stop: Finished['stop'],
  writeReport: WriteReport,
): Promise<Finished> {
  const { folder, terminal } = context
  const { id } = context.state.session
  try {
    if (!(await lacksReport(folder))) {
      const left = (await unpostedTexts(folder, id)).join('\n') || 'Nothing is left to do.'
      throw new Failure(
        `${id} has ended, and its report is written: ${stop.detail}.`,
        context.state.session.replication
          ? left
          : `${left}\nTo give it more: --experiments N, --hours H or --until HH:MM.`,
      )
    }
    context.onBegun(id)
    terminal.step('resume', 'the session has ended; only its report is left')
    const digest = await writeReport(context)
    await tellEnd(context, digest)
    return { id, folder, stop, digest, isLeft: false }
  } finally {
    await closeSession(context)
  }
}

/** Runs from the baseline to the report. After any failure the session can be resumed. */
async function runAndClose(
  context: SessionContext,
  agents: CheckedAgent[],
  clock: Clock,
  pairs: number,
  writeReport: WriteReport,
): Promise<Finished> {
  try {
    return await withRequests(context, () =>
      withPlaces(context, () => runToReport(context, agents, clock, pairs, writeReport)),
    )
  } catch (error) {
    throw await explained(context, error)
  } finally {
    await closeSession(context)
  }
}

async function runToReport(
  context: SessionContext,
  agents: CheckedAgent[],
  clock: Clock,
  pairs: number,
  writeReport: WriteReport,
): Promise<Finished> {
  const { session } = context.state
  await announce(context, agents, clock, pairs)
  context.onBegun(session.id)
  if (!findExperiment(context.state, 0)) await setUp(context)
  const run = () => runLoop(context, agents, clock, pairs, () => earlierNoise(context))
  return unlessLeft(context, run, async stop => {
    context.terminal.step('stop', stop.detail)
    if (stop.kind !== 'machine' && !context.interrupt.now.aborted) {
      if (pairs > 0) await prune(context)
      const left = pairsOfConfirm(pairs, context.contract, context.state) - finishedPairs(context.state)
      const timeLeft = () => endOf(context, clock) - clock.elapsed()
      if (left > 0 && (await hasPlace(context, timeLeft()))) await confirm(context, left, timeLeft)
      checkLeft(context)
    }
    return finish(context, stop, writeReport)
  })
}

/**
 * Whether confirm has a place. One is waited for until the session should end, and not at all after a stop by hand.
 * @param seconds until its end; Infinity without a time limit
 */
async function hasPlace(context: SessionContext, seconds: number): Promise<boolean> {
  if (context.engine === null || (await readyBefore(context, context.engine, seconds)) !== null) return true
  const later = command(`confirm ${context.state.session.id}`)
  if (!isLeft(context))
    context.terminal.step(
      'confirm',
      `nothing is confirmed: no place of the engine was ready; \`${later}\` does it later`,
    )
  return false
}

/** Second by which the session should end; Infinity without a time limit. */
const endOf = ({ contract }: SessionContext, clock: Clock): number =>
  makePlan(contract, clock, null, 0).end ?? Number.POSITIVE_INFINITY

/** Number of pairs that confirm has finished for the current final, before an interruption. */
function finishedPairs(state: State): number {
  const [baseline, final] = [findExperiment(state, 0), finalOf(state)]
  // There a run whose partner was not made counts for nothing.
  if (isPaired(state.session)) return confirmedSideBySide(baseline, final).head.length
  const count = (experiment: Pick<Experiment, 'commit' | 'runs'> | undefined) =>
    confirmRunsOf(experiment).filter(run => run.outcome === 'ok').length
  const origin = originOf(state.session, state.experiments)
  // One that does not run is not run beside them either.
  const beside = origin?.runs.some(run => run.metric !== null) ? [count(origin)] : []
  return Math.min(count(baseline), count(final), ...beside)
}

async function announce(context: SessionContext, agents: CheckedAgent[], clock: Clock, pairs: number): Promise<void> {
  const { state, contract, terminal, repository } = context
  const { session } = state
  terminal.step('session', session.id)
  terminal.step('branch', `${session.branch} from ${session.baseCommit.slice(0, 7)}`)
  const { inherited } = session
  if (inherited !== undefined) terminal.step('inherited', inheritedNote(inherited))
  const data = dataLine(session.contract.data, repository.root)
  if (data !== null) terminal.step('data', data)
  tellSandbox(context)
  for (const line of evaluatorLines(contract, session, context.sandbox.record.mechanism !== null))
    terminal.step(...line)
  // A resumed session has started, perhaps from another commit than HEAD is now.
  const isNew = state.experiments.length === 0 && (inherited?.base ?? session.baseCommit) === repository.head
  const notes = isNew ? await startNotes(context) : []
  for (const note of [...notes, ...seedNotes(session)]) terminal.step('note', note)
  const { slots } = context
  if (context.engine !== null) terminal.step('engine', context.engine.description)
  else if (slots.length > 1)
    terminal.step('slots', `${slots.length}, GPUs ${slots.map(slot => slot.gpu ?? 'none').join(', ')}`)
  await recordGpus(context)
  const inherits = inherited !== undefined
  const planFor = (runSeconds: number | null) => makePlan(contract, clock, runSeconds, pairs, slots.length, inherits)
  const plan = planFor(medianRunSeconds(state))
  terminal.step('plan', planText(plan, contract.seeds, new Date(Date.now() - clock.elapsed() * 1000)))
  const planned = { contract, state, planFor, elapsed: clock.elapsed(), agent: proposerOf(agents) ?? contract.agent }
  tellForecast(terminal, forecastOf(planned, await readEarlier(sessionsRoot, kindOf(planned))))
  for (const line of hookLines(context.userHooks?.commands ?? null)) terminal.step('hook', line)
  terminal.step(
    'watch',
    `\`${command('status --watch')}\` in another terminal, or \`${command('site --serve')}\` in a browser`,
  )
}

/** What runs do not have of the user's checkout and shell. */
async function startNotes({ repository, state, contract }: SessionContext): Promise<string[]> {
  const { git, head } = repository
  const missed = await readButDropped(git, head, contract, await trackedFiles(git, head), contract.env)
  return [...(await checkoutNotes(repository, state.session.program, contract)), ...missedNotes(missed)]
}

/** Noise of this machine's earlier sessions in this repository with the same program, metric, budget and data. */
async function earlierNoise(context: SessionContext): Promise<EarlierNoise[]> {
  const { session } = context.state
  const found: EarlierNoise[] = []
  for (const id of await listSessions(sessionsRoot)) {
    if (id === session.id) continue
    // An unreadable session is skipped with a warning.
    const other = await orWarn(readSession(join(sessionsRoot, id)))
    if (!other || !sameMeasurement(other.session, session)) continue
    if (!(await hasCommit(context.repository.git, other.session.baseCommit))) continue
    // Its confirm runs count too; the sessions before it do not, or they would be counted again by every later one.
    const noise = withConfirmRuns(null, other.experiments)
    if (noise) found.push({ id, sigma: noise.sigma, df: noise.df })
  }
  return found
}

/** Another repository may have a program.md at the same path. */
const hasCommit = (git: Git, commit: string | null): Promise<boolean> =>
  git.raw('cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  )

function sameMeasurement(a: Session, b: Session): boolean {
  return (
    a.machine.label === b.machine.label &&
    a.metric.name === b.metric.name &&
    a.budget === b.budget &&
    a.program === b.program &&
    sameData(a, b)
  )
}
