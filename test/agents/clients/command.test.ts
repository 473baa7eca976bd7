import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, expect, test, vi } from 'vitest'
import type { AgentDown } from '../../../scripts/agents/agent.ts'
import { agentEnvironment } from '../../../scripts/agents/clients/environment.ts'
import { createAgent } from '../../../scripts/agents/create.ts'
import { agentSchema } from '../../../scripts/program/contract.ts'
import { scratch } from '../../helpers/throwaway.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** One turn of a command in a new folder. */
async function turn(command: string, more: object = {}) {
  const folder = await scratch()
  const agent = createAgent(agentSchema.parse({ use: 'command', command, ...more }))
  const transcript = join(folder, '..', `${folder.split('/').at(-1)}.jsonl`)
  const result = await agent
    .propose({
      worktree: folder,
      folder,
      edit: ['train.py'],
      prompt: 'Think.',
      goal: 'minimize',
      history: [],
      sigma: null,
      baselineLog: '',
      conflictPatch: null,
      isDuplicate: async () => false,
      mark: `test of ${folder}`,
      transcript,
      signal: new AbortController().signal,
    })
    .then(
      proposal => ({ proposal, down: null }),
      (error: AgentDown) => ({ proposal: null, down: error }),
    )
  return { ...result, folder, said: await readFile(transcript, 'utf8').catch(() => '') }
}

test('the last line is the description, or the JSON that the prompt asks for', async () => {
  const plain = await turn('cat > told; echo thinking; echo "twice the rate"; echo')
  expect(plain.proposal).toMatchObject({ description: 'twice the rate', hypothesis: null, tokens: null, costUsd: null })
  expect(await readFile(join(plain.folder, 'told'), 'utf8')).toBe('Think.')
  expect(plain.said).toContain('{"type":"text","text":"thinking"}')
  const json = await turn(`echo '{"description": "a", "hypothesis": "b"}'`)
  expect(json.proposal).toMatchObject({ description: 'a', hypothesis: 'b' })
})

test('a command gets general variables and those that program.md names, no others', async () => {
  vi.stubEnv('MY_MODEL_KEY', 'a key of its own')
  vi.stubEnv('SOMEBODY_TOKEN', 'a key of another')
  vi.stubEnv('NIGHTSHIFT_WORK', '/elsewhere')
  const { folder, proposal, said } = await turn('env > seen; echo "$MY_MODEL_KEY"', { env: ['MY_MODEL_KEY'] })
  const names = (await readFile(join(folder, 'seen'), 'utf8')).split('\n').map(line => line.split('=')[0])
  expect(names).toEqual(expect.arrayContaining(['HOME', 'PATH', 'MY_MODEL_KEY', 'NIGHTSHIFT_RUN']))
  expect(names).not.toContain('SOMEBODY_TOKEN')
  expect(names).not.toContain('NIGHTSHIFT_WORK')
  expect(`${proposal?.description} ${said}`).toBe('[key] {"type":"text","text":"[key]"}\n')
})

test('a client gets only its own keys', () => {
  const from = {
    HOME: '/h',
    ANTHROPIC_API_KEY: 'a',
    OPENAI_API_KEY: 'b',
    AWS_PROFILE: 'c',
    https_proxy: 'd',
    LC_ALL: 'C',
  }
  const given = { HOME: '/h', https_proxy: 'd', LC_ALL: 'C' }
  expect(agentEnvironment(/^ANTHROPIC_/, [], from)).toEqual({ ...given, ANTHROPIC_API_KEY: 'a' })
  expect(agentEnvironment(null, ['AWS_PROFILE'], from)).toEqual({ ...given, AWS_PROFILE: 'c' })
})

test.each([
  ['exit 75', { kind: 'overload', retryAfter: null }],
  ['echo "retry-after: 45" >&2; exit 75', { kind: 'rate-limit', retryAfter: 45 }],
  [
    'echo "no such module" >&2; exit 3',
    { kind: 'crash', message: expect.stringMatching(/exit code 3: no such module/) },
  ],
  ['sleep 60', { kind: 'timeout' }],
  ['yes', { kind: 'unreadable' }],
])('%s: the agent is down', async (command, expected) => {
  const { down } = await turn(command, { timeout: command === 'sleep 60' ? '1s' : '20s' })
  expect(down).toMatchObject(expected)
})

test('processes that a command leaves running are killed after its turn', async () => {
  const { folder } = await turn(
    "(setsid sh -c 'echo $$ > pid; exec sleep 304' >/dev/null 2>&1 &); until [ -s pid ]; do sleep 0.05; done",
  )
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
  // A zombie that is never reaped has ended, too.
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false })
  expect(stdout).toMatch(/^(Z.*)?$/)
})
