/**
 * The user's hooks in a session: commands before an experiment, after a verdict and at the end. They come from program.md as
 * it is when the session starts or resumes; no flag, record or edit of an agent can name one.
 */
import { dirname } from 'node:path'
import { redactRecord } from '../../lib/secrets/redact.ts'
import type { Terminal } from '../../lib/terminal/terminal.ts'
import { sanitizeText } from '../../lib/text.ts'
import { readAutomation } from '../../program/read.ts'
import { recordHookFailure } from '../../record/files/hookFailures.ts'
import type { SessionContext } from '../session/context.ts'
import { helperMark } from '../session/prepare.ts'
import { runEnvironment } from '../train/environment.ts'
import { checkHooks } from './check.ts'
import type { AfterVerdict, End, HookEvent } from './events.ts'
import { type HookResult, lastLine, runHook } from './runHook.ts'
import { openUserHooks, type UserHooks } from './userHooks.ts'

/** The hooks of a session that is resumed. @throws {Failure} program.md or its hooks are wrong */
export async function readUserHooks({
  program,
  contract,
  repository,
}: Pick<SessionContext, 'program' | 'contract' | 'repository'>): Promise<UserHooks | null> {
  const { hooks } = await readAutomation(program)
  if (hooks !== null) checkHooks(hooks, program, repository.root, contract.edit)
  return openUserHooks(hooks)
}

/** Session fields that hooks use. */
export type HookContext = Pick<
  SessionContext,
  'userHooks' | 'program' | 'contract' | 'state' | 'interrupt' | 'folder'
> & { terminal: Terminal }

/** Calls the hook of an event. @returns null: there is none */
export async function callHook(context: HookContext, event: HookEvent): Promise<HookResult | null> {
  const command = context.userHooks?.commands[event.event] ?? null
  if (command === null) return null
  context.terminal.live(`${'hook'.padEnd(9)} ${event.event}`)
  return runHook({
    command,
    event: redactRecord(event),
    cwd: dirname(context.program),
    env: runEnvironment(context.contract),
    mark: helperMark(context.state.session.id, 'hook'),
    stop: context.interrupt.now,
  })
}

/** Calls a hook that decides nothing: a failure is only told and recorded. */
export async function tellHook(context: HookContext, event: AfterVerdict | End): Promise<void> {
  const result = await callHook(context, event)
  if (result === null || result.kind === 'passed') return
  const { folder, terminal } = context
  const cut = 'was not run to its end, because the session was ended at once'
  const why = result.kind === 'stopped' ? cut : result.why
  const last = lastLine(result)
  terminal.step('hook', `${event.event} ${why}${last === '' ? '' : ` (${last})`}`)
  const number = event.event === 'end' ? null : event.number
  const failure = { event: event.event, number, why, at: new Date().toISOString() }
  await recordHookFailure(folder, failure).catch((error: unknown) =>
    terminal.step('hook', `not recorded: ${sanitizeText(error instanceof Error ? error.message : String(error), 300)}`),
  )
}
