/**
 * What runs without a sandbox leave where the harness reads or writes: each is a small train program with the verdict it must get, and none of
 * them ends the session or spoils the next run.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { notebook } from '../../../../scripts/lib/paths.ts'
import { files, readSession } from '../../../../scripts/record/files/paths.ts'
import { player, program } from '../../../helpers/target.ts'
import { repository, sessionsOf, write } from '../../../helpers/throwaway.ts'

/** A trainer in shell: it leaves something and prints a metric, which the editable file sets. */
const trainer = (leave: string): string => `#!/bin/sh
loss=1
log=$(dirname "$NIGHTSHIFT_CURVE")/run.log
curve=$NIGHTSHIFT_CURVE
eval=$NIGHTSHIFT_EVAL
session=$(dirname "$curve")/../../..
next=$(printf '%s/runs/%04d' "$session" $(($(basename "$(dirname "$(dirname "$curve")")" | sed 's/^0*//; s/^$/0/') + 1)))
printf '1,0.1,2.0\\n2,0.2,1.5\\n' > "$curve"
printf '{"loss": %s}' "$loss" > "$eval"
${leave}
printf -- '---\\nloss: %s\\ntraining_seconds: 0.1\\n' "$loss"
`

const replaced = (path: string, by: string) => `rm -rf "${path}"; ${by}`
const socket = (path: string) =>
  `"${process.execPath}" -e "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 9))" "${path}" || true`

/** What is left, the verdict, and the reason where it is a crash; null: nothing that the harness reads. */
const leftovers: [what: string, leave: string, why: string | null][] = [
  ['a pipe as log', replaced('$log', 'mkfifo "$log"'), 'its run.log is a pipe'],
  ['a folder as log', replaced('$log', 'mkdir -p "$log/full/of"'), 'its run.log is a folder'],
  ['a link as log', replaced('$log', 'ln -s /etc/passwd "$log"'), 'its run.log is a link'],
  ['a loop of links as log', replaced('$log', 'ln -s run.log "$log"'), 'its run.log is a link'],
  ['a socket as log', replaced('$log', socket('$log')), 'its run.log is a socket'],
  ['ten gigabytes as log', replaced('$log', 'truncate -s 10G "$log"'), 'its run.log is a file of 10737.4 MB'],
  ['no log', 'rm "$log"', 'its run.log is missing'],
  ['a pipe as curve', replaced('$curve', 'mkfifo "$curve"'), 'its curve.csv is a pipe'],
  ['a folder as curve', replaced('$curve', 'mkdir "$curve"'), 'its curve.csv is a folder'],
  ['a link as curve', replaced('$curve', 'ln -s /etc/passwd "$curve"'), 'its curve.csv is a link'],
  ['ten gigabytes as curve', 'truncate -s 10G "$curve"', 'its curve.csv is a file of 10737.4 MB'],
  ['a pipe as evaluation', replaced('$eval', 'mkfifo "$eval"'), 'its evaluation file is a pipe'],
  ['a folder as evaluation', replaced('$eval', 'mkdir "$eval"'), 'its evaluation file is a folder'],
  ['a link as evaluation', replaced('$eval', 'ln -s /dev/zero "$eval"'), 'its evaluation file is a link'],
  ['ten gigabytes as evaluation', 'truncate -s 10G "$eval"', 'its evaluation file is a file of 10737.4 MB'],
  ['no folder of records', 'rm -rf "$(dirname "$curve")"', 'it removed the folder of its records'],
  [
    'a link as folder of records',
    'd=$(dirname "$curve"); rm -rf "$d"; ln -s /etc "$d"',
    'it replaced the folder of its records',
  ],
  ['a pipe as frozen file', replaced('frozen.txt', 'mkfifo frozen.txt'), 'the run changed frozen.txt, which is frozen'],
  ['a pipe that git would read', 'mkfifo .gitattributes .gitignore', null],
  [
    'pipes and links beside its records',
    'cd "$(dirname "$curve")"; mkfifo other; ln -s /etc/passwd more; cd - >/dev/null',
    null,
  ],
  [
    'a name that is not UTF-8',
    'mkfifo "$(dirname "$curve")/$(printf "\\377\\376")"; touch "$(printf "\\377\\376")"',
    null,
  ],
  ['a pipe as the file that is edited', replaced('train.sh', 'mkfifo train.sh'), null],
  ['a folder of ten gigabytes', 'mkdir big; truncate -s 10G big/file', null],
  [
    'folders deeper than a path may be',
    'i=0; while [ $i -lt 60 ]; do n=$(printf "%0100d" 0); mkdir $n; cd $n; i=$((i+1)); done',
    null,
  ],
  // For the next run.
  ['a pipe as the next log', 'mkdir -p "$next/1"; mkfifo "$next/1/run.log"', null],
  ['a pipe as the next curve', 'mkdir -p "$next/1"; mkfifo "$next/1/curve.csv"', null],
  ['a file as the next run', 'mkdir -p "$next"; touch "$next/1"', null],
  ['a file as the next experiment', 'touch "$next"', null],
  ['a link as the next experiment', 'ln -s /etc "$next"', null],
  ['a folder as the next patch', 'mkdir -p "$next/change.patch"', null],
  // For the harness's tables.
  ['a folder as results.tsv', replaced('$session/results.tsv', 'mkdir -p "$session/results.tsv/full"'), null],
  ['a pipe as results.tsv', replaced('$session/results.tsv', 'mkfifo "$session/results.tsv"'), null],
  [
    'a link as experiments.jsonl',
    replaced('$session/experiments.jsonl', 'ln -s ../outside "$session/experiments.jsonl"'),
    null,
  ],
  ['no experiments.jsonl', 'rm "$session/experiments.jsonl"', null],
  ['a folder as session.json', replaced('$session/session.json', 'mkdir "$session/session.json"'), null],
  ['a file as the folder of prose', replaced('$session/program', 'touch "$session/program"'), null],
  // For git.
  ['a pipe as gc.pid', 'mkfifo "$(git rev-parse --git-common-dir)/gc.pid"', null],
  ['no worktree', 'rm -rf "$PWD"', 'the run changed frozen.txt, which is frozen'],
]

