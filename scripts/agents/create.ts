/** Creates the agent that a contract names. */
import type { AgentSpec } from '../program/contract.ts'
import type { Agent } from './agent.ts'
import { claude } from './clients/claude.ts'
import { codex } from './clients/codex.ts'
import { commandAgent } from './clients/command.ts'
import { cliAgent } from './clients/common.ts'
import { gemini } from './clients/gemini.ts'
import { opencode } from './clients/opencode.ts'
import { tuner } from './tuner/tuner.ts'

const clients = { claude, codex, gemini, opencode }

/** Sessions of earlier versions lack keys that were added later. */
type RecordedSpec = Omit<AgentSpec, Later> & Partial<Pick<AgentSpec, Later>>
type Later = 'effort' | 'args' | 'env' | 'sandbox'

export function createAgent(recorded: RecordedSpec): Agent {
  const spec: AgentSpec = {
    effort: null,
    args: [],
    env: [],
    sandbox: false,
    ...recorded,
  }
  if (spec.use === 'tuner') return tuner
  return spec.use === 'command' ? commandAgent(spec) : cliAgent(clients[spec.use], spec)
}
