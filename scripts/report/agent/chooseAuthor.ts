/** Chooses the agent that writes a report. Pure. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { type AgentSpec, agentSchema, type Contract } from '../../program/contract.ts'
import type { Session } from '../../record/schema.ts'

/** Agents that can write prose. A `command` agent makes proposals, so it writes only if the user asks for it. */
const writers = ['claude', 'codex', 'gemini', 'opencode'] as const

const isWriter = (use: unknown): boolean => (writers as readonly unknown[]).includes(use)

/**
 * The author at the end of a session: `report.agent` of program.md, else the session's agent if it can write; null: the
 * template.
 */
export function authorByContract({ agent, report }: Pick<Contract, 'agent' | 'report'>): AgentSpec | null {
  if (report) return report.agent === 'none' ? null : report.agent
  return isWriter(agent.use) ? agent : null
}

export interface Flags {
  agent?: string | undefined
  model?: string | undefined
  command?: string | undefined
}

/**
 * The author that flags name. @returns null for "none", undefined without a flag
 * @throws {Failure} if the agent cannot write
 */
export function authorByFlags({ agent, model, command: program }: Flags): AgentSpec | null | undefined {
  if (agent === undefined && (model !== undefined || program !== undefined))
    throw new Failure(
      '--model and --command need --agent.',
      `For example \`${command('report --agent claude --model opus')}\`.`,
    )
  if (agent === undefined) return undefined
  if (agent === 'none') return null
  const parsed = agentSchema.safeParse({
    use: agent,
    ...(model ? { model } : {}),
    ...(program ? { command: program } : {}),
  })
  if (!parsed.success || agent === 'tuner')
    throw new Failure(
      parsed.success ? 'The tuner cannot write a report.' : `--agent ${agent}: ${parsed.error.issues[0]?.message}.`,
      `Use ${writers.join(', ')}, none, or command with --command PROGRAM.`,
    )
  return parsed.data
}

/**
 * The author for `pnpm report` without flags, from the session's record. The record may come from another machine, so
 * only a known client is run, without arguments from the record; collected sessions get null.
 */
export function authorByRecord({ contract, source }: Session): AgentSpec | null {
  if (source !== undefined) return null
  const { agent, report } = contract as Partial<Record<'agent' | 'report', unknown>>
  const named = report === undefined ? agent : (report as { agent?: unknown }).agent
  const { use, model, effort } = (named ?? {}) as Partial<Record<string, unknown>>
  if (!isWriter(use)) return null
  const plain = (value: unknown) => (typeof value === 'string' && /^\w[\w.:/@-]*$/.test(value) ? value : null)
  const parsed = agentSchema.safeParse({ use, model: plain(model), effort: plain(effort) })
  return parsed.success ? parsed.data : null
}
