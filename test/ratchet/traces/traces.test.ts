/** What a run may leave outside its session's folders, without a sandbox, and what is told of it. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { digestSchema } from '../../../scripts/analysis/schema.ts'
import { traceText } from '../../../scripts/analysis/traces.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import type { Trace } from '../../../scripts/record/traces.ts'
import { inShell, player, program, set, shellTrainer } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const args = ['--program', 'program.md', '--tag', 'try', '--experiments', '3', '--seeds', '1']
const steps = [set('RATE', '0.04'), set('RATE', '0.01'), set('RATE', '0.08')]
const site = '.venv/lib/python3.12/site-packages'
const asPerson = 'git -c user.name=A -c user.email=a@example.org'

/** A target whose first run with RATE 0.04, that of experiment 1, also runs `left` in the checkout; it has an environment. */
async function target(left: string, sandbox: 'off' | 'auto' = 'off'): Promise<string> {
  const once = `[ $RATE = 0.04 ] && ! [ -e ../../../once ] && { touch ../../../once; (cd ../../../repo && { ${left}; }); }`
  const root = await repository({
    'train.js': shellTrainer.replace('[ $CRASH = 0 ]', () => `${once}\n[ $CRASH = 0 ]`),
    'frozen.txt': 'as it is\n',
    'notes.txt': 'notes\n',
    '.gitignore': '.venv\n',
  })
  await write(root, {
    '.venv/pyvenv.cfg': 'home = /usr/bin\n',
    '.venv/bin/tool': 'a tool\n',
    [`${site}/pkg/__init__.py`]: '',
    [`${site}/pkg/sub/a.py`]: 'a = 1\n',
  })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': inShell(program(join(root, '../agent.sh'), `sandbox: ${sandbox}\n`)) })
  return root
}

const folderOf = async (root: string) => join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? 'none')

async function tracesOf(root: string): Promise<Trace[]> {
  return (await readJournal(files.journal(await folderOf(root)))).flatMap(e => (e.event === 'traces' ? e.traces : []))
}

/** e.g. "0001: .git/config changed: core.fsmonitor, runs" */
const short = ({ experiments, what, how, names, runs }: Trace): string =>
  `${experiments.join('+')}: ${what} ${how}${names.length > 0 ? `: ${names.join(' ')}` : ''}${runs ? ', runs' : ''}`

async function checkVerdicts(root: string): Promise<void> {
  const { experiments, session } = await readSession(await folderOf(root))
  expect(session.stop?.kind).toBe('experiments')
  expect(experiments.map(e => e.status)).toEqual(['keep', 'keep', 'discard', 'keep'])
  expect(await git(root, 'rev-parse', 'autoresearch/try')).toBe(experiments[3]?.commit)
}

test('what a run leaves in .git, refs, checkout and environment is told with what it may run, and changes no verdict', async () => {
  const ran = 'touch ../ran'
  const root = await target(
    [
      `git config core.fsmonitor '${ran}; false'`,
      'git config alias.st "!echo a-secret"',
      'git config url.https://user:password@example.org/.insteadOf https://example.org/',
      `git config filter.x.clean '${ran}; cat'`,
      `git config filter.x.smudge '${ran}; cat'`,
      'mkdir -p .git/info .git/hooks',
      "echo '* filter=x -diff' > .git/info/attributes",
      `printf '#!/bin/sh\\n${ran}\\n' > .git/hooks/reference-transaction`,
      'chmod +x .git/hooks/reference-transaction',
      'echo /elsewhere/objects > .git/objects/info/alternates',
      // So that the frozen file would be another one in every later checkout.
      'git -c core.hooksPath= replace "$(git rev-parse HEAD:frozen.txt)" "$(git rev-parse HEAD:notes.txt)"',
      'git -c core.hooksPath= tag mine',
      'git -c core.hooksPath= update-ref -d refs/autoresearch/try/0001',
      `git -c core.hooksPath= update-ref refs/heads/autoresearch/try "$(${asPerson} commit-tree -m mine 'HEAD^{tree}')"`,
      'echo edited > notes.txt',
      `echo 'import os' > ${site}/extra.pth`,
      `echo 'a = 2' > ${site}/pkg/sub/a.py`,
      'rm -f ../ran',
    ].join('; '),
  )
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(existsSync(join(root, '../ran'))).toBe(false)
  const traces = await tracesOf(root)
  const replaced = await git(root, '-c', 'core.fsmonitor=false', 'rev-parse', 'HEAD:frozen.txt')
  // Many files are not looked at after each run, so other runs may have run meanwhile.
  const withFirst = traces
    .filter(({ experiments }) => experiments.includes(1))
    .map(trace => ({ ...trace, experiments: [1] }))
  expect(withFirst).toHaveLength(traces.length)
  expect(withFirst.map(short).sort()).toEqual(
    [
      '1: .git/config changed: alias.st core.fsmonitor filter.x.clean filter.x.smudge url.….insteadof, runs',
      '1: .git/hooks/reference-transaction added, runs',
      '1: .git/info/attributes added',
      '1: .git/objects/info/alternates added',
      '1: .venv changed: extra.pth, runs',
      '1: .venv changed: pkg/sub/a.py',
      `1: refs/replace/${replaced} added`,
      '1: refs/tags/mine added',
      '1: refs/autoresearch/try/0001 removed',
      '1: refs/heads/autoresearch/try changed',
      '1:  changed: notes.txt',
    ].sort(),
  )
  const said = result.stderr.replace(/\s+/g, ' ')
  expect(said).toContain('warning .git/config changed while the run of 0001 ran: alias.st, core.fsmonitor,')
  expect(said).toContain(`git replace -d ${replaced}`)
  const folder = await folderOf(root)
  for (const path of [files.journal(folder), files.report(folder), join(folder, 'session.json')])
    expect(await readFile(path, 'utf8')).not.toMatch(/a-secret|password@/)
  const digest = digestSchema.parse(JSON.parse(await readFile(files.digest(folder), 'utf8')))
  expect(digest.traces).toHaveLength(traces.length)
  const report = (await readFile(files.report(folder), 'utf8')).replace(/\\/g, '')
  for (const fact of digest.traces.filter(({ runs }) => runs)) {
    expect(report).toContain(fact.sentence.replace(/:.*/, ''))
    expect(traceText(fact)).toMatch(/look at/)
  }
  await git(root, 'config', '--unset', 'core.fsmonitor')
  await checkVerdicts(root)
}, 60_000)

