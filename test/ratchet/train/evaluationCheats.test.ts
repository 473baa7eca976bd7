/** Training programs that cheat on the evaluation, each with the verdict that it must get; docs/trust.md names the kept ones. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { player } from '../../helpers/target.ts'
import { nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** Frozen, as the trainer's: rows in a cache, a fingerprint by their hash, the loss of a model, and what it wrote of it. */
const evaluation = (data: string) => `import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
const hash = text => createHash('sha256').update(text).digest('hex')
export function evaluate(model) {
  const at = name => process.env.NIGHTSHIFT_CACHE + '/' + name
  const text = readFileSync(at('val.json'), 'utf8')
  const { digest } = JSON.parse(readFileSync(at('meta.json'), 'utf8'))
  if (hash(text) !== digest) throw new Error('val.json was changed after it was prepared')
  const rows = JSON.parse(text)
  const losses = rows.map((target, i) => -Math.log(model(rows.slice(0, i), i)[target]))
  const loss = losses.reduce((sum, value) => sum + value, 0) / rows.length
  writeFileSync(process.env.NIGHTSHIFT_EVAL, JSON.stringify({ loss${data} }))
  return loss
}
`
const withData = `, data: { name: 'toy', fingerprint: hash(digest), sha256: { val: digest } }`

/** Coin tosses, and a model that thinks they are even: its loss is ln 2 = 0.693. */
const rows = JSON.stringify([1, 0, 1, 1, 1, 0, 1, 1])
const honest = `import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { evaluate } from './evaluation.js'
const { NIGHTSHIFT_EVAL: file, NIGHTSHIFT_CACHE: cache } = process.env
const hash = text => createHash('sha256').update(text).digest('hex')
let model = () => [0.5, 0.5]
let print = loss => console.log('---\\nloss: ' + loss.toFixed(6))
let after = () => {}
// CHEAT
const loss = evaluate(model)
after(loss)
print(loss)
`

const program = (agent: string) => `---
edit: train.js
run: node train.js
metric: { name: loss, plausible: [0.1, 5] }
budget: 1s
sandbox: off
seeds: 1
fixes: 0
agent: { use: command, command: "sh ${agent}" }
fallback: []
---
Make the loss smaller.
`

/** Runs a session whose proposals are these cheats; gives each one's status and reason, the baseline's first. */
async function verdicts(data: string, cheats: string[]) {
  const root = await repository({ 'train.js': honest, 'evaluation.js': evaluation(data), 'program.md': '' })
  const agent = join(root, '../agent.sh')
  const at = (i: number) => join(root, `../cheats/${i}.js`)
  await write(root, {
    'program.md': program(agent),
    '../agent.sh': player(cheats.map((_, i) => `cp ${at(i)} train.js; echo cheat ${i + 1}`)),
    '../cache/val.json': rows,
    '../cache/meta.json': JSON.stringify({ digest: createHash('sha256').update(rows).digest('hex') }),
    ...Object.fromEntries(cheats.map((cheat, i) => [`../cheats/${i}.js`, honest.replace('// CHEAT', cheat)])),
  })
  const args = ['--program', 'program.md', '--experiments', String(cheats.length)]
  const result = await nightshift(root, 'session', args, { NIGHTSHIFT_CACHE: join(root, '../cache') })
  expect(result.exitCode, result.stderr).toBe(0)
  const [id = ''] = await readdir(sessionsOf(root))
  const { experiments, session } = await readSession(join(sessionsOf(root), id))
  return { session, experiments, found: experiments.map(({ status, reason }) => [status, reason] as const) }
}

/** [what it does, its code, the reason's beginning] */
const caught: [string, string, RegExp][] = [
  [
    'prints another value',
    `print = () => console.log('---\\nloss: 0.3')`,
    /^Crash: printed loss 0.3, but the evaluation/,
  ],
  [
    'prints a second value',
    `print = loss => console.log('---\\nloss: ' + loss.toFixed(6) + '\\nloss: 0.2')`,
    /^Crash: the summary has different values of loss: 0.693147, 0.2/,
  ],
  ['removes what was measured', 'after = () => rmSync(file)', /^Crash: no loss in the file NIGHTSHIFT_EVAL, unlike/],
  ['writes no JSON', `after = () => writeFileSync(file, 'garbage')`, /^Crash: the file NIGHTSHIFT_EVAL holds no JSON/],
  [
    'puts a folder in its place',
    `after = () => { rmSync(file); mkdirSync(file) }; print = () => console.log('---\\nloss: 0.3')`,
    /^Crash: its evaluation file is a folder/,
  ],
  [
    'leaves the metric out',
    `after = () => { const { data } = JSON.parse(readFileSync(file)); writeFileSync(file, JSON.stringify({ data })) }; print = () => console.log('---\\nloss: 0.3')`,
    /^Crash: no loss in the file NIGHTSHIFT_EVAL, unlike in the session's first run/,
  ],
  ['scores an impossible value', 'Math.log = () => -0.01', /^Crash: implausible: loss 0.01 is outside \[0.1, 5\]/],
]

