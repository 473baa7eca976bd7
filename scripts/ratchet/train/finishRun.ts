/** The end of a run: its files are read and measured, its budget and the frozen files are checked, and it is recorded. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { secondsAllowed } from '../../analysis/budget.ts'
import { digestOf } from '../../engines/local/frozenHashes.ts'
import { writeAtomic } from '../../lib/files/disk.ts'
import { readRegularFile } from '../../lib/files/read.ts'
import { freePath } from '../../lib/files/remove.ts'
import { failpoint } from '../../lib/process/failpoint.ts'
import { redact, redactRecord } from '../../lib/secrets/redact.ts'
import { experimentName } from '../../record/files/paths.ts'
import { writeRows } from '../../record/files/rows.ts'
import { isOverBudget, overBudgetText } from '../../record/overBudget.ts'
import type { Run } from '../../record/schema.ts'
import type { RunStarted, State } from '../../record/state.ts'
import { refusalOf } from '../sandbox/refusal.ts'
import { emit } from '../session/context.ts'
import type { TrainContext } from './context.ts'
import { machineSecret } from './evaluate/secret.ts'
import type { Executed } from './execute/executed.ts'
import { type EvaluationFile, evaluationIn, newEnvironment, readEvaluation } from './measure/evaluationFile.ts'
import { readLeftovers } from './measure/leftovers.ts'
import { type Measured, measure } from './measure/measure.ts'
import { endOf } from './measure/summary.ts'
import { measuresHoldout, runPaths } from './runVariables.ts'

/** Measures and records a run that has ended, and removes its work files. */
export async function finishRun(context: TrainContext, { started, exit, found, why }: Executed): Promise<Run> {
  failpoint('run ended')
  const { contract, frozen, state } = context
  const { experiment, k, purpose, seed, commit, at } = started
  const paths = runPaths(context, started)
  const { log, problem } = await readLeftovers(context.folder, experiment, k, paths.evaluation)
  await redactFiles(paths.run, context.evaluation === null ? [] : [await machineSecret()])
  // As the record has it: later runs are compared with what is recorded of the first.
  const { data, measurement } = state.session
  const file =
    measurement?.evaluator === undefined
      ? await readEvaluation(paths.evaluation)
      : evaluationOf(exit.evaluated?.content)
  const { evaluation, unreadable } = redactRecord(file)
  const runs = [
    ...state.experiments.flatMap(e => e.runs),
    ...[...state.open.values(), ...state.adoptRuns.values()].flat(),
  ]
  let measured = measure(exit, log, evaluation, contract.metric, {
    holdout: measuresHoldout(started),
    data,
    unreadable,
    frozen: measurement,
    runs,
    redact,
    isPrintIgnored: contract.evaluate?.after != null,
  })
  if (measured.outcome === 'crash' && exit.ended === null && exit.code !== 0) {
    const refusal = await refusalOf(context, endOf(log, redact))
    if (refusal !== null) measured = asCrash(measured, `${measured.why?.replace(/\.$/, '')}; ${refusal.text}`)
  }
  if (problem !== null && (measured.outcome === 'ok' || measured.outcome === 'crash'))
    measured = asCrash(measured, problem)
  // By the runner's hashes: the worktree may have been reset since.
  if (measured.outcome === 'ok' && exit.frozen?.digest !== digestOf(frozen))
    measured = asCrash(measured, `the run changed ${exit.frozen?.changed ?? 'a file'}, which is frozen`)
  if (why !== undefined) measured = asCrash(measured, why)
  const isFirst = !runs.some(run => run.commit === commit && run.outcome === 'ok')
  const timed = { seconds: exit.seconds, ...allowedOf(state, started, isFirst) }
  if (measured.outcome === 'ok' && isOverBudget(timed)) {
    const text = overBudgetText(timed, contract.budget)
    if (!isFirst && !sharesDevice(context)) measured = asCrash(measured, `over budget: ${text}`)
    else context.terminal.step('warning', `the ${isFirst ? 'first ' : ''}run of ${experimentName(experiment)} ${text}`)
  }
  const isFirstValue = !runs.some(run => run.metric !== null)
  const tells = measured.outcome === 'ok' && experiment === 0
  const environment = tells ? newEnvironment(state.session, evaluation, isFirstValue) : null
  if (environment !== null) await emit(context, { event: 'environment', ...environment })
  // The first run of a candidate was selected by its value, so nothing compares its rows.
  if (measured.outcome === 'ok' && evaluation?.rows && purpose !== 'candidate')
    await writeRows(context.folder, experiment, k, evaluation.rows)
  const run: Run = { k, purpose, seed, commit, startedAt: at, ...timed, ...measured, ...found }
  await emit(context, { event: 'run-finished', experiment, run })
  await Promise.all([paths.work, paths.output].map(freePath))
  return run
}

const evaluationOf = (content: string | null | undefined): EvaluationFile =>
  content == null ? { evaluation: null, unreadable: null } : evaluationIn(content)

/**
 * Whether slots share a GPU or the processor; places of an engine do not. Then runs slow one another, and the baseline, which ran alone, does not say how
 * long they take: a run that takes longer gets a warning, and confirm, whose runs are made one at a time, decides.
 */
const sharesDevice = ({ slots, engine }: Pick<TrainContext, 'slots' | 'engine'>): boolean =>
  engine === null && new Set(slots.map(({ gpu }) => gpu)).size < slots.length

/** What a run may take. Runs of confirm and of adopted branches are compared all together; baselines are what others are compared with. */
function allowedOf(
  { session, experiments }: State,
  { purpose, commit }: RunStarted,
  isFirst: boolean,
): Pick<Run, 'allowedSeconds'> {
  if (['confirm', 'adopt', 'origin'].includes(purpose) || commit === session.baseCommit) return {}
  const allowed = secondsAllowed(session, experiments[0]?.runs ?? [], isFirst)
  return allowed === null ? {} : { allowedSeconds: allowed }
}

const asCrash = (measured: Measured, why: string): Measured => ({
  ...measured,
  outcome: 'crash',
  why,
  metric: null,
  holdout: null,
  measuredBy: undefined,
  evaluated: undefined,
})

/** Removes keys from what a run and its evaluator printed or left among its records. @param secrets of the harness itself */
async function redactFiles(folder: string, secrets: string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const text = await readRegularFile(path)
    const rest = text === null ? null : secrets.reduce((left, secret) => left.replaceAll(secret, '[key]'), redact(text))
    if (rest !== null && rest !== text) await writeAtomic(path, rest)
  }
}
