/** The published Claude Code and Codex, end to end with a local model server. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { trainer } from '../../helpers/target.ts'
import { nightshift, repository, scratch, sessionsOf } from '../../helpers/throwaway.ts'
import { fetchClients } from './fetchClients.ts'
import { type Asked, openServer, type Server, type Step } from './modelServer.ts'
import { answer, anthropic, claudeEdit, codexEdit, loopback, planted, surroundings, turn } from './turn.ts'

beforeAll(async () => {
  await fetchClients()
}, 300_000)
afterEach(() => {
  vi.unstubAllEnvs()
})

const edits = {
  claude: ({ folder }: Asked): Step[] => [
    ...claudeEdit(folder, 'train.js', 'RATE = 0.02', 'RATE = 0.04'),
    { say: `Done.\n${answer}` },
  ],
  codex: (): Step[] => [codexEdit('train.js', 'const RATE = 0.02', 'const RATE = 0.04'), { say: `Done.\n${answer}` }],
}

test.each(['claude', 'codex'] as const)(
  '%s edits with its own tools in a whole session',
  {
    timeout: 120_000,
  },
  async use => {
    // A key that the service echoes must not appear in any file of the session.
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
    expect(result.exitCode, result.stderr).toBe(0)
    const folder = join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')
    const { session, experiments } = await readSession(folder)
    expect(experiments[1], result.stderr).toMatchObject({
      status: 'keep',
      description: 'RATE 0.02 -> 0.04',
      hypothesis: '[key]: twice the rate halves the distance.',
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

test('claude is asked again after an overload, and with feedback after an edit of a frozen file', {
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

/** Files of a folder that contain a text. */
async function holding(folder: string, text: string): Promise<string[]> {
  const { stdout } = await execa('grep', ['-rlaF', text, folder], { reject: false })
  return stdout.split('\n').filter(line => line !== '')
}

test('claude reads and edits only in the worktree, without shell and web', async () => {
  const outside = join(await scratch(), 'outside.txt')
  const { proposal, root, said, server } = await turn('claude', ({ folder }) => [
    { tool: 'Read', input: { file_path: '/etc/hostname' } },
    { tool: 'Bash', input: { command: `touch ${outside}` } },
    { tool: 'Write', input: { file_path: outside, content: 'x' } },
    { tool: 'WebFetch', input: { url: 'http://127.0.0.1:9/', prompt: 'x' } },
    { tool: 'Write', input: { file_path: join(folder, '../.git/hooks/post-commit'), content: 'x' } },
    // The other editable file is outside of the working directory.
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

test('the shell of codex writes only in the worktree and has no network and no key', async () => {
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
