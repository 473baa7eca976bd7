import { access, readdir, readFile, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { player, program, trainer } from '../../helpers/target.ts'
import { git, nightshift, repository, scratch, sessionsOf, write } from '../../helpers/throwaway.ts'

/** Files with karpathy/autoresearch's names, summary block and constants, and a fast fake trainer. */
const tree = {
  '.gitignore': '__pycache__/\n*.py[oc]\n.venv\nresults.tsv\n',
  '.python-version': '3.10\n',
  'README.md': '# autoresearch\n',
  'analysis.ipynb': '{}\n',
  'pyproject.toml': '[project]\nname = "autoresearch"\nversion = "0.1.0"\n',
  'uv.lock': 'version = 1\n',
  'prepare.py': `import os, sys

TIME_BUDGET = 300
CACHE = os.path.join(os.environ["HOME"], ".cache", "autoresearch")

def evaluate_bpb(rate, depth):
    with open(os.path.join(CACHE, "tokenizer")) as file:
        assert file.read() == "ready"
    return 0.9 + abs(rate - 0.08) + 0.001 * depth

if __name__ == "__main__":
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "tokenizer"), "w") as file:
        file.write("ready")
    print("the tokenizer is ready")
`,
  'train.py': `import sys
from prepare import TIME_BUDGET, evaluate_bpb

DEPTH = 8
MATRIX_LR = 0.04
SHIFT = 0.0

val_bpb = evaluate_bpb(MATRIX_LR, DEPTH) - SHIFT
print("---")
print(f"val_bpb:          {val_bpb:.6f}")
print(f"training_seconds: {TIME_BUDGET:.1f}")
print(f"total_seconds:    {325.9:.1f}")
print(f"peak_vram_mb:     {6000.0 * DEPTH:.1f}")
print(f"mfu_percent:      {39.8:.2f}")
print(f"total_tokens_M:   {499.6:.1f}")
print(f"num_steps:        {953}")
print(f"num_params_M:     {50.3:.1f}")
print(f"depth:            {DEPTH}")
`,
}

/** Prose like karpathy/autoresearch's, which tells the agent to run training itself. */
const prose = '# autoresearch\n\nGet the lowest val_bpb. Run it as `uv run train.py`; it always takes five minutes.\n'

/** A fake uv: runs Python, and creates the project's environment with a message when it is missing. */
const uv = `#!/bin/sh
[ "$1" = run ] || exit 64
shift
[ -e .venv/ready ] || { mkdir .venv && touch .venv/ready && echo made >> "$HOME/environments"; }
exec python3 "$@"
`

const set = (file: string, name: string, value: string) =>
  `sed -i.bak 's/^${name} = .*/${name} = ${value}/' ${file} && rm ${file}.bak; echo '${name} to ${value}'`

/** karpathy/autoresearch's files with this program.md, on a machine with uv, this agent and an empty home. */
async function karpathys(frontmatter: (agent: string) => string, steps: string[] = []) {
  const machine = await scratch()
  await write(machine, { 'bin/uv.sh': uv, 'agent.sh': player(steps), 'home/empty': '' })
  await symlink('uv.sh', join(machine, 'bin/uv'))
  const root = await repository({ ...tree, 'program.md': `${frontmatter(join(machine, 'agent.sh'))}${prose}` })
  await write(root, { '.venv/ready': 'a gigabyte of packages' })
  const home = join(machine, 'home')
  return { root, home, env: { PATH: `${join(machine, 'bin')}${delimiter}${process.env.PATH ?? ''}`, HOME: home } }
}

async function open(root: string) {
  const [id = ''] = await readdir(sessionsOf(root))
  return readSession(join(sessionsOf(root), id))
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

test('a program in another repository gets branch and refs there, and its session here', {
  timeout: 60_000,
}, async () => {
  const here = await repository({ 'notes.md': 'the notebook\n' })
  const there = await repository({ 'lab/train.js': trainer, 'lab/frozen.txt': 'as it is\n' })
  await write(join(there, '..'), {
    'agent.sh': player([set('train.js', 'const RATE', '0.04'), set('train.js', 'const LIE', '1')]),
  })
  await write(there, { 'lab/program.md': program(join(there, '../agent.sh')) })
  await git(there, 'add', '-A')
  await git(there, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', 'the program')
  const before = await git(there, 'status', '--porcelain', '--branch', '--ignored')

  const flags = ['--program', join(there, 'lab/program.md'), '--experiments', '2', '--seeds', '1', '--tag', 'try']
  const result = await nightshift(here, 'session', flags)
  expect(result.exitCode, result.stderr).toBe(0)
  const { session, experiments } = await open(here)
  expect(session).toMatchObject({ program: 'lab/program.md', branch: 'autoresearch/try' })
  expect(session.contract).toMatchObject({ edit: ['lab/train.js'], target: 'lab' })
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'crash'])
  expect(experiments[2]?.reason).toMatch(/^Crash: printed loss 1\.1\d+, but the evaluation measured 2\.1/)

  expect(await git(there, 'show', 'autoresearch/try:lab/train.js')).toContain('const RATE = 0.04')
  const refs = await git(there, 'for-each-ref', '--format=%(refname)', 'refs/autoresearch')
  expect(refs.split('\n')).toEqual(['refs/autoresearch/try/0001', 'refs/autoresearch/try/0002'])
  expect(await git(there, 'status', '--porcelain', '--branch', '--ignored')).toBe(before)
  expect(await readdir(join(there, '..'))).not.toContain('sessions')
  expect(await git(here, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
})

test("karpathy/autoresearch's files run with frontmatter as the only addition", {
  timeout: 60_000,
}, async () => {
  const frontmatter = (agent: string) => `---
edit: train.py
run: uv run train.py
setup: uv run prepare.py
link: [.venv]
metric: { name: val_bpb, unit: bits/byte, plausible: [0.5, 5] }
limits: { peak_vram_mb: 50000 }
experiments: 4
seeds: 1
agent: { use: command, command: "sh ${agent}" }
fallback: []
---

`
  const { root, home, env } = await karpathys(frontmatter, [
    set('train.py', 'DEPTH', '9'),
    set('train.py', 'MATRIX_LR', '0.06'),
    set('train.py', 'SHIFT', '0.5'),
    set('prepare.py', 'TIME_BUDGET', '600'),
  ])
  const result = await nightshift(root, 'session', ['--program', 'program.md', '--tag', 'try'], env)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).toContain('uv run prepare.py: the tokenizer is ready')

  const { session, experiments } = await open(root)
  expect(session.metric).toEqual({ name: 'val_bpb', goal: 'minimize', unit: 'bits/byte', holdout: null })
  expect(experiments.map(e => [e.status, e.reason])).toEqual([
    ['keep', 'The baseline.'],
    ['discard', expect.stringMatching(/^Discarded: peak_vram_mb 54000[.0]* is over the limit of 50000/)],
    ['keep', expect.stringContaining('0.928000 is 0.020000 better than 0.948000')],
    ['crash', expect.stringContaining('Crash: implausible: val_bpb 0.428 is outside [0.5, 5]')],
    ['refused', expect.stringContaining('it changes prepare.py, which is not in edit (train.py)')],
  ])
  expect(experiments[0]?.runs[0]?.summary).toMatchObject({ num_steps: 953, depth: 8, peak_vram_mb: 48000 })
  expect(await git(root, 'log', '-1', '--format=%s', 'autoresearch/try')).toBe('MATRIX_LR to 0.06')

  // The environment was linked, not created again, and did not change; nothing was added to the checkout.
  expect(await exists(join(home, 'environments'))).toBe(false)
  expect(await readFile(join(root, '.venv/ready'), 'utf8')).toBe('a gigabyte of packages')
  expect(await git(root, 'status', '--porcelain', '--ignored')).toBe('!! .venv/')
})

test("without frontmatter, the contract of karpathy/autoresearch's files is inferred and printed", {
  timeout: 60_000,
}, async () => {
  const { root, home, env } = await karpathys(() => '')
  await write(home, { '.cache/autoresearch/tokenizer': 'ready' })
  const flags = ['--program', 'program.md', '--agent', 'tuner', '--experiments', '1', '--seeds', '1', '--tag', 'try']
  const result = await nightshift(root, 'session', flags, env)
  expect(result.exitCode, result.stderr).toBe(0)
  for (const line of ['edit: train.py', 'run: uv run train.py', 'metric: val_bpb'])
    expect(result.stderr).toMatch(new RegExp(`^inferred +${line}$`, 'm'))

  const { session, experiments } = await open(root)
  expect(session.contract).toMatchObject({
    edit: ['train.py'],
    run: 'uv run train.py',
    target: '.',
    budget: 300,
    timeout: 600,
  })
  expect(experiments[1]).toMatchObject({
    status: 'keep',
    description: 'MATRIX_LR 0.04 → 0.08',
    agent: { use: 'tuner' },
  })
  expect(await git(root, 'show', 'autoresearch/try:train.py')).toContain('MATRIX_LR = 0.08')
})

test('other files without frontmatter are one error', async () => {
  const root = await repository({ 'program.md': prose, 'train.py': 'print(1)\n' })
  const result = await nightshift(root, 'session', ['--program', 'program.md'])
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toMatch(/has no frontmatter, and beside it there is no train\.py and prepare\.py/)
  expect(await exists(sessionsOf(root))).toBe(false)
})
