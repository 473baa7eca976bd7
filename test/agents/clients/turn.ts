/** One turn of a published client against the model server of the tests, and helpers for its scripts. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { AgentDown, Task } from '../../../scripts/agents/agent.ts'
import { createAgent } from '../../../scripts/agents/create.ts'
import { type AgentSpec, agentSchema } from '../../../scripts/program/contract.ts'
import { trainer } from '../../helpers/target.ts'
import { repository, scratch } from '../../helpers/throwaway.ts'
import { fetchClients } from './fetchClients.ts'
import { type Asked, openServer, type Server, type Step } from './modelServer.ts'

/** Has no known format of a key, so that only its value identifies it. */
export const planted = 'planted.key.of.the.test.0815'
export const answer = '{"description": "RATE 0.02 -> 0.04", "hypothesis": "Twice the rate halves the distance."}'

/** Variables that point a client to the server, without settings of this machine's user. */
export async function surroundings(server: Server): Promise<Record<string, string>> {
  return {
    HOME: await scratch(),
    PATH: `${await fetchClients()}:${process.env.PATH}`,
    ANTHROPIC_BASE_URL: server.url,
    ANTHROPIC_API_KEY: planted,
    OPENAI_API_KEY: planted,
    CODEX_HOME: await scratch(),
    UNRELATED_TOKEN: 'another.key.of.the.test.4711',
  }
}

/** Arguments that point codex to the server; claude uses a variable. */
export const loopback = ({ url }: Server): string[] => [
  '-c',
  'model_provider="loopback"',
  '-c',
  `model_providers.loopback={name="loopback",base_url="${url}/v1",wire_api="responses",env_key="OPENAI_API_KEY",request_max_retries=0,stream_max_retries=0}`,
]

const specOf = (use: string, server: Server, more: object = {}): AgentSpec =>
  agentSchema.parse({ use, args: use === 'codex' ? loopback(server) : [], timeout: '30s', ...more })

/** One turn of a client in a new repository. */
export async function turn(use: 'claude' | 'codex', script: (asked: Asked) => Step[], more: object = {}) {
  const server = await openServer(script)
  const root = await repository({ 'src/train.js': trainer, 'lib/shared.js': 'export const SHARED = 1\n' })
  for (const [name, value] of Object.entries(await surroundings(server))) vi.stubEnv(name, value)
  const transcript = join(root, '../transcript.jsonl')
  const task: Task = {
    worktree: root,
    folder: join(root, 'src'),
    edit: ['src/train.js', 'lib/shared.js'],
    prompt: 'Propose.',
    goal: 'minimize',
    history: [],
    sigma: null,
    baselineLog: '',
    conflictPatch: null,
    isDuplicate: async () => false,
    transcript,
    mark: `test of ${root}`,
    signal: new AbortController().signal,
  }
  const agent = createAgent(specOf(use, server, more))
  const result = await agent.propose(task).then(
    proposal => ({ proposal, down: null }),
    (error: AgentDown) => ({ proposal: null, down: error }),
  )
  const said = await readFile(transcript, 'utf8').catch(() => '')
  return { ...result, root, server, said, agent, folder: join(root, 'src') }
}

export const claudeEdit = (folder: string, file: string, from: string, to: string): Step[] => [
  { tool: 'Read', input: { file_path: join(folder, file) } },
  { tool: 'Edit', input: { file_path: join(folder, file), old_string: from, new_string: to } },
]
export const codexEdit = (file: string, from: string, to: string): Step => ({
  tool: 'apply_patch',
  input: `*** Begin Patch\n*** Update File: ${file}\n@@\n-${from}\n+${to}\n*** End Patch\n`,
})

export const anthropic = (type: string, message: string) => ({ type, message })
