/** Sessions whose runs try what a sandbox must not let them do. They print what they found; it is read from their logs. */
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test, vi } from 'vitest'
import { findSandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { readJournal } from '../../../scripts/record/journal.ts'
import { player } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'
import { processesIn } from '../session/faults.ts'

const machine = await findSandbox()
const mechanism = machine.sandbox?.mechanism ?? null
/** What mounts and hides processes; the other mechanisms hold less. */
const isWhole = mechanism === 'bubblewrap' || mechanism === 'namespaces'

const limits = { timeout: 60_000 }

const program = (agent: string, more = ''): string => `---
edit: value.sh
run: sh run.sh
metric: loss
budget: 1s
seeds: 1
prune: false
${more}agent: { use: command, command: "sh ${agent}" }
fallback: []
---

Make the loss smaller.
`

const more = 'evaluate: sh score.sh\nhide: answers.txt\n'

/** @param run shell commands of each run, which knows its value @param steps those of the agent */
async function target(run: string, steps: string[], more = ''): Promise<string> {
  const root = await repository({
    'value.sh': 'value=9\n',
    'score.sh': "printf -- '---\\nloss: 1\\n'\n",
    'answers.txt': '1\n',
    'run.sh': `. ./value.sh\n${run}\nprintf -- '---\\nloss: %s\\n' "$value"\n`,
  })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  await write(root, { 'program.md': program(join(root, '../agent.sh'), more) })
  return root
}

const better = (value: number, extra = ''): string => `echo value=${value} > value.sh; ${extra}echo value ${value}`

const session = (root: string, experiments: number, env: Record<string, string> = {}) =>
  nightshift(
    root,
    'session',
    ['--program', 'program.md', '--tag', 'try', '--experiments', String(experiments), '--json'],
    env,
  )

async function recordOf(root: string) {
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  const log = (experiment: number, k = 1) => readFile(files.log(folder, experiment, k), 'utf8')
  return { id, folder, log, ...(await readSession(folder)) }
}

test.runIf(isWhole)('a target that writes elsewhere is told why it failed, and what to do', limits, async () => {
  const root = await target('mkdir "$(dirname "$NIGHTSHIFT_OUTPUT")/../../repo/cache" || exit 1', [], more)
  const result = await session(root, 0)
  const said = result.stderr.replace(/\s+/g, ' ')
  expect(result.exitCode, said).toBe(2)
  expect(said).toContain('evaluator score.sh measures each run, after it and outside of it')
  expect(said).toContain('hidden a run cannot read answers.txt')
  expect(said).toContain(
    'Read-only file system; in its sandbox a run can write only to its worktree, HOME and TMPDIR By hand `sh run.sh` may well work.',
  )
  const { experiments } = await recordOf(root)
  expect(experiments[0]?.reason).toContain('in its sandbox a run can write only to')
  const off = await nightshift(root, 'session', ['--program', 'program.md', '--sandbox', 'off', '--dry-run'])
  expect(off.stderr.replace(/\s+/g, ' ')).toContain(
    'hidden without a sandbox a run can read answers.txt, though its worktree does not have what is hidden in the repository',
  )
})

test.runIf(isWhole)(
  'a run writes in its own folders only, and finds its own HOME and temporary folder',
  limits,
  async () => {
    const root = await target(
      `try() { if sh -c "$2" 2> /dev/null; then echo "$1: yes"; else echo "$1: no"; fi; }
around=$(dirname "$NIGHTSHIFT_CURVE")/../../../..
try worktree 'echo x > made'
try 'its records' 'echo 1,1,1 > "$NIGHTSHIFT_CURVE"'
try evaluation 'echo "{}" > "$NIGHTSHIFT_EVAL"'
try HOME 'echo x > "$HOME/x"'
try TMPDIR 'echo x > "$TMPDIR/x"; echo x > /tmp/x'
try kernels 'echo x >> "$NIGHTSHIFT_COMPILED/x"'
try repository 'echo x > '"$around"'/repo/x'
try git 'git tag of-a-run'
try 'other records' 'echo x > '"$around"'/sessions/x'
echo x >> "$(dirname "$NIGHTSHIFT_CURVE")/../../../journal.jsonl" 2> /dev/null
try 'its runner' 'ls "$(dirname "$NIGHTSHIFT_EVAL")/../owner.json"'
try 'other work' 'ls '"$around"'/work/machine'
echo "commit $(git rev-parse HEAD | cut -c 1-4)"
echo "pids $(ls /proc | grep -c '^[0-9]')"
echo "kernels $(cat "$NIGHTSHIFT_COMPILED/x" | wc -l)"
sleep 300 &`,
      [better(8)],
    )
    const result = await session(root, 1)
    expect(result.exitCode, result.stderr).toBe(0)
    const { log, folder, session: record, id, experiments } = await recordOf(root)
    const said = (await log(0)).split('\n')
    const yes = ['worktree', 'its records', 'evaluation', 'HOME', 'TMPDIR', 'kernels']
    const no = ['repository', 'git', 'other records', 'its runner', 'other work']
    expect(said.filter(line => /: (yes|no)$/.test(line))).toEqual([
      ...yes.map(what => `${what}: yes`),
      ...no.map(what => `${what}: no`),
    ])
    // Records are hidden: in /tmp what is written to their place is written to the run's own /tmp.
    expect(await readFile(files.journal(folder), 'utf8')).not.toMatch(/^x$/m)
    expect(said).toContain(`commit ${record.baseCommit?.slice(0, 4)}`)
    expect(Number(said.find(line => line.startsWith('pids'))?.slice(5))).toBeLessThan(12)
    // A later run of the session finds what an earlier one compiled.
    expect(said).toContain('kernels 1')
    expect((await log(1)).split('\n')).toContain('kernels 2')
    expect(experiments.map(e => e.status)).toEqual(['keep', 'keep'])
    expect(record.sandboxes).toEqual([
      {
        from: expect.any(String),
        mechanism,
        holds: { signals: true, processes: true, network: true, temporary: true },
        network: 'local',
        why: null,
      },
    ])
    expect(result.stderr.replace(/\s+/g, ' ')).toContain(
      `sandbox ${mechanism}: it lets a run write only in its own folders, hides keys`,
    )
    expect(await readFile(files.report(join(sessionsOf(root), id)), 'utf8')).toContain(
      `each run executed in a sandbox (${mechanism})`,
    )
    const status = await nightshift(root, 'status', [id, '--json'])
    expect(JSON.parse(status.stdout).sandbox.mechanism).toBe(mechanism)
    // Nothing of the runs is left: no process, no folder, no file where they could not write.
    await vi.waitFor(async () => expect(await processesIn(join(root, '..'))).toEqual([]), 5000)
    expect((await readdir(join(root, '../work', id))).filter(name => /^(run|slot|compiled|output)/.test(name))).toEqual(
      [],
    )
    expect(await git(root, 'tag')).toBe('')
  },
)

test('`sandbox: off` is recorded and told, and runs then write where the user may', limits, async () => {
  const root = await target('echo x > "$(dirname "$NIGHTSHIFT_CURVE")/../../../../beside"', [], 'sandbox: off\n')
  const result = await session(root, 0)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(existsSync(join(root, '../sessions/beside'))).toBe(true)
  await rm(join(root, '../sessions/beside'))
  const { session: record, id } = await recordOf(root)
  expect(record.sandboxes).toMatchObject([{ mechanism: null, why: 'sandbox: off' }])
  expect(result.stderr.replace(/\s+/g, ' ')).toContain(
    'sandbox none, so runs execute with all your rights (sandbox: off).',
  )
  const report = await readFile(files.report(join(sessionsOf(root), id)), 'utf8')
  expect(report).toContain('each run executed without a sandbox (sandbox: off), with all rights of the user.')
})

test.runIf(mechanism !== null)('--sandbox off and --network override program.md', limits, async () => {
  const root = await target('', [])
  const dry = async (...flags: string[]) => {
    const { stdout, stderr } = await nightshift(root, 'session', [
      ...['--program', 'program.md', '--dry-run', '--json'],
      ...flags,
    ])
    expect(stdout, stderr).not.toBe('')
    return JSON.parse(stdout).sandbox as string
  }
  expect(await dry('--sandbox', 'off')).toMatch(/^none, /)
  expect(await dry('--network', 'true')).toContain('leaves it the network')
  const wrong = await nightshift(root, 'session', ['--program', 'program.md', '--network', 'some'])
  expect(wrong.stderr.replace(/\s+/g, ' ')).toContain('--network: found "some". It is local, true or false.')
})

test.runIf(isWhole)(
  'two slots write in their own worktree and temporary folder, not in the other',
  limits,
  async () => {
    // Both runs are there at the same time: each waits until the other one has said where it is, in the session's caches,
    // which alone they share.
    const root = await target(
      `said=$NIGHTSHIFT_COMPILED/place
if [ $value != 9 ]; then
  echo "$PWD $NIGHTSHIFT_EVAL" > "$said$value"
  other=$(( value == 8 ? 7 : 8 ))
  until [ -s "$said$other" ]; do sleep 0.05; done
  read -r place evaluation < "$said$other"
  for path in "$place" "$(dirname "$evaluation")" "$(dirname "$evaluation")/../tmp"; do
    if ls "$path" > /dev/null 2>&1 || touch "$path/x" 2> /dev/null; then echo "reached"; else echo "not reached"; fi
  done
  echo done >> "$said$value"
  until grep -q done "$said$other"; do sleep 0.05; done
fi`,
      [better(8), better(7)],
      'slots: 2\nahead: 1\ntimeout: 30s\n',
    )
    const result = await session(root, 2)
    expect(result.exitCode, result.stderr).toBe(0)
    const { log } = await recordOf(root)
    for (const experiment of [1, 2])
      expect((await log(experiment)).match(/^(not )?reached$/gm)).toEqual(Array(3).fill('not reached'))
  },
)

test.runIf(isWhole)('a run that hangs is ended at its timeout, and what it started with it', limits, async () => {
  const root = await target(
    'if [ $value = 8 ]; then (trap "" TERM; sleep 301) & sleep 302; fi',
    [better(8), better(7)],
    'timeout: 3s\n',
  )
  const result = await session(root, 2)
  expect(result.exitCode, result.stderr).toBe(0)
  const { experiments } = await recordOf(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'timeout', 'keep'])
  const { stdout } = await execa('ps', ['-eo', 'args='])
  expect(stdout.split('\n').filter(line => /^sleep 30[12]$/.test(line))).toEqual([])
})

