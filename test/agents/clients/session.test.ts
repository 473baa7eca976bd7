/** Sessions of the published Claude Code and Codex with a scripted model server that misbehaves. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { trainer } from '../../helpers/target.ts'
import { git, nightshift, repository, scratch, sessionsOf } from '../../helpers/throwaway.ts'
import { fetchClients } from './fetchClients.ts'
import { type Asked, openServer, type Step } from './modelServer.ts'

const slow = { timeout: 120_000 }

let bin = ''
beforeAll(async () => {
  bin = await fetchClients()
}, 300_000)

const said = (description: string): Step => ({ say: JSON.stringify({ description, hypothesis: 'It helps.' }) })

/** Claude's own tools on a file of the target. */
const edit = ({ folder }: Asked, file: string, from: string, to: string): Step[] => [
  { tool: 'Read', input: { file_path: join(folder, file) } },
  { tool: 'Edit', input: { file_path: join(folder, file), old_string: from, new_string: to } },
]

/** A session with one agent, no fallback and a scripted model server. */
async function runSession(agent: (url: string) => object, script: (asked: Asked) => Step[], experiments: number) {
  const server = await openServer(script)
  const program = `---
edit: train.js
run: node train.js
metric: loss
budget: 1s
agent: ${JSON.stringify(agent(server.url))}
fallback: []
---

Make the loss smaller.
`
  const root = await repository({ 'train.js': trainer, 'frozen.txt': 'as it is\n', 'program.md': program })
  const args = ['--program', 'program.md', '--tag', 't', '--seeds', '1', '--experiments', String(experiments)]
  const result = await nightshift(root, 'session', args, {
    HOME: await scratch(),
    CODEX_HOME: await scratch(),
    PATH: `${bin}:${process.env.PATH}`,
    ANTHROPIC_BASE_URL: server.url,
    ANTHROPIC_API_KEY: 'key',
    OPENAI_API_KEY: 'key',
  })
  expect(result.exitCode, result.stderr).toBe(0)
  const folder = join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')
  return { root, server, folder, result, ...(await readSession(folder)) }
}

const anthropic = (type: string) => ({ type, message: type })

test(
  'claude gets feedback after an outage, an answer without an edit, a frozen file, a huge file and a crash',
  slow,
  async () => {
    const turns: ((asked: Asked) => Step[])[] = [
      () => [{ status: 529, error: anthropic('overloaded_error') }],
      asked => [...edit(asked, 'frozen.txt', 'as it is', 'changed'), said('the frozen file')],
      asked => [...edit(asked, 'train.js', 'loss = 1', 'loss = 0.9'), said('loss 1 -> 0.9')],
      () => [said('I would halve it')],
      asked => [
        { tool: 'Write', input: { file_path: join(asked.folder, 'note.txt'), content: 'x'.repeat(2_000_000) } },
        said('a huge note'),
      ],
      asked => [...edit(asked, 'train.js', 'const loss', 'const lose'), said('loss by another name')],
      asked => [...edit(asked, 'train.js', 'const lose = 0.9', 'const loss = 0.8'), said('fixed')],
    ]
    const { session, experiments, server, folder, root } = await runSession(
      () => ({ use: 'claude' }),
      asked => turns[asked.conversation]?.(asked) ?? [said('nothing left')],
      3,
    )
    const own = experiments.slice(1)
    expect(own.map(e => [e.status, e.description, e.fixes])).toEqual([
      ['keep', 'loss 1 -> 0.9', 0],
      ['refused', 'a huge note', 0],
      ['keep', 'loss by another name', 1],
    ])
    expect(own[1]?.reason).toMatch(/^Refused: the diff is empty; on retry, it writes 2\.0 MB \(note\.txt\)/)
    expect(own[2]?.runs.map(run => run.outcome).slice(0, 2)).toEqual(['crash', 'ok'])
    expect(session.outages).toEqual([expect.objectContaining({ use: 'claude', kind: 'overload', agentIndex: 0 })])
    // Each prompt has the feedback.
    const bodyOf = (conversation: number) => server.asked.find(asked => asked.conversation === conversation)?.body ?? ''
    expect(bodyOf(2)).toContain('it changes frozen.txt, which is not in edit (train.js)')
    expect(bodyOf(4)).toContain('# No edit')
    expect(bodyOf(6)).toMatch(/ReferenceError: (loss|lose) is not defined/)
    // The transcript has both turns of the proposal.
    const transcript = await readFile(join(folder, `runs/000${own[2]?.number}/proposal.jsonl`), 'utf8')
    expect(transcript).toContain('loss by another name')
    expect(transcript).toContain('fixed')
    expect(await git(root, 'status', '--porcelain')).toBe('')
  },
)

test('codex proposes again after a refused key and a lost connection; its own commits are ignored', slow, async () => {
  const codexEdit = (from: string, to: string): Step => ({
    tool: 'apply_patch',
    input: `*** Begin Patch\n*** Update File: train.js\n@@\n-${from}\n+${to}\n*** End Patch\n`,
  })
  const commit: Step = {
    tool: 'exec_command',
    input: { cmd: 'git add -A; git -c user.name=x -c user.email=x commit -m mine' },
  }
  const agent = (url: string) => ({
    use: 'codex',
    args: [
      '-c',
      'model_provider="loopback"',
      '-c',
      `model_providers.loopback={name="loopback",base_url="${url}/v1",wire_api="responses",env_key="OPENAI_API_KEY",request_max_retries=0,stream_max_retries=0}`,
    ],
  })
  const { session, experiments, root } = await runSession(
    agent,
    ({ conversation }) => {
      if (conversation === 0) return [{ status: 401, error: { message: 'Incorrect API key provided' } }]
      if (conversation === 1) return ['cut']
      return [codexEdit('const CRASH = 0', `const CRASH = 0 // ${conversation}`), commit, said('a comment')]
    },
    2,
  )
  expect(session.outages).toEqual([expect.objectContaining({ use: 'codex', kind: 'auth', tries: 2 })])
  const [, ...own] = experiments
  expect(own.map(e => [e.status, e.description])).toEqual(Array(2).fill(['discard', 'a comment']))
  expect(await git(root, 'log', '--all', '--format=%s')).not.toContain('mine')
})
