import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../scripts/lib/errors.ts'
import { flagOverrides } from '../../scripts/program/flags.ts'
import { type Overrides, readContract, readProgram } from '../../scripts/program/read.ts'
import { scratch, write } from '../helpers/throwaway.ts'

const minimal = 'edit: train.py\nrun: python train.py\nmetric: val_bpb'

async function program(frontmatter: string, overrides: Overrides = {}) {
  const folder = await scratch()
  await write(folder, { 'program.md': `---\n${frontmatter}\n---\n\n# Direction\n\nTry things.\n` })
  return readProgram(join(folder, 'program.md'), overrides)
}

/** Message and advice of the error that a frontmatter causes. */
async function mistake(frontmatter: string, overrides: Overrides = {}): Promise<string> {
  const error = await program(frontmatter, overrides).then(
    () => expect.fail('it was accepted'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(Failure)
  const { message, advice } = error as Failure
  return `${message} ${advice}`.replace(/\S*program\.md: /, '')
}

test('only three keys are required; the others have defaults', async () => {
  const { contract, prose } = await program(minimal)
  expect(prose).toBe('# Direction\n\nTry things.')
  expect(contract).toMatchObject({
    edit: ['train.py'],
    target: '.',
    metric: { name: 'val_bpb', goal: 'minimize', unit: null, holdout: null, plausible: null },
    budget: 300,
    timeout: 600,
    seeds: 3,
    lineCost: 0.1,
    boldAfter: 15,
    repeat: 'never',
    agent: { use: 'claude' },
    fallback: [{ use: 'tuner' }],
  })
})

test('posts, notifications and hooks are no part of the contract, which records store', async () => {
  const keys = 'publish: { to: docs }\nnotify: { url: $TEAM_WEBHOOK }\nhooks: { end: ./end.sh }'
  const { contract, contractHash, automation } = await program(`${minimal}\n${keys}`)
  expect(contract).toEqual((await program(minimal)).contract)
  expect(contractHash).toBe((await program(minimal)).contractHash)
  expect(automation).toEqual({
    publish: { to: ['docs'], when: 'confirmed' },
    notify: { url: '$TEAM_WEBHOOK', as: null, command: null, on: ['end', 'outage', 'machine'] },
    hooks: { before_experiment: null, after_verdict: null, end: './end.sh' },
    share: null,
  })
  expect((await program(`${minimal}\nshare: { trust: team/signers }`)).automation.share).toEqual({
    trust: 'team/signers',
  })
  expect((await program(minimal)).automation).toEqual({ publish: null, notify: null, hooks: null, share: null })

  expect(await mistake(`${minimal}\npublish: { to: [docs, blog] }`)).toMatch(
    /publish\.to.*is one or more of discussion, pull-request, docs/,
  )
  expect(await mistake(`${minimal}\nnotify: { on: end }`)).toMatch(/needs `url` or `command`, not both/)
  expect(await mistake(`${minimal}\nnotify: { url: team-webhook }`)).toMatch(
    /takes an address, or the name of the variable/,
  )
  expect(await mistake(`${minimal}\nhooks: { before: x }`)).toMatch(/unknown key hooks\.before/)
})

test('runs start in the folder of program.md unless target names another', async () => {
  expect((await program('edit: [src/a.py, b.py]\nrun: x\nmetric: m')).contract.target).toBe('.')
  expect((await program(`${minimal}\ntarget: ./lib/`)).contract.target).toBe('lib')
  expect(await mistake(`${minimal}\ntarget: /tmp`)).toMatch(
    /target: found "\/tmp"\. It takes paths relative to the folder/,
  )
})

test('a stored contract is read unchanged, and an older one gets defaults for keys added later', async () => {
  const more =
    'agent: { use: codex, effort: high }\nfallback: []\nreport: { agent: none }\nuntil: "07:00"\nline_cost: 0'
  const { contract } = await program(`${minimal}\ntarget: lib\nfreeze: [prepare.py]\nlimits: { mb: 5 }\n${more}`)
  expect(readContract({ id: 'x', contract: JSON.parse(JSON.stringify(contract)) })).toEqual(contract)

  const { fixes, ahead, slots, boldAfter, cost_usd, ...first } = (await program(minimal)).contract
  const { effort, args, env, ...agent } = first.agent
  const { target, ...metric } = first.metric
  const old = JSON.parse(JSON.stringify({ ...first, agent, metric, later: 'a key of another version' }))
  expect(readContract({ id: 'x', contract: old })).toEqual((await program(minimal)).contract)
})

test('an invalid stored contract is an error that names the session and the key', async () => {
  const { contract } = await program(minimal)
  const read = (change: object) => () => readContract({ id: 'nov20', contract: { ...contract, ...change } })
  expect(read({ run: 5 })).toThrow(/^The contract that nov20 stores cannot be read: run: .*expected string/)
  expect(read({ agent: { ...contract.agent, timeout: '10m' } })).toThrow(/cannot be read: agent\.timeout: /)
  expect(() => readContract({ id: 'nov20', contract: {} })).toThrow(Failure)
})

test('a short budget leaves a minute for start-up before the timeout', async () => {
  expect((await program(`${minimal}\nbudget: 6s`)).contract.timeout).toBe(66)
  expect((await program(`${minimal}\nbudget: 6s\ntimeout: 10s`)).contract.timeout).toBe(10)
})

test('equal contracts have equal hashes, whatever the order of their keys', async () => {
  const one = await program(`${minimal}\nseeds: 2\nbudget: 1m`)
  const other = await program(`budget: 60s\nseeds: 2\n${minimal}`)
  expect(one.contractHash).toBe(other.contractHash)
  expect((await program(minimal)).contractHash).not.toBe(one.contractHash)
})

test.each([
  ['an unknown key', `${minimal}\nbudgett: 5m`, /unknown key budgett\. Did you mean budget\?/],
  ['a key like no other', `${minimal}\nweather: rain`, /unknown key weather\. Known keys: edit, run, metric/],
  ['an unknown key inside', 'edit: a\nrun: b\nmetric: { name: m, gaol: maximize }', /unknown key metric\.gaol/],
  ['a missing key', 'edit: a\nrun: b', /metric is missing/],
  ['a time without its unit', `${minimal}\nbudget: 5`, /budget: found 5\. It takes a time with its unit/],
  ['a time that no timer can wait', `${minimal}\ntimeout: 600h`, /timeout: found "600h"\. It takes at most 240h/],
  ['a wrong unit', `${minimal}\nbudget: 5 days`, /budget: found "5 days".*300s, 5m or 1h/],
  [
    'an agent that does not exist',
    `${minimal}\nagent: cluade`,
    /found "cluade".*claude, codex, gemini, opencode, command, tuner/,
  ],
  ['a command agent without its command', `${minimal}\nagent: command`, /agent.*needs `command: …`/],
  ['an absolute path', 'edit: /etc/passwd\nrun: b\nmetric: m', /edit: found "\/etc\/passwd"/],
  ['a file both edited and frozen', `${minimal}\nfreeze: train.py`, /train\.py is in both edit and freeze/],
  [
    'a goal that is none',
    'edit: a\nrun: b\nmetric: { name: m, goal: up }',
    /metric\.goal: found "up"\. It is minimize or maximize/,
  ],
  ['a clock time that is none', `${minimal}\nuntil: "7 in the morning"`, /until.*"07:00"/],
  ['frontmatter that is no YAML', 'edit: [a\nrun: b', /is not YAML/],
])('%s is one clear error', async (_, frontmatter, words) => {
  expect(await mistake(frontmatter)).toMatch(words)
})

test.each([
  [{ experiments: 'many' }, '--experiments: found "many". It takes a number.'],
  [{ hours: '0' }, '--hours: found 0. It takes more than 0.'],
  [{ agent: 'claud' }, '--agent: found "claud". It is one of '],
  [{ 'agent-timeout': '5' }, '--agent-timeout: found "5". It takes a time with its unit'],
  [{ fallback: 'tuner,foo' }, '--fallback: found "foo". It is one of '],
])('an invalid value from a flag is an error that names the flag: %j', async (values, said) => {
  const found = await mistake(`${minimal}\nhours: 2`, flagOverrides(values))
  expect(found.slice(0, said.length)).toBe(said)
})

test.each([
  ['seeds: many', 'seeds: found "many". It takes a number.'],
  ['seeds: 0', 'seeds: found 0. It takes at least 1.'],
  ['seeds: 1.5', 'seeds: found 1.5. It takes a whole number.'],
  ['fixes: 9', 'fixes: found 9. It takes at most 5.'],
  ['fallback: tuner', 'fallback: found "tuner". It takes a list.'],
  ['limits: { peak_vram_mb: lots }', 'limits.peak_vram_mb: found "lots". It takes a number.'],
])('%s is explained in plain words', async (line, said) => {
  expect(await mistake(`${minimal}\n${line}`)).toContain(said)
})

test('a stop rule set by a flag replaces those of the file', async () => {
  const { contract } = await program(`${minimal}\nuntil: "07:00"`, flagOverrides({ experiments: '8' }))
  expect(contract).toMatchObject({ until: null, hours: null, experiments: 8 })
})

test("a flag that names the file's agent keeps its options, one that names another agent drops them", async () => {
  const file = `${minimal}\nagent: { use: claude, model: opus, effort: high, timeout: 20m }`
  const agentBy = async (flags: Parameters<typeof flagOverrides>[0]) =>
    (await program(file, flagOverrides(flags))).contract.agent
  const own = { use: 'claude', model: 'opus', effort: 'high', timeout: 1200 }
  expect(await agentBy({ agent: 'claude' })).toMatchObject(own)
  expect(await agentBy({ agent: 'claude', model: 'haiku' })).toMatchObject({ ...own, model: 'haiku' })
  expect(await agentBy({ model: 'haiku' })).toMatchObject({ ...own, model: 'haiku' })
  expect(await agentBy({ agent: 'codex' })).toMatchObject({ use: 'codex', model: null, effort: null, timeout: 600 })
})

test("karpathy/autoresearch's tree runs without any frontmatter", async () => {
  const folder = await scratch()
  await write(folder, { 'program.md': '# autoresearch\n', 'train.py': '', 'prepare.py': '', 'uv.lock': '' })
  const { contract, inferred } = await readProgram(join(folder, 'program.md'))
  expect(contract).toMatchObject({ edit: ['train.py'], run: 'uv run train.py', metric: { name: 'val_bpb' } })
  expect(inferred).toEqual(['edit: train.py', 'run: uv run train.py', 'metric: val_bpb'])
})

test('without frontmatter, any other tree is an error that says what to write', async () => {
  const folder = await scratch()
  await write(folder, { 'program.md': '# mine\n' })
  await expect(readProgram(join(folder, 'program.md'))).rejects.toThrow(/has no frontmatter/)
})