test('nothing is told of what a person usually does meanwhile: a commit, a branch, an upstream, compiled Python', async () => {
  const root = await target(
    [
      `${asPerson} commit -q --allow-empty -m mine`,
      'git branch other',
      'git config branch.main.remote origin',
      'git config branch.main.merge refs/heads/main',
      'git update-ref refs/remotes/origin/main HEAD',
      `mkdir -p ${site}/pkg/__pycache__`,
      `echo x > ${site}/pkg/__pycache__/a.pyc`,
    ].join('; '),
  )
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(await tracesOf(root)).toEqual([])
  expect((await readSession(await folderOf(root))).session).not.toHaveProperty('traces')
  await checkVerdicts(root)
}, 60_000)

test('what changed while the harness was killed during a run is told when the session resumes', async () => {
  const root = await target("git config core.sshCommand 'touch ../ran'")
  await nightshift(root, 'session', args, { NIGHTSHIFT_FAILPOINT: 'runner started:2' })
  expect(await tracesOf(root)).toEqual([])
  await writeFile(join(root, '../agent.sh.count'), '1\n')
  const resumed = await nightshift(root, 'session', ['--resume', basename(await folderOf(root))])
  expect(resumed.exitCode, resumed.stderr).toBe(0)
  expect((await tracesOf(root)).map(short)).toEqual(['1: .git/config changed: core.sshcommand, runs'])
  await checkVerdicts(root)
}, 60_000)

test('a frozen file that a run changes and hides from git in its worktree is as it was in the next run', async () => {
  const root = await target('true')
  const hide = 'git update-index --assume-unchanged frozen.txt; echo changed > frozen.txt'
  const train = await readFile(join(root, 'train.js'), 'utf8')
  await writeFile(
    join(root, 'train.js'),
    train.replace('[ $RATE = 0.04 ]', () => `[ $RATE = 0.01 ] && { ${hide}; }\n[ $RATE = 0.04 ]`),
  )
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qam', 'hides')
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  const { experiments } = await readSession(await folderOf(root))
  expect(experiments.map(e => [e.status, e.reason])).toEqual([
    ['keep', expect.anything()],
    ['keep', expect.anything()],
    ['crash', expect.stringContaining('frozen.txt')],
    ['keep', expect.anything()],
  ])
}, 60_000)

test('folders without .git/info, hooks or an environment, and beside other sessions, are looked at without an error', async () => {
  const root = await target('mkdir .git/info; echo x > .git/info/exclude')
  await write(root, { '../work/2026-11-01-cpu-abcd-other/where.json': '{}', '../work/destinations.json.lock': '{}' })
  for (const name of ['.git/info', '.git/hooks', '.venv']) await rm(join(root, name), { recursive: true, force: true })
  await mkdir(join(root, 'sub'))
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).not.toContain('not looked at')
  expect((await tracesOf(root)).map(short)).toEqual(['1: .git/info/exclude added'])
}, 60_000)

test('in a sandbox a run cannot leave any of it', async () => {
  const leave =
    'git config core.fsmonitor x; git tag mine; echo edited > notes.txt; echo "import os" > ' + `${site}/extra.pth`
  const root = await target(leave, 'auto')
  const train = await readFile(join(root, 'train.js'), 'utf8')
  // It cannot write the mark of the first time either, so it is tried by every run.
  await writeFile(join(root, 'train.js'), train.replace('touch ../../../once; ', ''))
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '-qam', 'every run')
  const result = await nightshift(root, 'session', args)
  expect(result.exitCode, result.stderr).toBe(0)
  const { session } = await readSession(await folderOf(root))
  expect(session).toHaveProperty('sandboxes')
  expect(await tracesOf(root)).toEqual([])
  expect(await git(root, 'tag')).toBe('')
  expect(await readFile(join(root, 'notes.txt'), 'utf8')).toBe('notes\n')
  await checkVerdicts(root)
}, 60_000)
