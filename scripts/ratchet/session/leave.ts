/** Leaving a session: its process ends within seconds, and what its engine executes goes on, for a resumption to find. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import type { SessionContext } from './context.ts'

type LeaveContext = Pick<SessionContext, 'engine' | 'interrupt' | 'state'>

/** Ends whatever waits for a run of an engine, without a result. */
export class Left extends Failure {}

/** Whether the session was left. On this machine there is nobody else to end its runs, so it is stopped at once instead. */
export const isLeft = ({ engine, interrupt }: Omit<LeaveContext, 'state'>): boolean =>
  engine !== null && interrupt.leave.aborted

/** @throws {Left} when the session was left */
export function checkLeft(context: LeaveContext): void {
  if (!isLeft(context)) return
  const { id } = context.state.session
  throw new Left(
    `${id} was left: what it has under way on ${context.engine?.description ?? 'its engine'} goes on.`,
    `The same command finds it, and so does \`${command(`session resume ${id}`)}\`.`,
  )
}
