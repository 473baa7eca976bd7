import { access, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { checkHooks } from '../../../scripts/ratchet/hooks/check.ts'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { git, nightshift, repository, write } from '../../helpers/throwaway.ts'
import { folderOf } from '../session/faults.ts'

const slow = { timeout: 60_000 }

/** The tiny target with these hooks; files beside its program.md are no part of the commit. */
async function target(hooks: string, steps: string[], files: Record<string, string> = {}, more = '') {
  const root = await repository({ 'train.js': shellTrainer, 'frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), `hooks: ${hooks}\n${more}`)), ...files })
  return root
}

const start = (root: string, experiments: number, env: Record<string, string> = {}) =>
  nightshift(
    root,
    'session',
    ['--program', 'program.md', '--tag', 'try', '--seeds', '1', '--experiments', String(experiments)],
    env,
  )

interface Got {
  event: string
  number: number
  [key: string]: unknown
}

const events = async (root: string): Promise<Got[]> =>
  (await readFile(join(root, '../got.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Got)

const check = `cat > event.json; cat event.json >> ../got.jsonl
if grep -q 'RATE = 0.0[13]' event.json; then
  echo "RATE is too low:"
  echo "  use a \${SECRET_TOKEN-value without} key" >&2
  exit 1
fi
`

test(
  'hooks get each proposal, verdict and end; a refused proposal goes back to the agent with what the hook printed',
  slow,
  async () => {
    const all = '{ before_experiment: sh check.sh, after_verdict: cat >> ../got.jsonl, end: cat >> ../got.jsonl }'
    const rewrite = 'printf -- "---\\nedit: train.js\\n---\\n" > program.md'
    const root = await target(
      all,
      [
        set('RATE', '0.03'),
        set('RATE', '0.04'),
        set('RATE', '0.01'),
        set('RATE', '0.03'),
        // Refused before: the guard knows it, and the hook is not asked again.
        set('RATE', '0.01'),
        `${rewrite}; ${set('RATE', '0.06')}`,
        set('RATE', '0.08'),
      ],
      { 'check.sh': check },
    )
    const result = await start(root, 3, { SECRET_TOKEN: 's3cret-of-mine-1234567' })
    expect(result.exitCode, result.stderr).toBe(0)
    expect(result.stderr).toMatch(/hook\s+before_experiment: `sh check\.sh`/)
    expect(result.stderr).toMatch(/retry\s+command: hook: RATE is too low:.*; retrying/)
    const folder = await folderOf(root)
    const { experiments } = await readSession(folder)
    expect(experiments.map(({ number, status }) => [number, status])).toEqual([
      [0, 'keep'],
      [1, 'keep'],
      [2, 'refused'],
      [3, expect.stringMatching(/keep|refused/)],
    ])
    expect(experiments[2]?.reason).toMatch(
      /^Refused: hook: RATE is too low: .*without\} key|^Refused: hook: RATE is too low/,
    )
    expect(await readFile(join(folder, 'runs/0002/change.patch'), 'utf8')).toContain('+const RATE = 0.03')
    const prompt = await readFile(join(root, '../agent.sh.prompt.1'), 'utf8')
    expect(prompt).toMatch(
      /# Refused\nA check of the person who runs this session refused your edits\.[\s\S]*RATE is too low:/,
    )
    expect(prompt).not.toContain('s3cret')

    const got = await events(root)
    expect(got.slice(0, 4).map(({ event, number }) => [event, number])).toEqual([
      ['after_verdict', 0],
      ['before_experiment', 1],
      ['before_experiment', 1],
      ['after_verdict', 1],
    ])
    const [baseline, first, second, kept] = got
    expect(baseline).toMatchObject({
      schema: 1,
      session: basename(folder),
      status: 'keep',
      metric: { name: 'loss', goal: 'minimize' },
    })
    expect(first).toMatchObject({
      description: 'RATE to 0.03',
      files: ['train.js'],
      linesAdded: 1,
      agent: { use: 'command' },
      head: { number: 0, commit: await git(root, 'rev-parse', 'HEAD') },
    })
    expect(first?.patch).toContain('+const RATE = 0.03')
    expect(await git(root, 'rev-parse', 'autoresearch/try^{tree}')).toBe(
      got.findLast(
        ({ event, number }) =>
          event === 'before_experiment' && number === experiments.findLast(e => e.status === 'keep')?.number,
      )?.tree,
    )
    expect(second?.worktree).toContain('proposal')
    expect(kept).toMatchObject({ status: 'keep', gain: expect.closeTo(0.1, 3), head: { number: 1 } })
    expect(got.at(-1)).toMatchObject({
      event: 'end',
      stop: { kind: 'experiments' },
      experiments: 3,
      branch: 'autoresearch/try',
      folder,
    })
    // The hook was not asked about what the guard refuses.
    expect(
      got.filter(({ event, patch }) => event === 'before_experiment' && String(patch).includes('program.md')),
    ).toEqual([])
  },
)

test(
  'a hook that cannot start runs no proposal, and the third time in a row ends the session, which can be resumed',
  slow,
  async () => {
    const steps = ['0.03', '0.04', '0.05', '0.08'].map(value => set('RATE', value))
    const root = await target(
      '{ before_experiment: ../missing.sh, after_verdict: echo of a secret address; exit 7, end: kill -9 $$ }',
      steps,
    )
    const result = await start(root, 4)
    expect(result.exitCode, result.stderr).toBe(2)
    expect(result.stderr).toMatch(/hook\s+after_verdict ended with exit code 7 \(of a secret address\)/)
    expect(result.stderr).toMatch(
      /stop\s+the hook before_experiment failed 3 times in a row: it ended with exit code 127/,
    )
    const before = await readSession(await folderOf(root))
    expect(before.session.stop?.kind).toBe('hook')
    const status = (await nightshift(root, 'status')).stdout.replace(/\s+/g, ' ')
    expect(status).toMatch(
      /hook after_verdict failed 4 times, the last for 0003 at \d\d:\d\d UTC: it ended with exit code 7/,
    )
    expect(status).toMatch(/end failed at \d\d:\d\d UTC: it was ended by SIGKILL/)
    expect(await readFile(join(await folderOf(root), 'hooks.json'), 'utf8')).not.toContain('secret')
    expect(before.experiments.map(({ status }) => status)).toEqual(['keep', 'refused', 'refused', 'refused'])
    expect(before.experiments[1]?.reason).toMatch(/^Refused: hook: before_experiment ended with exit code 127/)
    // The agent is not asked again for what is no fault of its.
    expect(await readFile(join(root, '../agent.sh.count'), 'utf8')).toBe('3\n')

    await write(join(root, '..'), { 'missing.sh': '#!/bin/sh\nexit 0\n' })
    const resumed = await nightshift(root, 'session', ['resume'])
    expect(resumed.exitCode, resumed.stderr).toBe(0)
    const { experiments } = await readSession(await folderOf(root))
    expect(experiments.map(({ status }) => status)).toEqual(['keep', 'refused', 'refused', 'refused', 'keep'])
  },
)

test('a session that is killed after the hook and before the record asks the hook again', slow, async () => {
  const root = await target('{ before_experiment: cat >> ../got.jsonl }', [set('RATE', '0.04'), set('RATE', '0.08')])
  const killed = await start(root, 1, { NIGHTSHIFT_FAILPOINT: 'ref written' })
  expect(killed.signal).toBe('SIGKILL')
  expect(await events(root)).toHaveLength(1)
  // What resumes it reads program.md as it is then.
  const text = await readFile(join(root, 'program.md'), 'utf8')
  await write(root, { 'program.md': text.replace('hooks: {', "hooks: { end: 'cat >> ../got.jsonl',") })
  const resumed = await nightshift(root, 'session', ['resume'])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  const got = await events(root)
  expect(got.map(({ event, number }) => [event, number])).toEqual([
    ['before_experiment', 1],
    ['before_experiment', 1],
    ['end', undefined],
  ])
  const { experiments } = await readSession(await folderOf(root))
  expect(experiments.map(({ status, description }) => [status, description])).toEqual([
    ['keep', 'baseline'],
    ['keep', 'RATE to 0.08'],
  ])
})

test('a manual experiment is asked for, and hooks that the agent could edit are an error', slow, async () => {
  const root = await target('{ before_experiment: sh check.sh }', [], { 'check.sh': check })
  const dry = await nightshift(root, 'session', ['--program', 'program.md', '--dry-run', '--json'])
  expect(JSON.parse(dry.stdout)).toMatchObject({ hooks: ['before_experiment: `sh check.sh`'] })
  expect((await start(root, 0)).exitCode).toBe(0)
  const checkout = (await nightshift(root, 'experiment', ['--where'])).stdout
  await write(checkout, { 'train.js': shellTrainer.replace('RATE = 0.02', 'RATE = 0.01') })
  const refused = JSON.parse((await nightshift(root, 'experiment', ['--json'])).stdout) as {
    status: string
    reason: string
  }
  expect(refused).toMatchObject({ status: 'refused', reason: expect.stringContaining('hook: RATE is too low:') })
  const own = await target('{ before_experiment: "cd . && node ./train.js" }', [])
  const error = await start(own, 1)
  expect(error.exitCode).toBe(2)
  expect(error.stderr).toContain('hooks.before_experiment: ./train.js is in edit')
  const byVariable = { before_experiment: null, after_verdict: null, end: 'node "$PWD/train.js"' }
  expect(() => checkHooks(byVariable, join(root, 'program.md'), root, ['train.js'])).toThrow(/train\.js is in edit/)

  // Stopped while its hook runs, an experiment by hand changes nothing of a session that is over.
  const hang = (text: string, hook: string) => text.replace('sh check.sh', hook)
  const text = await readFile(join(root, 'program.md'), 'utf8')
  await write(root, { 'program.md': hang(text, '"touch ../asked; sleep 60"') })
  const state = async () => JSON.parse((await nightshift(root, 'status', ['--json'])).stdout).state as string
  const before = await readSession(await folderOf(root))
  expect(await state()).toBe(before.session.stop?.kind)
  const hanging = nightshift(root, 'experiment')
  await vi.waitFor(() => access(join(root, '../asked')), { timeout: 30_000, interval: 50 })
  const signals = setInterval(() => hanging.kill('SIGINT'), 500)
  const stopped = await hanging
  clearInterval(signals)
  expect(stopped.exitCode).toBe(2)
  expect(stopped.stderr).toContain('Stopped before the hook before_experiment had ended.')
  const after = await readSession(await folderOf(root))
  expect(after.session.stop).toEqual(before.session.stop)
  expect(await state()).toBe(before.session.stop?.kind)
  expect(after.experiments).toEqual(before.experiments)
  await write(root, { 'program.md': hang(text, 'node train.js') })
  const again = await nightshift(root, 'session', ['resume', 'try', '--dry-run', '--experiments', '3'])
  expect(again.stderr).toContain('hooks.before_experiment: train.js is in edit')
})

test('a hook that refuses everything ends the session', slow, async () => {
  const steps = Array.from({ length: 20 }, (_, i) => set('RATE', `0.1${i + 1}`))
  const root = await target('{ before_experiment: sh ../missing.sh }', steps)
  const result = await start(root, 30)
  expect(result.exitCode, result.stderr).toBe(2)
  expect(result.stderr).toMatch(/stop\s+the hook before_experiment refused 20 proposals in a row/)
})