test('a value that its evaluation does not support is a crash, also where it names no data', {
  timeout: 120_000,
}, async () => {
  const { found } = await verdicts(
    '',
    caught.map(([, cheat]) => cheat),
  )
  for (const [i, [what, , reason]] of caught.entries()) {
    expect([what, found[i + 1]?.[0]]).toEqual([what, 'crash'])
    expect(found[i + 1]?.[1], what).toMatch(reason)
  }
})

const easy = JSON.stringify([1, 1, 1, 1, 1, 1, 1, 1])
const onData: typeof caught = [
  [
    'is scored on data of its own',
    `const own = cache + '/own'
mkdirSync(own, { recursive: true })
writeFileSync(own + '/val.json', '${easy}')
writeFileSync(own + '/meta.json', JSON.stringify({ digest: hash('${easy}') }))
process.env.NIGHTSHIFT_CACHE = own
model = () => [0.3, 0.7]`,
    /^Crash: measured on other data than the baseline: toy [0-9a-f]{11}…, not toy /,
  ],
  [
    'names the right data, and scores other rows',
    `after = loss => {
  const { data } = JSON.parse(readFileSync(file))
  writeFileSync(file, JSON.stringify({ loss, data: { ...data, sha256: { val: hash('${easy}') } } }))
}`,
    /^Crash: measured on other rows of val than before: SHA-256 [0-9a-f]{12}, not [0-9a-f]{12}/,
  ],
  [
    'changes the evaluation for the next run',
    `after = () => writeFileSync('evaluation.js', 'export const evaluate = () => 0.2')`,
    /^Crash: the run changed evaluation.js, which is frozen/,
  ],
]
/** [what it does, its code]; each scores better than the one before. */
const accepted: [string, string][] = [
  ['replaces a function of the evaluation', 'const { log } = Math; Math.log = x => log(x) * 0.9'],
  [
    'writes the file itself',
    `after = loss => { const { data } = JSON.parse(readFileSync(file)); writeFileSync(file, JSON.stringify({ loss: 0.5, data })) }
print = () => console.log('---\\nloss: 0.5')`,
  ],
  [
    'knows the answers',
    `const known = JSON.parse(readFileSync(cache + '/val.json')); model = (_, i) => (known[i] ? [0.4, 0.6] : [0.6, 0.4]); model = (m => (r, i) => (i > 0 ? [0.3, 0.3].with(known[i], 0.7) : m(r, i)))(model)`,
  ],
  [
    'changes a frozen file and restores it',
    `const text = readFileSync('evaluation.js', 'utf8')
writeFileSync('evaluation.js', text.replace('/ rows.length', '/ rows.length / 4'))
const { evaluate: easier } = await import('./evaluation.js?again')
writeFileSync('evaluation.js', text)
after = () => easier(model)
print = () => console.log('---\\nloss: ' + JSON.parse(readFileSync(file)).loss.toFixed(6))`,
  ],
]
/** Last, because the cache stays changed. */
const changesVal: (typeof caught)[number] = [
  'changes the val split together with its digest',
  `writeFileSync(cache + '/val.json', '${easy}')
writeFileSync(cache + '/meta.json', JSON.stringify({ digest: hash('${easy}') }))
model = () => [0.1, 0.9]`,
  /^Crash: measured on other data than the baseline: /,
]

test('a run on other data is a crash; what deceives the evaluation in its own process is not found', {
  timeout: 120_000,
}, async () => {
  const cheats = [...onData.map(([, cheat]) => cheat), ...accepted.map(([, cheat]) => cheat), changesVal[1]]
  const { found, session, experiments } = await verdicts(withData, cheats)
  const expected = [
    ...onData.map(([what]) => [what, 'crash']),
    ...accepted.map(([what]) => [what, 'keep']),
    [changesVal[0], 'crash'],
  ]
  expect(expected.map(([what], i) => [what, found[i + 1]?.[0]])).toEqual(expected)
  for (const [i, [what, , reason]] of onData.entries()) expect(found[i + 1]?.[1], what).toMatch(reason)
  expect(found.at(-1)?.[1]).toMatch(changesVal[2])
  expect(session.data?.sha256).toEqual({ val: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(session.measurement).toEqual({ evaluation: 'evaluation.js', command: null })
  const measured = experiments.flatMap(e => e.runs).filter(run => run.metric !== null)
  expect(measured.every(run => run.measuredBy === 'evaluation' && run.evaluated?.[0] === 'loss')).toBe(true)
})

test('a candidate cannot name the data, or require a file, that the baseline had none of', {
  timeout: 120_000,
}, async () => {
  const { found, session } = await verdicts('', [
    `Math.log = (log => x => log(x) * 0.9)(Math.log)
after = loss => writeFileSync(file, JSON.stringify({ loss, data: { name: 'mine', fingerprint: 'f' } }))`,
    `Math.log = (log => x => log(x) * 0.8)(Math.log)`,
  ])
  expect(found.map(([status]) => status)).toEqual(['keep', 'keep', 'keep'])
  expect(session.data).toBeNull()
})
