/** One run: the slot's worktree put at the commit, the command under its runner, the result measured and recorded. */
import { randomUUID } from 'node:crypto'
import { access, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { writeWhole } from '../lib/disk.ts'
import { Failure } from '../lib/errors.ts'
import { duration, metricText } from '../lib/format.ts'
import { resetWorktree } from '../lib/git.ts'
import { experimentName, files, readJson } from '../record/files.ts'
import type { Run } from '../record/schema.ts'
import { bestValue, find, tip } from '../record/state.ts'
import { runEnvironment } from './environment.ts'
import { firstChanged } from './freeze.ts'
import { type Measured, measure, readEvaluation } from './measure.ts'
import { emit, type Night } from './night.ts'
import { type Exit, exitSchema } from './runner.ts'
import { killStrays, markName } from './strays.ts'

export interface RunOrder {
  experiment: number
  commit: string
  purpose: Run['purpose']
  seed: number
}

/** Makes one run from start to record. Never throws for what the run does; only for a broken machine. */
export async function train(night: Night, order: RunOrder): Promise<Run> {
  const { experiment, commit, purpose, seed } = order
  const k = nextRun(night, experiment)
  const folder = files.run(night.folder, experiment, k)
  await mkdir(folder, { recursive: true })
  await prepareSlot(night, commit)
  await emit(night, { event: 'run-started', experiment, k, purpose, seed, commit })

  const startedAt = new Date().toISOString()
  const exit = await execute(night, order, k)
  const measured = await outcome(night, order, exit, folder)
  const run: Run = { k, purpose, seed, commit, startedAt, seconds: exit.seconds, ...measured }
  await emit(night, { event: 'run-finished', experiment, run })
  return run
}

/** Every run of an experiment has a number of its own, from 1, those under judgement counted. */
function nextRun(night: Night, experiment: number): number {
  const runs = find(night.state, experiment)?.runs ?? night.state.open.get(experiment) ?? []
  return runs.length + 1
}

/**
 * The slot's worktree at a commit, links in place, frozen files as they were.
 * @throws {Failure} when the frozen files cannot be put back as they were: then nothing measured here would count
 */
export async function prepareSlot(night: Night, commit: string): Promise<void> {
  const { slot, contract, repository, frozen } = night
  await resetWorktree(slot.git, commit, contract.link)
  for (const link of contract.link) {
    const path = join(slot.path, link)
    await mkdir(dirname(path), { recursive: true })
    await rm(path, { force: true, recursive: true })
    await symlink(join(repository.root, link), path)
  }
  const changed = await firstChanged(slot.path, frozen)
  if (changed)
    throw new Failure(
      `${changed} is not what it was at the start, in a fresh worktree.`,
      'Look for a git filter or another program that writes into .nightshift/.',
    )
}

async function execute(night: Night, { experiment, purpose, seed }: RunOrder, k: number): Promise<Exit> {
  const { contract, folder, slot, work } = night
  const run = files.run(folder, experiment, k)
  const mark = randomUUID()
  const job = join(work, 'job.json')
  const exit = join(work, `exit-${experimentName(experiment)}-${k}.json`)
  await writeWhole(
    job,
    JSON.stringify({
      command: contract.run,
      cwd: join(slot.path, contract.target),
      log: join(run, 'run.log'),
      exit,
      mark,
      timeoutSeconds: contract.timeout,
    }),
  )
  const runner = execa(process.execPath, [join(import.meta.dirname, 'runner.ts'), job], {
    // Its own session: neither the end of the harness nor Ctrl-C in the terminal reaches it.
    detached: true,
    cleanup: false,
    stdio: 'ignore',
    reject: false,
    extendEnv: false,
    env: {
      ...runEnvironment(),
      [markName]: mark,
      NIGHTSHIFT_SEED: String(seed),
      NIGHTSHIFT_BUDGET_S: String(contract.budget),
      NIGHTSHIFT_SPLITS: purpose === 'confirm' && contract.metric.holdout ? 'val,holdout' : 'val',
      NIGHTSHIFT_CURVE: join(run, 'curve.csv'),
      NIGHTSHIFT_EVAL: join(work, 'eval.json'),
    },
  })
  await rm(join(work, 'eval.json'), { force: true })
  const stop = () => runner.kill('SIGTERM')
  if (night.signal.aborted) stop()
  night.signal.addEventListener('abort', stop)
  const ticking = showProgress(
    night,
    purpose === 'candidate' ? experimentName(experiment) : `${experimentName(experiment)} ${purpose}`,
  )
  await runner
  clearInterval(ticking)
  night.signal.removeEventListener('abort', stop)
  return readJson(exit, exitSchema).catch(async (cause: unknown) => {
    // A runner that was killed cannot have ended what it started.
    await killStrays(mark)
    if (night.signal.aborted) return { code: null, signal: null, seconds: 0, ended: 'aborted', strays: 0 }
    throw new Failure(
      `The runner of ${experimentName(experiment)} ended without a word.`,
      `Was it killed? Its log is ${join(run, 'run.log')}.`,
      { cause },
    )
  })
}

async function outcome(night: Night, { purpose }: RunOrder, exit: Exit, folder: string): Promise<Measured> {
  const { contract, slot, frozen, work, state } = night
  const log = await readFile(join(folder, 'run.log'), 'utf8').catch(() => '')
  const evaluation = await readEvaluation(join(work, 'eval.json'))
  const measured = measure(exit, log, evaluation, contract.metric, purpose === 'confirm')
  const changed = measured.outcome === 'ok' ? await firstChanged(slot.path, frozen) : null
  if (changed)
    return {
      ...measured,
      outcome: 'crash',
      why: `the run changed ${changed}, which is frozen`,
      metric: null,
      holdout: null,
    }
  if (measured.outcome === 'ok' && state.session.data === null && evaluation?.data)
    await emit(night, {
      event: 'environment',
      data: evaluation.data,
      python: evaluation.python ?? null,
      torch: evaluation.torch ?? null,
    })
  return measured
}

/** The live line: experiment, elapsed / budget, best. */
function showProgress(night: Night, name: string): NodeJS.Timeout {
  const start = performance.now()
  const best = tip(night.state)
  const bestText = best ? `  best ${metricText(bestValue(best))} (${experimentName(best.number)})` : ''
  return setInterval(() => {
    const seconds = (performance.now() - start) / 1000
    night.terminal.live(
      `${'train'.padEnd(9)} ${name}  ${duration(seconds)} / ${duration(night.contract.budget)} and evaluation${bestText}`,
    )
  }, 500)
}

/** Whether a path exists. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
