/** Session fields that a run's sandbox is made of. */
import type { EmitContext, SessionContext } from '../session/context.ts'

export type SandboxContext = EmitContext &
  Pick<SessionContext, 'repository' | 'contract' | 'work' | 'hidden' | 'sandbox' | 'terminal'>
