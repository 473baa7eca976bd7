/** Runs a replication from its baseline to its report, or goes on with one that was interrupted. */

import { runName } from '../../analysis/confirm/seeds.ts'
import { type Finding, findingText, stackNumber } from '../../analysis/replicated.ts'
import { metricText, roughDuration } from '../../lib/format.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { experimentName } from '../../record/files/paths.ts'
import { valuesWithin } from '../../record/overBudget.ts'
import type { Experiment, OwnDecision, Run, Session } from '../../record/schema.ts'
import { extraPairs } from '../../stats/sequential.ts'
import { withRequests } from '../control/handleRequests.ts'
import { untilResumed } from '../control/pause.ts'
import { failedVerdict, noMeasurement, peakMemoryMb, type Verdict } from '../evaluate.ts'
import { recordGpus } from '../gpu/atStart.ts'
import { openUserHooks } from '../hooks/userHooks.ts'
import { pairsOfConfirm } from '../pairs.ts'
import { medianRunSeconds } from '../plan.ts'
import { recordVerdict } from '../recordVerdict.ts'
import { tellSandbox } from '../sandbox/record.ts'
import type { SessionContext } from '../session/context.ts'
import { dataLine } from '../session/data.ts'
import { type Finished, finish, unlessLeft, type WriteReport } from '../session/end.ts'
import { openBeginning } from '../session/open.ts'
import { closeSession, type SessionHooks } from '../session/prepare.ts'
import { explained } from '../session/refs.ts'
import { setUp } from '../session/setUp.ts'
import { withPlaces } from '../session/withPlaces.ts'
import { runBaseline } from '../train/baseline.ts'
import { evaluatorLines } from '../train/evaluate/tell.ts'
import { train } from '../train/train.ts'
import { notAppliedSteps, type PreparedReplication } from './open.ts'
import { nextStep, type Step } from './rounds.ts'
import { addSides, plannedIn, recordConflicts } from './sides.ts'

type Stop = NonNullable<Session['stop']>

/** Opens and runs a prepared replication. */
export async function runReplication(
  { beginning, notes }: PreparedReplication,
  hooks: SessionHooks,
  writeReport: WriteReport,
): Promise<Finished> {
  const context = await openBeginning(beginning, hooks)
  context.userHooks = openUserHooks(beginning.program.automation.hooks)
  return finishReplication(context, notes, writeReport)
}

/** Runs what is left, and closes the session. After any failure it can be resumed. */
export async function finishReplication(
  context: SessionContext,
  notes: string[],
  writeReport: WriteReport,
): Promise<Finished> {
  try {
    return await withRequests(context, () => withPlaces(context, () => runToReport(context, notes, writeReport)))
  } catch (error) {
    throw await explained(context, error)
  } finally {
    await closeSession(context)
  }
}

async function runToReport(context: SessionContext, notes: string[], writeReport: WriteReport): Promise<Finished> {
  announce(context, notes)
  await recordGpus(context)
  context.onBegun(context.state.session.id)
  return unlessLeft(
    context,
    () => runAll(context),
    stop => {
      context.terminal.step('stop', stop.detail)
      return finish(context, stop, writeReport)
    },
  )
}

const interrupted: Stop = { kind: 'interrupted', detail: 'interrupted; what is finished is kept' }

async function runAll(context: SessionContext): Promise<Stop> {
  const { state, interrupt, contract } = context
  await addSides(context)
  if (state.experiments.length === 0) await setUp(context)
  await untilResumed(context)
  if (interrupt.finish.aborted && state.experiments.length === 0) return interrupted
  if ((await runBaseline(context)).status === 'aborted') return interrupted
  await recordConflicts(context)
  tellData(context)
  const rounds = pairsOfConfirm(contract.seeds, contract, state)
  tellPlan(context, rounds)
  for (;;) {
    const step = nextStep(state, rounds)
    if (step.kind === 'done') return { kind: 'replicated', detail: endText(context) }
    if (step.kind === 'judge') {
      await judge(context, step)
      continue
    }
    await untilResumed(context)
    if (interrupt.finish.aborted) return interrupted
    const run = await train(context, step.order)
    tellRun(context, run, step.order.experiment)
    if (run.outcome === 'aborted') return interrupted
  }
}

async function judge(context: SessionContext, { experiment, finding }: Step & { kind: 'judge' }): Promise<void> {
  // `recordVerdict` sets the time of the verdict and takes the runs from the journal.
  const { runs, endedAt: _, status: __, ...about } = experiment
  await recordVerdict(context, {
    ...(about as Omit<Parameters<typeof recordVerdict>[1], 'status'>),
    ...verdictOf(context, experiment, finding, runs),
  })
}

