/** A frozen process that is connected to a run while it trains, and alone says what it measured: `evaluate: { serve }`. */
import { readdir, readFile } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../../scripts/record/files/paths.ts'
import { player } from '../../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../../helpers/throwaway.ts'

/** Sends one guess of the number 8 and waits for the reply: a socket that does not block would give none. */
const guess = `GUESS=1
own=
# CHEAT
sleep 0.2
printf '%s\\n' "$GUESS" >&3
read reply <&3
[ "$reply" = ok ] || { echo "Error: $reply"; exit 1; }
printf -- '---\\ntraining_seconds: 0.5\\n'
[ -z "$own" ] || echo "$own"
`

const score = `import { Socket } from 'node:net'
import { writeFileSync } from 'node:fs'
const { NIGHTSHIFT_EVAL: file, NIGHTSHIFT_EVALUATOR: fd, NIGHTSHIFT_SECRET: secret } = process.env
if (!/^[0-9a-f]{64}$/.test(secret)) throw new Error('no secret')
console.log('the secret is ' + secret)
const socket = new Socket({ fd: Number(fd) })
let heard = ''
for await (const chunk of socket.setEncoding('utf8')) {
  heard += chunk
  if (heard.length > 1000) throw new RangeError('heard too much')
  if (!heard.includes('\\n')) continue
  socket.write('ok\\n')
  if (heard.startsWith('stop')) process.exit(0)
}
const distance = Math.abs(8 - Number(heard))
if (Number.isNaN(distance)) throw new TypeError('no number: ' + heard)
writeFileSync(file, JSON.stringify({ distance, data: { name: 'eight', fingerprint: '8' } }))
`

const program = (agent: string, serve: string) => `---
edit: guess.sh
run: sh guess.sh
evaluate: { serve: ${serve} }
metric: distance
budget: 1s
timeout: 20s
sandbox: off
seeds: 1
fixes: 0
prune: false
agent: { use: command, command: "sh ${agent}" }
fallback: []
---
Guess better.
`

async function target(cheats: string[], serve = 'node score.js') {
  const root = await repository({ 'guess.sh': guess, 'score.js': score, 'program.md': '' })
  const agent = join(root, '../agent.sh')
  await write(root, {
    'program.md': program(agent, serve),
    '../agent.sh': player(cheats.map((_, i) => `cp ${join(root, `../cheats/${i}.sh`)} guess.sh; echo cheat ${i + 1}`)),
    ...Object.fromEntries(cheats.map((cheat, i) => [`../cheats/${i}.sh`, guess.replace('# CHEAT', cheat)])),
  })
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qam', 'program')
  return root
}

async function recordOf(root: string) {
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  return { folder, ...(await readSession(folder)) }
}

const run = (root: string, experiments: number, env = {}) =>
  nightshift(root, 'session', ['--program', 'program.md', '--experiments', String(experiments)], env)

/** Kills a process that has a mark which begins with that of the run. */
const killing = (suffix: string) => `for at in /proc/[0-9]*; do
  tr '\\0' '\\n' < $at/environ 2>/dev/null | grep -qx "NIGHTSHIFT_RUN=$NIGHTSHIFT_RUN${suffix}" && [ \${at#/proc/} != $$ ] && kill -9 \${at#/proc/}
done`

/** [what it does, its code, the verdict, the reason's beginning] */
const cheats: [string, string, string, RegExp][] = [
  ['guesses better', 'GUESS=3', 'keep', /./],
  ['prints the same value', 'GUESS=4 own="distance: 4"', 'keep', /./],
  [
    'prints a better value',
    'GUESS=5 own="distance: 1"',
    'crash',
    /^Crash: printed distance 1, but the evaluation measured 3/,
  ],
  [
    'writes where runs wrote',
    'echo "{\\"distance\\": 0.5}" > "$(dirname "$NIGHTSHIFT_CURVE")/eval.json"; GUESS=4',
    'discard',
    /./,
  ],
  ['says nonsense', 'GUESS=many', 'crash', /^Crash: its evaluator failed: exit code 1: TypeError: no number: many/],
  [
    'floods it',
    'yes | head -c 5000000 >&3',
    'crash',
    /^Crash: (SIGPIPE|exit code \d+|its evaluator failed: exit code 1: RangeError)/,
  ],
  ['closes the socket', 'exec 3>&-', 'crash', /^Crash: (exit code|its evaluator failed)/],
  ['ends it before it has written', 'GUESS=stop', 'crash', /^Crash: its evaluator gave no distance/],
  ['kills it', killing('-evaluator'), 'crash', /^Crash: (its evaluator failed: SIGKILL|SIGPIPE|exit code)/],
  [
    'plants a module beside it',
    'echo x > ../evaluation/net.js; GUESS=4',
    'crash',
    /^Crash: not evaluated: the files of its evaluator were changed: net\.js was put there/,
  ],
  [
    'changes it under way',
    'echo "require(\\"fs\\").writeFileSync(process.env.NIGHTSHIFT_EVAL, \\"{}\\")" > ../evaluation/score.js; GUESS=4',
    'crash',
    /^Crash: (not evaluated: the files of its evaluator were changed: score\.js has changed|exit code)/,
  ],
  ['leaves a process with the socket that ends with it', '(setsid sh -c "exec sleep 60" &); GUESS=4', 'discard', /./],
]

test.runIf(platform() === 'linux')('only what the evaluator wrote counts', { timeout: 180_000 }, async () => {
  const root = await target(cheats.map(([, cheat]) => cheat))
  const result = await run(root, cheats.length)
  expect(result.exitCode, result.stderr).toBe(0)
  const { experiments, session, folder } = await recordOf(root)
  const found = experiments.slice(1).map(({ status, reason }, i) => [cheats[i]?.[0], status, reason])
  expect(
    found.map(([what, status]) => [what, status]),
    JSON.stringify(found, null, 1),
  ).toEqual(cheats.map(([what, , status]) => [what, status]))
  for (const [i, [what, , , reason]] of cheats.entries()) expect(found[i]?.[2], what).toMatch(reason)
  expect(session).toMatchObject({ measurement: { evaluator: 'score.js' }, data: { name: 'eight', fingerprint: '8' } })
  expect(experiments[0]?.runs[0]).toMatchObject({ metric: 7, measuredBy: 'evaluator', evaluated: ['distance'] })
  const log = await readFile(files.evaluatorLog(folder, 0, 1), 'utf8')
  expect(log).toBe('the secret is [key]\n')
  expect(result.stderr).toMatch(/the evaluator's files had been changed: net\.js was put there/)
  expect(result.stderr).toContain("the evaluator's files had been changed: score.js has changed; they were made anew")
})
