/** The loop: reads as the flow. One slot, an empty queue: karpathy/autoresearch's own order of things. */
import { Failure } from '../lib/errors.ts'
import type { Experiment } from '../record/schema.ts'
import { tip } from '../record/state.ts'
import { failed, firstSeed, makeExperiment, memoryOf } from './experiment.ts'
import type { Night } from './night.ts'
import { makePlan, type Stop, stopReason } from './plan.ts'
import { gatherCrew } from './propose.ts'
import { record } from './record.ts'
import { checkDrift, type EarlierNoise, repeatBaseline, runSeconds } from './repeats.ts'
import { train } from './train.ts'

const interrupted: Stop = { kind: 'interrupted', detail: 'stopped by hand' }

/**
 * Runs experiments until a stop rule holds.
 * @param pairs runs of baseline and tip that confirm will make afterwards; time is left for them
 * @throws {Failure} when the baseline does not run: a night of crashes helps nobody
 */
export async function loop(night: Night, start: Date, pairs: number, earlier: EarlierNoise[]): Promise<Stop> {
  const crew = gatherCrew(night)
  const baseline = await runBaseline(night)
  if (baseline.status === 'aborted') return interrupted
  for (;;) {
    const plan = makePlan(night.contract, start, runSeconds(night.state), pairs)
    const stop = night.signal.aborted ? interrupted : stopReason(night.contract, night.state, plan, new Date())
    if (stop) return stop
    await repeatBaseline(night, plan.experiments, earlier)
    await checkDrift(night, best(night), earlier)
    if (night.signal.aborted) return interrupted
    const made = await makeExperiment(night, crew, best(night))
    if (!made && !night.signal.aborted) return { kind: 'exhausted', detail: 'no agent has a proposal left' }
  }
}

const best = (night: Night): Experiment => tip(night.state) as Experiment

async function runBaseline(night: Night): Promise<Experiment> {
  const { state, repository } = night
  const commit = state.session.baseCommit
  const startedAt = new Date().toISOString()
  const run = await train(night, { experiment: 0, commit, purpose: 'baseline', seed: firstSeed })
  const tree = await repository.git.raw('rev-parse', `${commit}^{tree}`)
  const kept = {
    status: 'keep' as const,
    reason: 'The baseline.',
    metric: run.metric,
    memoryMb: memoryOf(run),
    decision: null,
  }
  const experiment = await record(night, {
    number: 0,
    description: 'baseline',
    hypothesis: null,
    agent: { use: null, model: null, seconds: 0, tokens: null, costUsd: null },
    proseHash: state.session.proseHash,
    parent: null,
    commit,
    tree,
    linesAdded: 0,
    linesRemoved: 0,
    startedAt,
    ...(run.metric === null ? failed(run) : kept),
  })
  night.tried.set(tree, 0)
  if (experiment.status === 'crash' || experiment.status === 'timeout')
    throw new Failure(
      `The baseline did not run: ${run.why}`,
      `Make \`${night.contract.run}\` work by hand in ${night.contract.target}/ first. Its log is ${night.folder}/runs/0000/1/run.log.`,
    )
  return experiment
}
