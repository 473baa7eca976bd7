import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'
import { frontmatterKeys, frontmatterSchema } from '../../scripts/program/contract.ts'
import { files } from '../../scripts/record/files/paths.ts'
import { nightshift, repository, sessionsOf } from '../helpers/throwaway.ts'

const page = readFileSync(join(notebook, 'docs/program.md'), 'utf8')

/** First two cells of a table's rows, the first without its backticks. */
function rowsOf(header: string): { name: string; second: string }[] {
  const table = page.split('\n\n').find(block => block.startsWith(header)) ?? expect.fail(`there is no table ${header}`)
  return table
    .split('\n')
    .slice(2)
    .filter(line => line !== '')
    .map(line => {
      const [, name, second = ''] = /^\| `([^`]+)` \| ([^|]*?) ?\|/.exec(line) ?? expect.fail(`no name in ${line}`)
      return { name: name ?? '', second }
    })
}

const keys = rowsOf('| key | default | meaning |')
const ofRun = rowsOf('| variable of a run | set by | meaning |')
const ofNightshift = rowsOf('| variable | default | meaning |')

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort()
const ours = /\b(NIGHTSHIFT|TRAINER)_[A-Z]+(_[A-Z]+)*\b/g

test('each key of program.md has one row, and each row is a key', () => {
  // `metric.target` is a key of `metric`.
  const names = keys.map(({ name }) => name).filter(name => name !== 'metric.target')
  expect(names).toEqual([...new Set(names)])
  expect(sorted(names)).toEqual(sorted(frontmatterKeys))
  const withTarget = { edit: 'a', run: 'b', metric: { name: 'm', target: 1 } }
  expect(frontmatterSchema.parse(withTarget).metric.target).toBe(1)
})

test('documented defaults that are numbers or empty are those of the schema', () => {
  const { lineCost, boldAfter, ...rest } = frontmatterSchema.parse({ edit: 'lib/a', run: 'b', metric: 'm' })
  const resolved = new Map<string, unknown>(Object.entries({ ...rest, line_cost: lineCost, bold_after: boldAfter }))
  const checked = keys.filter(({ name, second }) => resolved.has(name) && /^(none|[\d.]+)$/.test(second))
  expect(checked.length).toBeGreaterThan(10)
  for (const { name, second } of checked) {
    const value = resolved.get(name)
    const isNone = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    expect([name, isNone ? 'none' : String(value)]).toEqual([name, second])
  }
})

test('the page documents exactly the variables that the code uses', () => {
  const listed = execFileSync('git', ['ls-files', 'scripts', 'trainer/*.py'], { cwd: notebook, encoding: 'utf8' })
  const sources = listed.split('\n').filter(file => file !== '')
  const named = sources.flatMap(file => readFileSync(join(notebook, file), 'utf8').match(ours) ?? [])
  expect(sorted(page.match(ours) ?? [])).toEqual(sorted(named))
})

test('no variable is in both tables', () => {
  const all = [...ofRun, ...ofNightshift].map(({ name }) => name)
  expect(sorted(all)).toHaveLength(all.length)
})

test('a run gets the NIGHTSHIFT variables of its table, no others and no secrets', async () => {
  const script = `console.log(Object.keys(process.env).join(' '))\nconsole.log('---')\nconsole.log('loss: 1')\n`
  const frontmatter = '---\nedit: knobs.js\nrun: node run.js\nmetric: loss\nseeds: 1\nagent: tuner\n---\n'
  const root = await repository({
    'run.js': script,
    'knobs.js': 'const A = 1\n',
    'program.md': `${frontmatter}\nLower it.\n`,
  })
  const given = ofRun.filter(({ second }) => second === 'you').map(({ name }) => [name, 'given'])
  expect(given.length).toBeGreaterThan(0)
  const env = {
    ...Object.fromEntries(given),
    NIGHTSHIFT_OTHER: 'x',
    NIGHTSHIFT_SITE: 'https://example.org',
    MY_API_KEY: 'x',
  }
  const result = await nightshift(
    root,
    'session',
    ['--program', 'program.md', '--data', 'given', '--experiments', '0'],
    env,
  )
  expect(result.exitCode, result.stderr).toBe(0)
  const folder = join(sessionsOf(root), readdirSync(sessionsOf(root))[0] ?? '')
  const log = readFileSync(files.log(folder, 0, 1), 'utf8')
  expect(sorted(log.match(/\bNIGHTSHIFT_\w+/g) ?? [])).toEqual(
    sorted(ofRun.map(({ name }) => name).filter(name => name.startsWith('NIGHTSHIFT_'))),
  )
  expect(log).not.toContain('MY_API_KEY')
})
