/** The published Claude Code and Codex, driven end to end through a model server on this machine. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type AgentDown, createAgent, type Task } from '../../scripts/agents/agent.ts'
import { type AgentSpec, agentSchema } from '../../scripts/program/contract.ts'
import { readSession } from '../../scripts/record/files.ts'
import { trainer } from '../target.ts'
import { nightshift, repository, scratch, sessionsOf } from '../throwaway.ts'
import { fetchClients } from './fetchClients.ts'
import { type Asked, openServer, type Server, type Step } from './server.ts'

/** Known by no shape of a key, so that only its value can give it away. */
const planted = 'planted.key.of.the.test.0815'
const answer = '{"description": "RATE 0.02 -> 0.04", "hypothesis": "Twice the rate halves the distance."}'

let bin = ''
beforeAll(async () => {
  bin = await fetchClients()
}, 300_000)

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Variables with which a client finds the server and nothing of this machine's user. */
async function surroundings(server: Server): Promise<Record<string, string>> {
  return {
    HOME: await scratch(),
    PATH: `${bin}:${process.env.PATH}`,
    ANTHROPIC_BASE_URL: server.url,
    ANTHROPIC_API_KEY: planted,
    OPENAI_API_KEY: planted,
    CODEX_HOME: await scratch(),
    UNRELATED_TOKEN: 'another.key.of.the.test.4711',
  }
}

/** Arguments by which codex finds the server; claude has a variable for that. */
const loopback = ({ url }: Server): string[] => [
  ...['-c', 'model_provider="loopback"', '-c'],
  `model_providers.loopback={name="loopback",base_url="${url}/v1",wire_api="responses",env_key="OPENAI_API_KEY",request_max_retries=0,stream_max_retries=0}`,
]

const specOf = (use: string, server: Server, more: object = {}): AgentSpec =>
  agentSchema.parse({ use, args: use === 'codex' ? loopback(server) : [], timeout: '30s', ...more })

/** One turn of a client in a repository of its own. */
async function turn(use: 'claude' | 'codex', script: (asked: Asked) => Step[], more: object = {}) {
  const server = await openServer(script)
  const root = await repository({ 'src/train.js': trainer, 'lib/shared.js': 'export const SHARED = 1\n' })
  for (const [name, value] of Object.entries(await surroundings(server))) vi.stubEnv(name, value)
  const transcript = join(root, '../transcript.jsonl')
  const task: Task = {
    ...{ worktree: root, folder: join(root, 'src'), edit: ['src/train.js', 'lib/shared.js'], prompt: 'Propose.' },
    ...{ goal: 'minimize', history: [], sigma: null, redo: null, isTried: async () => false, transcript },
    ...{ mark: `test of ${root}`, signal: new AbortController().signal },
  }
  const agent = createAgent(specOf(use, server, more))
  const result = await agent.propose(task).then(
    proposal => ({ proposal, down: null }),
    (error: AgentDown) => ({ proposal: null, down: error }),
  )
  const said = await readFile(transcript, 'utf8').catch(() => '')
  return { ...result, root, server, said, agent, folder: join(root, 'src') }
}

const claudeEdit = (folder: string, file: string, from: string, to: string): Step[] => [
  { tool: 'Read', input: { file_path: join(folder, file) } },
  { tool: 'Edit', input: { file_path: join(folder, file), old_string: from, new_string: to } },
]
const codexEdit = (file: string, from: string, to: string): Step => ({
  tool: 'apply_patch',
  input: `*** Begin Patch\n*** Update File: ${file}\n@@\n-${from}\n+${to}\n*** End Patch\n`,
})

const edits = {
  claude: ({ folder }: Asked): Step[] => [
    ...claudeEdit(folder, 'train.js', 'RATE = 0.02', 'RATE = 0.04'),
    { say: `Done.\n${answer}` },
  ],
  codex: (): Step[] => [codexEdit('train.js', 'const RATE = 0.02', 'const RATE = 0.04'), { say: `Done.\n${answer}` }],
}

