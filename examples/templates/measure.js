/**
 * The frozen run: every page rendered by a fresh engine, many times. Time is the processor's, not the clock's: with Node on a
 * single thread another program on the machine hardly shows in it. Pages and times are left to evaluate.js; by hand, without
 * NIGHTSHIFT_OUTPUT, it calls that itself.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { makePages, readTemplates } from './corpus.js'

/** Seconds spent repeating, and the fewest repeats. */
const SPEND = 0.8
const LEAST = 5

const templates = readTemplates()
const pages = makePages()

/** The pages of the first build. */
let first = null
const start = performance.now()
const times = []
while (times.length < LEAST || performance.now() - start < SPEND * 1000) times.push(await repeat(times.length))

const given = process.env.NIGHTSHIFT_OUTPUT
const output = given ?? mkdtempSync(join(tmpdir(), 'templates-'))
writeFileSync(join(output, 'times.json'), JSON.stringify(times))
writeFileSync(join(output, 'pages.json'), JSON.stringify(first))
if (given === undefined) {
  const env = { ...process.env, NIGHTSHIFT_OUTPUT: output }
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'evaluate.js')], { env, stdio: 'inherit' })
  rmSync(output, { recursive: true })
  process.exitCode = status ?? 1
} else console.log('---')
console.log(`median_ms:     ${times.sort((a, b) => a - b)[times.length >> 1].toFixed(6)}`)
console.log(`repeats:       ${times.length}`)
console.log(`total_seconds: ${((performance.now() - start) / 1000).toFixed(1)}`)

/** Processor milliseconds of one build of the shop. The module is new each time: no output or cache outlives a repeat. */
async function repeat(number) {
  const { render } = await import(`./engine.js?repeat=${number}`)
  const begin = process.cpuUsage()
  const output = pages.map(page => render('layout', page, templates))
  const { user, system } = process.cpuUsage(begin)
  check(output)
  return (user + system) / 1000
}

/** The evaluator sees the pages of the first build, so those of every other have to be the same. */
function check(output) {
  first ??= output
  if (first.length === output.length && first.every((page, i) => page === output[i])) return
  console.error('Error: two builds of the same shop differ.')
  process.exit(1)
}
