/** Who writes a report. Pure. */
import { command } from '../../lib/command.ts'
import { Failure } from '../../lib/errors.ts'
import { type AgentSpec, agentSchema, type Contract } from '../../program/contract.ts'
import type { Session } from '../../record/schema.ts'

/** Agents that write as well as they propose. A `command` makes proposals: it writes only where somebody says so. */
const writers = ['claude', 'codex', 'gemini', 'opencode'] as const

const isWriter = (use: unknown): boolean => (writers as readonly unknown[]).includes(use)

/** At the end of a session: `report.agent` of its program, else its own agent where that can write; null: the template. */
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
 * By hand: the one that the flags name. @returns null: "none"; undefined: no flag names any
 * @throws {Failure} it is none that writes
 */
export function authorByFlags({ agent, model, command: program }: Flags): AgentSpec | null | undefined {
  if (agent === undefined && (model !== undefined || program !== undefined))
    throw new Failure(
      '--model and --command go with --agent.',
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
      parsed.success ? 'The tuner does not write.' : `--agent ${agent}: ${parsed.error.issues[0]?.message}.`,
      `It is ${writers.join(', ')}, none, or command with --command PROGRAM.`,
    )
  return parsed.data
}

/**
 * By hand, without flags: as at the session's end. The record may have come from elsewhere, so nothing of it is run but
 * one of the known clients, without arguments of the record's own; and nothing for a session that was collected.
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
