/** `npx pnpm test`: every check, its time, and one total. A check that cannot run has failed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $, type ProcessPromise } from 'zx'
import { command } from '../scripts/lib/command.ts'
import { main } from '../scripts/lib/errors.ts'
import { readFlags } from '../scripts/lib/flags.ts'
import { notebook } from '../scripts/lib/paths.ts'
import { openTerminal } from '../scripts/lib/terminal/terminal.ts'
import { ensureTrainer } from '../scripts/lib/trainer.ts'

const help = `
${command('test')}    format, lint, types, unit, integration, browser and Python tests; the last line is the total.
    What this machine lacks a program for is skipped and named; with CI set, it has failed.

Example: ${command('test')}
`

interface Count {
  passed: number
  failed: number
  /** Names of tests for which this machine lacks something; each says what. */
  skipped: string[]
}

const terminal = openTerminal()
/** Names of the checks that run now. */
const running = new Set<string>()
const shell = $({
  cwd: notebook,
  nothrow: true,
  quiet: true,
  env: { ...process.env, FORCE_COLOR: '0', ASTRO_TELEMETRY_DISABLED: '1' },
})

await main(async () => {
  readFlags(help, {})
  await ensureTrainer(terminal, ['requirements.txt', 'requirements-parquet.txt', 'requirements-dev.txt'])
  const scratch = await mkdtemp(join(tmpdir(), 'nightshift-test-'))
  const python = process.env.TRAINER_PYTHON ?? join(notebook, 'trainer/.venv/bin/python')
  const vitest = join(scratch, 'vitest.json')
  const pytest = join(scratch, 'pytest.xml')
  const ours = ['trainer', 'bench/trainer', 'scripts/lib/torch', 'scripts/engines/node', 'test/trainer']
  // Types and pytest keep a core each; vitest keeps all, and its builds write the types that the type check reads.
  const [types, others] = await Promise.all([
    check('types', () => shell`astro check --minimumSeverity hint --minimumFailingSeverity hint`),
    inTurn([
      () => check('format, lint', () => shell`biome ci --colors=off --error-on-warnings .`),
      () => check('ruff', () => shell`${python} -m ruff check ${ours} && ${python} -m ruff format --check ${ours}`),
      () =>
        check(
          'pytest',
          () => shell`${python} -m pytest test/trainer -q --junitxml=${pytest}`,
          () => countPytest(pytest),
        ),
    ]),
  ])
  const tests = await check(
    'vitest',
    () => shell`vitest run --reporter=default --reporter=json --outputFile.json=${vitest}`,
    () => countVitest(vitest),
  )
  const counts = [types, ...others, tests]
  await rm(scratch, { recursive: true })
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const skipped = counts.flatMap(count => count.skipped)
  for (const name of skipped) terminal.step('skipped', name)
  // Where everything can be installed, a skipped test is one that did not show what it was written to show.
  const failed = counts.reduce((sum, count) => sum + count.failed, process.env.CI ? skipped.length : 0)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
})

async function inTurn(checks: (() => Promise<Count>)[]): Promise<Count[]> {
  const counts: Count[] = []
  for (const run of checks) counts.push(await run())
  return counts
}

function showRunning(): void {
  if (running.size > 0) terminal.live(`${'test'.padEnd(9)} ${[...running].join('; ')}`)
}

/**
 * Runs one check. What it printed is shown when it failed, as one block, whatever runs beside it.
 * Without a counter it counts as one test.
 */
async function check(name: string, run: () => ProcessPromise, count?: () => Promise<Count>): Promise<Count> {
  running.add(name)
  showRunning()
  const start = performance.now()
  const result = await run()
  const ok = result.exitCode === 0
  const own = ok ? { passed: 1, failed: 0, skipped: [] } : { passed: 0, failed: 1, skipped: [] }
  const counted = count ? await count().catch(() => own) : own
  // A runner that ended badly without a failed test (a file that does not load) has failed all the same.
  if (!ok && counted.failed === 0) counted.failed = 1
  terminal.step(
    'test',
    `${name.padEnd(13)} ${counted.passed} passed, ${counted.failed} failed`,
    (performance.now() - start) / 1000,
  )
  if (!ok || counted.failed > 0) console.error(`${result.stdout}\n${result.stderr}`.trim())
  running.delete(name)
  showRunning()
  return counted
}

/** The parts of vitest's report in JSON that are read. */
interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  testResults: { assertionResults: { fullName: string; status: string }[] }[]
}

async function countVitest(path: string): Promise<Count> {
  const report = JSON.parse(await readFile(path, 'utf8')) as VitestReport
  const tests = report.testResults.flatMap(file => file.assertionResults)
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(test => test.fullName),
  }
}

async function countPytest(path: string): Promise<Count> {
  const xml = await readFile(path, 'utf8')
  const attribute = (name: string) =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? Number.NaN)
  const failed = attribute('errors') + attribute('failures')
  const skipped = [...xml.matchAll(/<skipped [^>]*message="([^"]*)"/g)].map(([, message = '']) => message)
  return { passed: attribute('tests') - failed - skipped.length, failed, skipped }
}
