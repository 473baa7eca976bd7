/** A command that proposes in a sandbox, with real git and real processes. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { AgentDown } from '../../../scripts/agents/agent.ts'
import { createAgent } from '../../../scripts/agents/create.ts'
import { gitIn } from '../../../scripts/lib/git/git.ts'
import { addAgentWorktree, writeTree } from '../../../scripts/lib/git/worktree.ts'
import { agentSchema } from '../../../scripts/program/contract.ts'
import { program } from '../../helpers/target.ts'
import { git, nightshift, repository, scratch, sessionsOf, withoutClients } from '../../helpers/throwaway.ts'

/** One turn of a sandboxed command in an agent's worktree of a repository. */
async function turn(command: string, more: object = {}) {
  const root = await repository({ 'train.py': 'RATE = 1\n', '.gitignore': 'work\n' })
  const worktree = join(root, 'work/one')
  await mkdir(join(root, 'work'))
  const ours = await addAgentWorktree(gitIn(root), worktree, 'HEAD')
  const agent = createAgent(agentSchema.parse({ use: 'command', command, sandbox: true, ...more }))
  const task = {
    worktree,
    folder: worktree,
    edit: ['train.py'],
    prompt: 'Think.',
    goal: 'minimize' as const,
    history: [],
    sigma: null,
    baselineLog: '',
    conflictPatch: null,
    isDuplicate: async () => false,
    mark: `test of ${root}`,
    transcript: join(await scratch(), 'transcript.jsonl'),
    signal: new AbortController().signal,
  }
  const down = { proposal: null, down: null as AgentDown | null }
  const result = await agent.propose(task).then(
    proposal => ({ ...down, proposal }),
    (error: AgentDown) => ({ ...down, down: error }),
  )
  return { ...result, root, worktree, ours, check: await agent.check(null) }
}

test('a sandboxed command reads the prompt, edits, commits in its own repository, and reaches its API', async () => {
  const server = createServer((_, response) => response.end('an answer')).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const ask = `require('http').get('http://127.0.0.1:${port}', r => r.on('data', d => require('fs').appendFileSync('train.py', '# ' + d)))`
  const { proposal, ours, root, check, worktree } = await turn(
    `cat > .prompt; git log -1 --format=%s > .log; "${process.execPath}" -e "${ask}"; git add train.py; git commit -qm mine; git tag mine; echo "an idea"`,
  )
  expect(proposal?.description).toBe('an idea')
  expect(await readFile(join(worktree, '.prompt'), 'utf8')).toBe('Think.')
  expect(await readFile(join(worktree, '.log'), 'utf8')).toBe('the target\n')
  expect(await git(root, 'show', `${await writeTree(ours)}:train.py`)).toBe('RATE = 1\n# an answer')
  expect(await git(root, 'tag')).toBe('')
  expect(check).toMatchObject({ problem: null, sandbox: expect.stringMatching(/^[a-z]+$/) })
  expect(check.notes).toEqual([expect.stringContaining(`runs in a sandbox (${check.sandbox})`)])
}, 30_000)

test('it changes neither checkout, nor the repository, nor the home folder, and reads no other worktree and no key', async () => {
  const home = homedir()
  const outside = join(home, '.nightshift-test-outside')
  const { proposal, root, worktree } = await turn(
    `echo x > ../../train.py; git --git-dir=../../.git config core.fsmonitor x; echo x > ${outside}; echo "$HOME" > home; echo x > "$HOME/mine" && echo x > "$TMPDIR/mine" && echo wrote`,
  )
  expect(proposal?.description).toBe('wrote')
  expect(await readFile(join(root, 'train.py'), 'utf8')).toBe('RATE = 1\n')
  expect(await git(root, 'config', '--list')).not.toContain('fsmonitor')
  expect(existsSync(outside)).toBe(false)
  const inside = (await readFile(join(worktree, 'home'), 'utf8')).trim()
  expect(inside).not.toBe(home)
  expect(existsSync(inside)).toBe(false)
}, 30_000)

test('it ends with its time, together with what it started', async () => {
  const { down, worktree } = await turn('(while :; do echo x >> beat; sleep 0.05; done) & sleep 60', { timeout: '1s' })
  expect(down?.kind).toBe('timeout')
  const beats = async () => (await readFile(join(worktree, 'beat'), 'utf8')).length
  const before = await beats()
  await new Promise(done => setTimeout(done, 300))
  expect(await beats()).toBe(before)
}, 30_000)

test('sandbox goes with a command only', () => {
  const { error } = agentSchema.safeParse({ use: 'claude', sandbox: true })
  expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
    [['sandbox'], 'goes with `use: command`, not claude'],
  ])
  expect(agentSchema.parse({ use: 'command', command: 'true' }).sandbox).toBe(false)
})

test('where no sandbox can be had, the session does not start, and says why', async () => {
  const root = await repository({ 'train.js': '', 'frozen.txt': '' })
  const text = program('agent.sh').replace(/(agent: \{ use: command)/, '$1, sandbox: true')
  expect(text).toContain('sandbox: true')
  await writeFile(join(root, 'program.md'), text)
  const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '1']
  const result = await nightshift(root, 'session', args, { PATH: await withoutClients() })
  expect(result.exitCode).toBe(2)
  const said = result.stderr.replace(/\s+/g, ' ')
  expect(said).toContain(
    'error: agent: sandbox: true: this machine can give no sandbox; bubblewrap: bwrap is not installed',
  )
  expect(said).toContain('take `sandbox: true` out of program.md')
  expect(existsSync(sessionsOf(root))).toBe(false)
}, 30_000)