/** Pids whose working directory is the slot: processes of a run, and what puts them into their sandbox. */
const ofRun = (root: string): Promise<string[]> => processesIn(join(root, '../work'))

test.runIf(isWhole)('a run whose sandbox is killed is a crash, and the session goes on', limits, async () => {
  const root = await target('if [ $value = 8 ]; then sleep 303; fi', [better(8), better(7)])
  const running = session(root, 2)
  // The outermost of its processes; all of them end with it.
  const sleeping = async () => {
    const { stdout } = await execa('ps', ['-eo', 'pid=,args='])
    return Number(/^ *(\d+) sleep 303$/m.exec(stdout)?.[1] ?? 0)
  }
  const sleep = await vi.waitUntil(sleeping, { timeout: 30_000, interval: 50 })
  const own = new Set(await ofRun(root))
  let outermost = String(sleep)
  for (;;) {
    const stat = await readFile(`/proc/${outermost}/stat`, 'latin1')
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '0'
    if (!own.has(parent)) break
    outermost = parent
  }
  process.kill(Number(outermost), 'SIGKILL')
  const result = await running
  expect(result.exitCode, result.stderr).toBe(0)
  const { experiments } = await recordOf(root)
  expect(experiments.map(e => e.status)).toEqual(['keep', 'crash', 'keep'])
  expect(await sleeping()).toBe(0)
})