test.each(['claude', 'codex'] as const)(
  '%s edits by its own tools, in a session with guard, run and judge',
  {
    timeout: 120_000,
  },
  async use => {
    // What a service says back of a key must not be found in anything that the session leaves.
    const server = await openServer(asked =>
      edits[use](asked).map(step =>
        typeof step === 'object' && 'say' in step
          ? { say: `Your key is ${asked.key}.\n${step.say.replace('Twice', `${asked.key}: twice`)}` }
          : step,
      ),
    )
    const root = await repository({ 'train.js': trainer, 'program.md': programOf(use, server) })
    const args = ['--program', 'program.md', '--tag', 't', '--experiments', '1', '--seeds', '1']
    const result = await nightshift(root, 'session', args, await surroundings(server))
    expect(result.stderr).not.toContain(planted)
    const folder = join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')
    const { session, experiments } = await readSession(folder)
    expect(experiments[1], result.stderr).toMatchObject({
      ...{ status: 'keep', description: 'RATE 0.02 -> 0.04', hypothesis: '[key]: twice the rate halves the distance.' },
      agent: { use, tokens: use === 'claude' ? 3 * 1220 : 2 * 1020 },
    })
    expect(experiments[1]?.agent.costUsd === null).toBe(use === 'codex')
    expect(session.clients).toEqual([{ use, model: null, version: expect.stringMatching(/^\d+\.\d+\.\d+$/) }])
    const said = await readFile(join(folder, 'runs/0001/proposal.jsonl'), 'utf8')
    expect(said).toContain('Your key is [key].')
    for (const line of said.trim().split('\n')) JSON.parse(line)
    for (const place of [folder, join(root, '../work'), join(root, '.git')])
      expect(await holding(place, 'of.the.test')).toEqual([])
  },
)

test('claude is asked again after an overload, and told why after an edit of a frozen file', {
  timeout: 120_000,
}, async () => {
  const server = await openServer(asked => {
    if (asked.conversation === 0) return [{ status: 529, error: anthropic('overloaded_error', 'Overloaded') }]
    if (asked.conversation === 1)
      return [...claudeEdit(asked.folder, 'frozen.txt', 'as it is', 'as I like it'), { say: answer }]
    return edits.claude(asked)
  })
  const files = { 'train.js': trainer, 'frozen.txt': 'as it is\n' }
  const root = await repository({ ...files, 'program.md': programOf('claude', server) })
  const args = ['--program', 'program.md', '--tag', 't', '--experiments', '1', '--seeds', '1']
  const result = await nightshift(root, 'session', args, {
    ...(await surroundings(server)),
    NIGHTSHIFT_PAUSE_MS: '300',
  })
  const folder = join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')
  const { session, experiments } = await readSession(folder)
  expect(session.outages[0], result.stderr).toMatchObject({
    use: 'claude',
    kind: 'overload',
    endedAt: expect.any(String),
  })
  expect(experiments[1]).toMatchObject({ status: 'keep', description: 'RATE 0.02 -> 0.04' })
  const again = server.asked.find(({ conversation }) => conversation === 2)
  expect(again?.body).toMatch(/# Refused.*frozen\.txt/)
})

const programOf = (use: string, server: Server): string => `---
edit: train.js
run: node train.js
metric: loss
budget: 1s
agent: ${JSON.stringify({ use, args: use === 'codex' ? loopback(server) : [] })}
fallback: []
---

Make the loss smaller.
`

/** Files in a folder that hold a text. */
async function holding(folder: string, text: string): Promise<string[]> {
  const { stdout } = await execa('grep', ['-rlaF', text, folder], { reject: false })
  return stdout.split('\n').filter(line => line !== '')
}

test('claude reads and edits in the worktree alone, without shell and web', async () => {
  const outside = join(await scratch(), 'outside.txt')
  const { proposal, root, said, server } = await turn('claude', ({ folder }) => [
    { tool: 'Read', input: { file_path: '/etc/hostname' } },
    { tool: 'Bash', input: { command: `touch ${outside}` } },
    { tool: 'Write', input: { file_path: outside, content: 'x' } },
    { tool: 'WebFetch', input: { url: 'http://127.0.0.1:9/', prompt: 'x' } },
    { tool: 'Write', input: { file_path: join(folder, '../.git/hooks/post-commit'), content: 'x' } },
    // The other editable file lies beside the working directory.
    ...claudeEdit(join(folder, '../lib'), 'shared.js', 'SHARED = 1', 'SHARED = 2'),
    { say: answer },
  ])
  expect(proposal).toMatchObject({ description: 'RATE 0.02 -> 0.04' })
  expect(existsSync(outside)).toBe(false)
  expect(existsSync(join(root, '.git/hooks/post-commit'))).toBe(false)
  expect(await readFile(join(root, 'lib/shared.js'), 'utf8')).toBe('export const SHARED = 2\n')
  const results = said.split('\n').filter(line => line.includes('tool_result'))
  expect(results.slice(0, 5).every(line => /outside|No such tool|denied/.test(line))).toBe(true)
  const { tools } = JSON.parse(server.asked[0]?.body ?? '') as { tools: { name: string }[] }
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['Edit', 'Read', 'Write']))
  expect(tools.map(({ name }) => name)).not.toContain('Bash')
})

