/** Sessions whose runs print their value in another form, exactly 0, or with few digits that matter. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSession } from '../../../scripts/record/files/paths.ts'
import { player } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

/** print.sh is all that a proposal may change. */
const program = (agent: string, metric: string) => `---
edit: print.sh
run: sh print.sh
metric: ${metric}
budget: 1s
seeds: 1
agent: { use: command, command: "sh ${agent}" }
fallback: []
fixes: 0
---
Make it small.
`

/** Runs a session on a script whose proposals replace it. @param prints the script of the baseline, then of each proposal */
async function session(prints: string[], metric = 'score') {
  const [first = '', ...rest] = prints
  const root = await repository({ 'print.sh': first, 'program.md': '' })
  const agent = join(root, '../agent.sh')
  const steps = rest.map((text, i) => `printf '%s' '${text.replaceAll("'", `'\\''`)}' > print.sh; echo change ${i + 1}`)
  await write(root, { '../agent.sh': player(steps), 'program.md': program(agent, metric) })
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'program')
  const result = await nightshift(root, 'session', ['--program', 'program.md', '--experiments', String(rest.length)])
  const [id = ''] = await readdir(sessionsOf(root))
  const folder = join(sessionsOf(root), id)
  const table = await readFile(join(folder, 'results.tsv'), 'utf8')
  return { root, result, folder, table, ...(await readSession(folder)) }
}

test('a value is found in other forms; one that may be read two ways, or is 0 though nothing comes near, is a crash', {
  timeout: 60_000,
}, async () => {
  const { experiments, result } = await session([
    `printf '\\r 50%%|##  | 1/2' >&2; printf -- '\\r---\\nscore: 1.5013 ms\\n'`,
    `printf '\\033[1m---\\033[0m\\n  \\033[32mscore = 1.4021ms\\033[0m\\r\\n'`,
    `printf -- '---\\nscore: 1,3\\n'`,
    `printf -- '---\\nscore: 0.000000 ms\\n'`,
    `printf 'failed: no data\\n'`,
    `printf 'score: 1.3017 ms\\n'`,
  ])
  expect(experiments.map(e => [e.status, e.metric])).toEqual([
    ['keep', 1.5013],
    ['keep', 1.4021],
    ['crash', null],
    ['crash', null],
    ['crash', null],
    ['keep', 1.3017],
  ])
  const reasons = experiments.map(e => e.reason)
  expect(reasons[2]).toMatch(
    /^Crash: the summary has score as “1,3”, which is not one number.*wanted at the end: a line --- .*; the log ends with: --- ⏎ score: 1,3\.$/,
  )
  expect(reasons[3]).toMatch(
    /^Crash: implausible: score is exactly 0, .*nearest 1\.402100\)\. If it can be 0, give metric/,
  )
  expect(reasons[4]).toMatch(/^Crash: no summary block in the log; .*; the log ends with: failed: no data\.$/)
  expect(result.stderr).toContain('confirm   better: −0.19960 ± 0')
})

test('a baseline in a form that may be read two ways ends the session with the form wanted and what was printed', async () => {
  const { result } = await session([`printf -- '---\\nscore: 1.095,5\\n'`])
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toContain(
    'error: The baseline run failed: the summary has score as “1.095,5”, which is not one number: a comma may separate thousands or decimals; wanted at the end: a line --- and then a line score: 1234.5',
  )
  expect(result.stderr).toContain('the log ends with: --- ⏎ score: 1.095,5')
  expect(result.stderr).toContain('`sh print.sh` exits with 0, so mend what it prints or writes, or program.md.')
})

test('a baseline of 0 ends the session where lower is better, unless a range allows it', async () => {
  const { result } = await session([`printf -- '---\\nscore: 0.000000\\n'`])
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toContain('The baseline run failed: implausible: score of the unchanged code is exactly 0')
  const allowed = await session([`printf -- '---\\nscore: 0\\n'`], '{ name: score, plausible: [-1, 1] }')
  expect(allowed.experiments.map(e => e.metric)).toEqual([0])
  const score = await session([`printf -- '---\\nscore: 0\\n'`], '{ name: score, goal: maximize }')
  expect(score.result.stderr).toContain('note      score of the unchanged code is exactly 0.')
})

const block = (value: string) => `printf -- '---\\nscore: ${value}\\n'`

test.each([
  ['1e-8', ['5.2e-8', '4.1e-8', '4.4e-8'], ['5.2e-8', '4.1e-8', '4.4e-8'], /^4\.4e-8 is 3e-9 worse than 4\.1e-8/],
  [
    '123 million',
    ['123456789.15', '123456789.12', '123456789.14'],
    ['123456789.150000', '123456789.120000', '123456789.140000'],
    /^123456789\.14 is 0\.02 worse than 123456789\.12/,
  ],
  [
    '1',
    ['0.9979', '0.9951', '0.9962'],
    ['0.997900', '0.995100', '0.996200'],
    /^0\.996200 is 0\.001100 worse than 0\.995100/,
  ],
])(
  'values of about %s are told apart in the table, the reasons, the terminal and the report',
  {
    timeout: 60_000,
  },
  async (_, printed, written, reason) => {
    const { root, experiments, table, folder, result } = await session(printed.map(block))
    expect(
      table
        .split('\n')
        .slice(1, -1)
        .map(line => line.split('\t').slice(1, 4)),
    ).toEqual(written.map((text, i) => [text, '0.0', i === 2 ? 'discard' : 'keep']))
    expect(experiments[2]?.reason).toMatch(reason)
    const report = await readFile(join(folder, 'report.md'), 'utf8')
    const shown = written.map(text => text.replace(/(?<=\.\d\d)0000$/, ''))
    for (const text of shown.slice(0, 2)) {
      expect(result.stderr).toContain(text)
      expect(report).toContain(`| ${text} |`)
    }
    const [, low, high] = /y-axis "score" (\S+) --> (\S+)/.exec(report) ?? []
    expect(Number(high)).toBeGreaterThan(Math.max(...printed.map(Number).slice(0, 2)))
    expect(Number(low)).toBeLessThan(Math.min(...printed.map(Number)))
    // Our own table, collected again.
    const again = await nightshift(root, 'collect', [join(folder, 'results.tsv'), '--goal', 'minimize', '--dry-run'])
    expect(again.exitCode).toBe(0)
    expect(`${again.stderr}${again.stdout}`).not.toMatch(/though|to the last digit|doubt/)
  },
)