test.runIf(mechanism === 'bubblewrap')(
  'where bubblewrap is gone, the session ends in one error, and goes on in what there is',
  limits,
  async () => {
    const root = await target('', [better(8, 'touch ../../../gone; '), better(7)])
    const bin = join(root, '../bin')
    await mkdir(bin)
    const real = (await execa('sh', ['-c', 'command -v bwrap'])).stdout
    await writeFile(
      join(bin, 'bwrap'),
      `#!/bin/sh\nif [ -e ${join(root, '../gone')} ]; then echo 'bwrap: no permissions' >&2; exit 1; fi\nexec ${real} "$@"\n`,
    )
    await chmod(join(bin, 'bwrap'), 0o755)
    const env = { PATH: [bin, process.env.PATH].join(delimiter) }
    const ended = await session(root, 2, env)
    expect(ended.exitCode).toBe(2)
    expect(ended.stderr.replace(/\s+/g, ' ')).toContain(
      "error: The sandbox of this session's runs (bubblewrap) can no longer be made: bwrap: no permissions.",
    )
    const before = await recordOf(root)
    expect(before.experiments.map(e => e.status)).toEqual(['keep'])
    const resumed = await nightshift(root, 'session', ['--resume', before.id], env)
    expect(resumed.exitCode, resumed.stderr).toBe(0)
    const after = await recordOf(root)
    expect(after.experiments.map(e => e.status)).toEqual(['keep', 'keep', 'keep'])
    expect(after.experiments[1]?.runs.map(run => run.outcome)).toEqual(['ok'])
    const [first, second] = after.session.sandboxes ?? []
    expect([first?.mechanism, second?.mechanism === 'bubblewrap']).toEqual(['bubblewrap', false])
    expect(resumed.stderr.replace(/\s+/g, ' ')).toContain(
      'note earlier runs of this session executed in another sandbox: bubblewrap',
    )
    expect(await readFile(files.report(after.folder), 'utf8')).toContain('1 run executed in a sandbox (bubblewrap)')
  },
)