test('codex has a shell that writes in the worktree alone, reaches no network, and holds no key', async () => {
  const outside = join(await scratch(), 'outside.txt')
  const temporary = join(tmpdir(), `${basename(dirname(outside))}.txt`)
  const { proposal, root, said } = await turn('codex', ({ url }) => [
    { tool: 'exec_command', input: { cmd: `touch ${outside}; touch ${temporary}` } },
    { tool: 'exec_command', input: { cmd: `curl -s -m 3 ${url}/leak; env` } },
    codexEdit('../lib/shared.js', 'export const SHARED = 1', 'export const SHARED = 2'),
    { say: answer },
  ])
  expect(proposal).toMatchObject({ description: 'RATE 0.02 -> 0.04' })
  expect(existsSync(outside) || existsSync(temporary)).toBe(false)
  expect(said).toContain('HOME=')
  expect(said).not.toContain('[key]')
  expect(said).not.toContain('UNRELATED')
  expect(await readFile(join(root, 'lib/shared.js'), 'utf8')).toBe('export const SHARED = 2\n')
})

const anthropic = (type: string, message: string) => ({ type, message })

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
  ['a model that is not there', { status: 404, error: anthropic('not_found_error', 'model: x') }, { kind: 'unknown' }],
  ['a stream cut in the middle', 'cut', { kind: 'network' }],
  ['no answer at all', 'silence', { kind: 'timeout' }],
  ['an empty answer', { say: '' }, { kind: 'empty' }],
])('claude and %s', async (_, step, expected) => {
  const more = step === 'silence' ? { timeout: '2s' } : {}
  const { down } = await turn('claude', () => [step], more)
  expect(down).toMatchObject(expected)
  expect(`${down?.message}`).not.toContain(planted)
  // It is told what the service asked for, with the client's own jitter on top.
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
    'a model that is not there',
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

test('what would stop an agent is found before the night, with the command that mends it', async () => {
  const server = await openServer(asked =>
    asked.body.includes('"nope"') ? [{ status: 404, error: anthropic('not_found_error', 'model: nope') }] : [],
  )
  const env = await surroundings(server)
  const look = async (use: string, more: object, changed: Record<string, string | undefined> = {}) => {
    for (const [name, value] of Object.entries({ ...env, ...changed })) vi.stubEnv(name, value)
    const { version, problem } = await createAgent(agentSchema.parse({ use, ...more })).check()
    return { version, problem: problem && `${problem.found} ${problem.advice}` }
  }
  const none = { ANTHROPIC_API_KEY: undefined, OPENAI_API_KEY: undefined }
  expect(await look('claude', {}, { PATH: '/usr/bin:/bin' })).toEqual({
    version: null,
    problem: expect.stringMatching(/claude .*not found.* npm install -g @anthropic-ai\/claude-code/),
  })
  expect(await look('gemini', {}, { PATH: '/usr/bin:/bin' })).toMatchObject({
    problem: expect.stringMatching(/@google\/gemini-cli/),
  })
  expect(await look('opencode', {}, { PATH: '/usr/bin:/bin' })).toMatchObject({
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
