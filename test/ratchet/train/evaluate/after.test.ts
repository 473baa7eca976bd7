/** A frozen command that measures a run when it has ended, on what the run left: `evaluate: COMMAND`. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, readSession } from '../../../../scripts/record/files/paths.ts'
import { player } from '../../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../../helpers/throwaway.ts'

/** Guesses three numbers; the answers are 1, 2 and 3. */
const guess = `import * as fs from 'node:fs'
const { NIGHTSHIFT_OUTPUT: output } = process.env
let guesses = [1, 0, 0]
let leave = () => fs.writeFileSync(output + '/guesses.json', JSON.stringify(guesses))
let after = () => {}
// CHEAT
leave()
console.log('---\\ntraining_seconds: 0.5\\npeak_vram_mb: 12')
after()
`

const score = `import { readFileSync } from 'node:fs'
import { answers } from './answers.js'
const guesses = JSON.parse(readFileSync(process.env.NIGHTSHIFT_OUTPUT + '/guesses.json', 'utf8'))
const right = answers.filter((answer, i) => guesses[i] === answer).length
if (guesses.length > 3) throw new RangeError('too many guesses')
console.log('---\\nright: ' + right + '\\nasked: 3')
if (process.env.NIGHTSHIFT_SPLITS.includes('holdout')) console.log('held: ' + right / 2)
`

const program = (agent: string, more = '') => `---
edit: guess.js
run: node guess.js
evaluate: node score.js
hide: answers.js
metric: { name: right, goal: maximize, holdout: held }
budget: 1s
timeout: 60s
sandbox: off
seeds: 1
fixes: 0
agent: { use: command, command: "sh ${agent}" }
fallback: []
${more}---
Guess better.
`

async function session(cheats: string[], more = '') {
  const root = await repository({
    'guess.js': guess,
    'score.js': score,
    'answers.js': 'export const answers = [1, 2, 3]\n',
    'program.md': '',
  })
  const agent = join(root, '../agent.sh')
  await write(root, {
    'program.md': program(agent, more),
    '../agent.sh': player(cheats.map((_, i) => `cp ${join(root, `../cheats/${i}.js`)} guess.js; echo cheat ${i + 1}`)),
    ...Object.fromEntries(cheats.map((cheat, i) => [`../cheats/${i}.js`, guess.replace('// CHEAT', cheat)])),
  })
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qam', 'program')
  const result = await nightshift(root, 'session', ['--program', 'program.md', '--experiments', String(cheats.length)])
  expect(result.exitCode, result.stderr).toBe(0)
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  return { root, folder, output: result.stderr, ...(await readSession(folder)) }
}

/** [what it does, its code, the verdict, the reason's beginning] */
const cheats: [string, string, string, RegExp][] = [
  ['guesses better', 'guesses = [1, 2, 0]', 'keep', /./],
  ['prints another value', `after = () => console.log('---\\nright: 3')`, 'discard', /./],
  ['writes nothing', 'leave = () => {}', 'crash', /^Crash: its evaluator failed: exit code 1: Error: ENOENT/],
  ['is refused', 'guesses = [1, 2, 3, 4]', 'crash', /^Crash: its evaluator failed: exit code 1: RangeError: too many/],
  [
    'leaves a link to the answers',
    `leave = () => fs.symlinkSync('/etc/hostname', output + '/guesses.json')`,
    'crash',
    /^Crash: not evaluated: it left a link in NIGHTSHIFT_OUTPUT \(guesses\.json\)/,
  ],
  [
    'leaves a hard link',
    `leave = () => { fs.writeFileSync('own', '[1]'); fs.linkSync('own', output + '/guesses.json') }`,
    'crash',
    /^Crash: not evaluated: it left a hard link in NIGHTSHIFT_OUTPUT \(guesses\.json\)/,
  ],
  [
    'leaves a pipe in a folder',
    `const { execFileSync } = await import('node:child_process')
leave = () => { fs.mkdirSync(output + '/a'); execFileSync('mkfifo', [output + '/a/p']) }`,
    'crash',
    /^Crash: not evaluated: it left a pipe in NIGHTSHIFT_OUTPUT \(a\/p\)/,
  ],
  [
    'leaves more than is read',
    `leave = () => { fs.writeFileSync(output + '/big', ''); fs.truncateSync(output + '/big', 2 ** 31) }`,
    'crash',
    /^Crash: not evaluated: it left more than 1024 MiB in NIGHTSHIFT_OUTPUT/,
  ],
  [
    'replaces the folder',
    `leave = () => { fs.rmdirSync(output); fs.symlinkSync('/etc', output) }`,
    'crash',
    /^Crash: not evaluated: it left a link in the place of NIGHTSHIFT_OUTPUT/,
  ],
]

test('the value is what the evaluator says, whatever the run prints or leaves', { timeout: 120_000 }, async () => {
  const { experiments, session: record, folder } = await session(cheats.map(([, cheat]) => cheat))
  const found = experiments.slice(1).map(({ status, reason }, i) => [cheats[i]?.[0], status, reason])
  expect(found.map(([what, status]) => [what, status])).toEqual(cheats.map(([what, , status]) => [what, status]))
  for (const [i, [what, , , reason]] of cheats.entries()) expect(found[i]?.[2], what).toMatch(reason)
  const [baseline, better] = experiments
  expect(record.measurement).toEqual({ evaluation: null, command: null, evaluator: 'score.js' })
  expect(baseline?.runs[0]).toMatchObject({
    metric: 1,
    measuredBy: 'evaluator',
    evaluated: ['right'],
    summary: { right: 1, asked: 3, training_seconds: 0.5, peak_vram_mb: 12 },
  })
  expect(better?.runs.find(run => run.purpose === 'confirm')).toMatchObject({ metric: 2, holdout: 1 })
  expect(await readFile(files.evaluatorLog(folder, 0, 1), 'utf8')).toContain('right: 1')
})
