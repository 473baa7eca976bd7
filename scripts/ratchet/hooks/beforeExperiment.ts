/** Asks the user's hook whether a proposal that the guard passed becomes an experiment. */
import { sanitizeText } from '../../lib/text.ts'
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'
import type { Refused } from '../propose/guard.ts'
import { type BeforeExperiment, commonOf, headIn } from './events.ts'
import { callHook, type HookContext } from './hooks.ts'
import { lastLine } from './runHook.ts'

export type HookedProposal = Pick<
  BeforeExperiment,
  'files' | 'linesAdded' | 'linesRemoved' | 'patch' | 'tree' | 'worktree'
> &
  Pick<Candidate, 'number' | 'description' | 'hypothesis' | 'agent'>

/**
 * A proposal that a hook could not look at does not run: what the user set as a condition is never skipped.
 * @returns why it is refused; null when it may run, or there is no hook
 */
export async function askHook(
  context: HookContext,
  head: Experiment,
  proposal: HookedProposal,
): Promise<Refused | null> {
  const { userHooks, state, terminal } = context
  if (!userHooks?.commands.before_experiment) return null
  const { agent, ...about } = proposal
  const result = await callHook(context, {
    event: 'before_experiment',
    ...commonOf(state.session),
    ...about,
    agent: { use: agent.use, model: agent.model },
    head: headIn(head) as BeforeExperiment['head'],
  })
  if (result === null || result.kind === 'passed') {
    userHooks.broken.count = 0
    userHooks.refused = 0
    return null
  }
  if (result.kind === 'stopped') return { rule: 'stopped', why: 'the session was stopped' }
  if (result.kind === 'broken') {
    const last = lastLine(result)
    const why = last === '' ? result.why : `${result.why} (${last})`
    userHooks.broken = { count: userHooks.broken.count + 1, why }
    terminal.step('hook', `before_experiment ${why}: the proposal does not run`)
    return { rule: 'hook-broken', why: `hook: before_experiment ${why}` }
  }
  userHooks.broken.count = 0
  userHooks.refused++
  const { why, output } = result
  const said = sanitizeText(output, 300) || `before_experiment ${why}`
  return { rule: 'hook', why: `hook: ${said.replace(/\.$/, '')}`, message: output }
}
