/** Tells the user's hooks of a verdict and of the session's end. */
import type { Digest } from '../../analysis/schema.ts'
import { files } from '../../record/files/paths.ts'
import type { Experiment } from '../../record/schema.ts'
import { headOf } from '../../record/state.ts'
import { commonOf, headIn } from './events.ts'
import { type HookContext, tellHook } from './hooks.ts'

/** The session waits for it: beside the next run it would disturb the measurement. */
export async function tellVerdict(context: HookContext, experiment: Experiment): Promise<void> {
  if (!context.userHooks?.commands.after_verdict) return
  const { number, status, reason, description, hypothesis, agent, metric, decision, commit, runs } = experiment
  await tellHook(context, {
    event: 'after_verdict',
    ...commonOf(context.state.session),
    number,
    status,
    reason,
    description,
    hypothesis,
    agent: { use: agent.use, model: agent.model },
    value: metric,
    gain: decision?.gain ?? null,
    commit,
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    head: headIn(headOf(context.state)),
  })
}

/** @param digest null when the report failed */
export async function tellEnd(context: HookContext, digest: Digest | null): Promise<void> {
  const { session, experiments } = context.state
  if (!context.userHooks?.commands.end || session.stop === null) return
  const { folder } = context
  const made = experiments.filter(({ number }) => number > 0)
  await tellHook(context, {
    event: 'end',
    ...commonOf(session),
    stop: session.stop,
    experiments: made.length,
    kept: made.filter(({ status }) => status === 'keep').length,
    head: headIn(headOf(context.state)),
    branch: session.branch,
    folder,
    report: digest && files.report(folder),
    digest: digest && files.digest(folder),
  })
}