test.runIf(isWhole)(
  'a session of an earlier version is resumed in a sandbox, and the change is told',
  limits,
  async () => {
    const root = await target('', [better(8)])
    const result = await session(root, 0)
    expect(result.exitCode, result.stderr).toBe(0)
    const { id, folder } = await recordOf(root)
    const events = await readJournal(files.journal(folder))
    const older = events.flatMap(event => (event.event === 'sandbox' ? [] : [JSON.stringify(event)]))
    await writeFile(
      files.journal(folder),
      older.map(line => `${line.replace(/"sandbox":"auto","network":"local",?/, '')}\n`).join(''),
    )
    const resumed = await nightshift(root, 'session', ['--resume', id, '--experiments', '1'])
    expect(resumed.exitCode, resumed.stderr).toBe(0)
    expect(resumed.stderr.replace(/\s+/g, ' ')).toContain('it is not recorded in which')
    const { session: record } = await recordOf(root)
    expect(record.sandboxes).toMatchObject([{ mechanism }])
    expect(await readFile(files.report(folder), 'utf8')).toMatch(/in what 1 run executed is not recorded\./i)
  },
)

test.runIf(isWhole)(
  'compile caches begin with a copy of the user’s, and no candidate’s reach the baseline',
  limits,
  async () => {
    const root = await target(
      `cat "$NUMBA_CACHE_DIR/kernel" "$TRITON_HOME/.triton/cache/kernel"; echo "of $value" > "$NUMBA_CACHE_DIR/kernel"`,
      [better(8)],
    )
    const around = join(root, '..')
    await write(around, { 'numba/kernel': 'of numba\n', 'home/.triton/cache/kernel': 'of triton\n' })
    const result = await session(root, 1, { NUMBA_CACHE_DIR: join(around, 'numba'), HOME: join(around, 'home') })
    expect(result.exitCode, result.stderr).toBe(0)
    const { log, experiments } = await recordOf(root)
    const found = async (experiment: number) => {
      const logs = await Promise.all((experiments[experiment]?.runs ?? []).map(run => log(experiment, run.k)))
      return logs.map(text => text.match(/^of .*$/gm)?.join(', '))
    }
    const ofBaseline = await found(0)
    expect(ofBaseline.length).toBeGreaterThan(1)
    expect(ofBaseline[0]).toBe('of numba, of triton')
    expect(new Set(ofBaseline.slice(1))).toEqual(new Set(['of 9, of triton']))
    // It begins with what the baseline has compiled.
    expect((await found(1)).slice(0, 2)).toEqual(['of 9, of triton', 'of 8, of triton'])
    expect(await readFile(join(around, 'numba/kernel'), 'utf8')).toBe('of numba\n')
  },
)

test.runIf(isWhole)(
  'a harness that is killed leaves a run in its sandbox, which a resumption finishes',
  limits,
  async () => {
    const root = await target(`until [ -e "$(git rev-parse --git-common-dir)/open" ]; do sleep 0.05; done`, [])
    onTestFinished(() => writeFile(join(root, '.git/open'), ''))
    const running = session(root, 0)
    await vi.waitUntil(async () => (await ofRun(root)).length > 1, { timeout: 30_000, interval: 50 })
    running.kill('SIGKILL')
    await running
    expect((await ofRun(root)).length).toBeGreaterThan(1)
    const { id } = { id: (await readdir(sessionsOf(root)))[0] ?? '' }
    const resumed = nightshift(root, 'session', ['--resume', id])
    await writeFile(join(root, '.git/open'), '')
    expect((await resumed).exitCode, (await resumed).stderr).toBe(0)
    const { experiments } = await recordOf(root)
    expect(experiments[0]?.runs.map(run => [run.k, run.outcome])).toEqual([[1, 'ok']])
    expect(await ofRun(root)).toEqual([])
  },
)
