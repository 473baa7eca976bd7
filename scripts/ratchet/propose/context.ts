/** Fields of the session that the steps of a proposal use. */
import type { JudgeContext } from '../context.ts'
import type { EmitContext, SessionContext } from '../session/context.ts'

/** To build an agent's prompt. */
export type PromptContext = Pick<SessionContext, 'folder' | 'contract' | 'state'>

/** To record that an agent is down, or answers again. */
export type AgentContext = EmitContext & Pick<SessionContext, 'terminal'>

/** To open an agent's turn and to ask the agent. */
export type TurnContext = PromptContext &
  Pick<
    SessionContext,
    'work' | 'program' | 'repository' | 'proposalWorktree' | 'engine' | 'runners' | 'slots' | 'tried' | 'terminal'
  >

/** To request a proposal and record a candidate or a refusal. */
export type ProposeContext = TurnContext & JudgeContext & Pick<SessionContext, 'judge'>
