/** Failures of the published Claude Code and Codex, in a turn and in the check. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { AgentDown } from '../../../scripts/agents/agent.ts'
import { createAgent } from '../../../scripts/agents/create.ts'
import { agentSchema } from '../../../scripts/program/contract.ts'
import { withoutClients } from '../../helpers/throwaway.ts'
import { fetchClients } from './fetchClients.ts'
import { openServer, type Step } from './modelServer.ts'
import { anthropic, planted, surroundings, turn } from './turn.ts'

beforeAll(async () => {
  await fetchClients()
}, 300_000)
afterEach(() => {
  vi.unstubAllEnvs()
})

test.each<[string, Step, Partial<AgentDown>]>([
  [
    'a rate limit with Retry-After',
    { status: 429, headers: { 'retry-after': '40' }, error: anthropic('rate_limit_error', 'Too many') },
    { kind: 'rate-limit' },
  ],
  [
    'an error of the service',
    { status: 500, error: anthropic('api_error', 'Internal server error') },
    { kind: 'overload' },
  ],
  ['an overload', { status: 529, error: anthropic('overloaded_error', 'Overloaded') }, { kind: 'overload' }],
  ['a refused key', { status: 401, error: anthropic('authentication_error', `no key ${planted}`) }, { kind: 'auth' }],
  [
    'an empty account',
    { status: 400, error: anthropic('invalid_request_error', 'Your credit balance is too low') },
    { kind: 'auth' },
  ],
  ['an unknown model', { status: 404, error: anthropic('not_found_error', 'model: x') }, { kind: 'unknown' }],
  ['a stream cut in the middle', 'cut', { kind: 'network' }],
  ['no answer at all', 'silence', { kind: 'timeout' }],
  ['an empty answer', { say: '' }, { kind: 'empty' }],
])('claude and %s', async (_, step, expected) => {
  const more = step === 'silence' ? { timeout: '2s' } : {}
  const { down } = await turn('claude', () => [step], more)
  expect(down).toMatchObject(expected)
  expect(`${down?.message}`).not.toContain(planted)
  // What the service asked for, plus the client's jitter.
  if (down?.kind === 'rate-limit') expect(down.retryAfter).toBeGreaterThanOrEqual(40)
})

test.each<[string, Step, Partial<AgentDown>]>([
  [
    'a rate limit',
    { status: 429, error: { type: 'rate_limit_exceeded', message: 'Rate limit' } },
    { kind: 'rate-limit' },
  ],
  ['an error of the service', { status: 500, error: { type: 'server_error', message: 'x' } }, { kind: 'overload' }],
  ['an overload', { status: 529, error: { type: 'overloaded', message: 'Overloaded' } }, { kind: 'overload' }],
  ['a refused key', { status: 401, error: { message: `Incorrect API key provided: ${planted}` } }, { kind: 'auth' }],
  [
    'an unknown model',
    { status: 404, error: { code: 'model_not_found', message: 'The model `x` does not exist' } },
    { kind: 'unknown' },
  ],
  ['a stream cut in the middle', 'cut', { kind: 'network' }],
  ['no answer at all', 'silence', { kind: 'timeout' }],
  ['an empty answer', { say: '' }, { kind: 'empty' }],
])('codex and %s', async (_, step, expected) => {
  const { down } = await turn('codex', () => [step], step === 'silence' ? { timeout: '2s' } : {})
  expect(down).toMatchObject(expected)
  expect(`${down?.message}`).not.toContain(planted)
})

test('the check finds why an agent cannot propose, and how to fix it', async () => {
  const server = await openServer(asked =>
    asked.body.includes('"nope"') ? [{ status: 404, error: anthropic('not_found_error', 'model: nope') }] : [],
  )
  const env = await surroundings(server)
  const look = async (use: string, more: object, changed: Record<string, string | undefined> = {}) => {
    for (const [name, value] of Object.entries({ ...env, ...changed })) vi.stubEnv(name, value)
    const { version, problem } = await createAgent(agentSchema.parse({ use, ...more })).check(null)
    return { version, problem: problem && `${problem.found} ${problem.advice}` }
  }
  const none = { ANTHROPIC_API_KEY: undefined, OPENAI_API_KEY: undefined }
  const alone = await withoutClients()
  expect(await look('claude', {}, { PATH: alone })).toEqual({
    version: null,
    problem: expect.stringMatching(/claude .*not found.* npm install -g @anthropic-ai\/claude-code/),
  })
  expect(await look('gemini', {}, { PATH: alone })).toMatchObject({
    problem: expect.stringMatching(/@google\/gemini-cli/),
  })
  expect(await look('opencode', {}, { PATH: alone })).toMatchObject({
    problem: expect.stringMatching(/opencode-ai/),
  })
  expect(await look('claude', {}, none)).toMatchObject({
    problem: expect.stringMatching(/not logged in.*claude auth login/),
  })
  expect(await look('codex', {}, none)).toMatchObject({ problem: expect.stringMatching(/not logged in.*codex login/) })
  expect(await look('claude', { model: 'nope' })).toMatchObject({ problem: expect.stringMatching(/nope.*--model/) })
  expect(await look('codex', { model: 'nope' })).toMatchObject({
    problem: expect.stringMatching(/no model nope.*gpt-/),
  })
  expect(await look('claude', {})).toEqual({ version: expect.stringMatching(/^\d/), problem: null })
  expect(await look('codex', {})).toEqual({ version: expect.stringMatching(/^\d/), problem: null })
})