function verdictOf(context: SessionContext, { number }: Experiment, finding: Finding, runs: Run[]): Verdict {
  const { session } = context.state
  const values = valuesWithin(runs)
  const last = runs.findLast(run => run.outcome !== 'aborted')
  if (values.length === 0)
    return last ? failedVerdict(last) : { ...noMeasurement, status: 'aborted', reason: 'Aborted.' }
  const isKept = number === stackNumber && finding.outcome === 'confirmed'
  const reason = findingText(finding, session)
  const memory = Math.max(...runs.map(run => peakMemoryMb(run) ?? -1))
  return {
    status: isKept ? 'keep' : 'discard',
    reason,
    metric: finding.found?.head ?? values.reduce((sum, value) => sum + value, 0) / values.length,
    memoryMb: memory < 0 ? null : memory,
    decision: decisionOf(context, number, finding, isKept, reason),
  }
}

/** No gain is needed: the interval decides. */
function decisionOf(
  { state }: SessionContext,
  number: number,
  { found }: Finding,
  isKept: boolean,
  reason: string,
): OwnDecision | null {
  if (found === null) return null
  const { linesAdded = 0, linesRemoved = 0 } = state.pending.get(number) ?? {}
  return {
    verdict: isKept ? 'keep' : 'discard',
    reason,
    candidate: found.head,
    head: found.baseline,
    gain: found.gain,
    needed: 0,
    sigma: null,
    linesAdded,
    linesRemoved,
  }
}

function announce(context: SessionContext, notes: string[]): void {
  const { state, terminal, contract, repository } = context
  const { session } = state
  terminal.step('session', session.id)
  terminal.step('branch', `${session.branch} from ${session.baseCommit.slice(0, 7)}`)
  if (session.replication) for (const text of describeReplication(session.replication)) terminal.step(...text)
  const data = dataLine(session.contract.data, repository.root)
  if (data !== null) terminal.step('data', data)
  tellSandbox(context)
  for (const line of evaluatorLines(contract, session, context.sandbox.record.mechanism !== null))
    terminal.step(...line)
  for (const note of notes) terminal.step('note', note)
  if (context.engine !== null) terminal.step('engine', context.engine.description)
  if (state.experiments.length === 0)
    terminal.step('plan', planText(plannedIn(session).filter(isRun).length, contract.seeds, null))
}

const isRun = ({ commit }: { commit: string | null }): boolean => commit !== null

/** What it takes, as steps of the terminal. */
export function describeReplication(replication: NonNullable<Session['replication']>): [key: string, text: string][] {
  const { session, machine, set, plan = [] } = replication
  const [whole, ...singles] = plan
  const run = singles.filter(isRun).length
  return [
    ['replicate', `${sanitizeText(session, 100)}, found on ${sanitizeText(machine ?? 'an unknown machine', 60)}`],
    ...set.map(({ knob, from, to, file }): [string, string] => [
      'set',
      `${knob} = ${to} instead of ${from} in ${file}, in the baseline and all changes`,
    ]),
    [
      'changes',
      `${whole?.description ?? ''}${run > 0 ? `; and ${plural(run, 'change')} by ${run === 1 ? 'itself' : 'themselves'}` : ''}`,
    ],
    ...notAppliedSteps(replication),
  ]
}

/**
 * @param sides all changes together, and those that are run by themselves
 * @param runSeconds of one run; null before the first
 */
export function planText(sides: number, rounds: number, runSeconds: number | null): string {
  const runs = rounds * (sides + 1)
  const extra = extraPairs(rounds, 0)
  const time = runSeconds === null ? '' : `, about ${roughDuration(runs * runSeconds)}`
  const more =
    extra === 0
      ? ''
      : `; then up to ${plural(extra, 'further pair')} of all changes together while they are inconclusive${runSeconds === null ? '' : `, about ${roughDuration(2 * extra * runSeconds)}`}`
  const singles = sides - 1
  const what =
    singles > 0
      ? `the baseline, all changes together, and ${plural(singles, 'change')} by ${singles === 1 ? 'itself' : 'themselves'}`
      : 'the baseline and all changes together'
  return `${plural(rounds, 'round')} of ${what}: ${plural(runs, 'run')}${time}${more}`
}

function tellPlan({ state, terminal }: SessionContext, rounds: number): void {
  const sides = state.pending.size
  if (sides > 0) terminal.step('plan', planText(sides, rounds, medianRunSeconds(state)))
}

function tellData({ state, terminal }: SessionContext): void {
  const [there, here] = [state.session.replication?.data, state.session.data]
  if (there !== undefined && here !== null && there.fingerprint !== here.fingerprint)
    terminal.step(
      'note',
      sanitizeText(`the data differ: ${here.name} ${here.fingerprint} here, ${there.name} ${there.fingerprint} there`),
    )
}

function tellRun({ state, terminal }: SessionContext, run: Run, experiment: number): void {
  const name = experiment === 0 ? 'baseline' : experimentName(experiment)
  const beside = state.experiments[0]?.metric ?? null
  const value =
    run.metric === null ? `${run.outcome}: ${run.why}` : metricText(run.metric, beside === null ? [] : [beside])
  terminal.step('run', `${name} ${runName(state.session.seedUse, run.seed, run.k)}  ${value}`, run.seconds)
}

function endText({ state }: SessionContext): string {
  const measured = state.experiments.filter(({ number, metric }) => number > 0 && metric !== null).length
  return measured === 0 ? 'no change gave a value' : 'what gave a value is compared with the baseline'
}