/** Left without rights, which bind every user but the superuser. */
const withoutRights: typeof leftovers = [
  ['folders without rights', 'mkdir -p a/b c; touch a/b/f c/f; chmod 000 c; chmod 500 a/b a .', null],
  ['an unreadable curve', 'chmod 000 "$curve"', 'its curve.csv is not readable for this user'],
  ['an unreadable log', 'chmod 000 "$log"', 'its run.log is not readable for this user'],
  ['an unreadable evaluation', 'chmod 000 "$eval"', 'its evaluation file is not readable for this user'],
  ['a locked folder of records', 'chmod 000 "$(dirname "$curve")"', 'it took away the rights to its folder 1'],
  [
    'a locked folder of the runner',
    'chmod 500 "$(dirname "$eval")/.."',
    'its runner was killed, or could not record the result',
  ],
]

test(`${leftovers.length} leftovers have their verdict, and the session goes on`, { timeout: 120_000 }, () =>
  check(leftovers, process.execPath, []),
)

test('so have files and folders without rights', { timeout: 60_000 }, () => {
  // Without these capabilities rights bind the superuser, too.
  const caps = '-dac_override,-dac_read_search'
  const bound = ['--bounding-set', caps, '--inh-caps', caps, process.execPath]
  return process.getuid?.() === 0 ? check(withoutRights, 'setpriv', bound) : check(withoutRights, process.execPath, [])
})

/** Runs a session whose runs leave these, one after another. @param launch program that runs node, with its arguments */
async function check(left: typeof leftovers, launch: string, before: string[]): Promise<void> {
  const root = await repository({ 'train.sh': trainer(''), 'frozen.txt': 'as it is\n' })
  const around = join(root, '..')
  const programs = left.map(([, leave], i) => [`${i}.txt`, trainer(leave).replace('loss=1', `loss=0.${900 - i}`)])
  await write(around, Object.fromEntries(programs))
  const steps = left.map(([what], i) => `cp ../../../${i}.txt train.sh; echo '${what}'`)
  await write(around, { 'agent.sh': player(steps) })
  const contract = program(join(around, 'agent.sh'), 'fixes: 0\nsandbox: off\n')
    .replaceAll('train.js', 'train.sh')
    .replace('node train.sh', 'sh train.sh')
    .replace('metric: { name: loss, holdout: held_loss }', 'metric: loss')
  await write(root, { 'program.md': contract })
  const args = ['--program', 'program.md', '--tag', 'try', '--seeds', '1', '--experiments', String(left.length)]
  const env = {
    NIGHTSHIFT_SESSIONS: sessionsOf(root),
    NIGHTSHIFT_WORK: join(around, 'work'),
    HOME: around,
    NO_COLOR: '1',
  }
  const session = join(notebook, 'scripts/session.ts')
  const result = await execa(launch, [...before, session, ...args], { cwd: root, env, reject: false })
  expect(result.exitCode, result.stderr).toBe(0)
  const [id = ''] = await readdir(sessionsOf(root))
  const { experiments } = await readSession(join(sessionsOf(root), id))
  const found = experiments.slice(1).map(({ description, status, reason }, i) => {
    const [, , why] = left[i] ?? []
    return [description, why === null ? status : reason.slice(0, `Crash: ${why}`.length)]
  })
  expect(found).toEqual(left.map(([what, , why]) => [what, why === null ? 'keep' : `Crash: ${why}`]))
  const rows = (await readFile(files.results(join(sessionsOf(root), id)), 'utf8')).trimEnd().split('\n')
  expect(rows).toHaveLength(1 + experiments.length)
  // A table is not written through a link.
  expect(await readdir(sessionsOf(root))).toEqual([id])
  // Nothing but regular files is left in the record, and no worktree.
  const entries = await readdir(join(sessionsOf(root), id), { recursive: true, withFileTypes: true })
  expect(entries.filter(entry => !entry.isFile() && !entry.isDirectory())).toEqual([])
  expect((await readdir(join(around, 'work', id))).filter(name => /slot|run|stack/.test(name))).toEqual([])
}
