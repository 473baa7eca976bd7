/**
 * Installs the packages that a command needs; does nothing when they are there. Every script of package.json begins
 * with it. `node scripts/install.mjs --all` installs what only tests and benchmarks need, too: Chromium, mermaid,
 * Lighthouse and others.
 *
 * Plain JavaScript without imports of packages: it runs before the first installation, with whatever Node (20 or later)
 * the machine has. Node 24, which the other scripts need, is one of the packages. It calls pnpm itself, because
 * pnpm's own check before a script installs everything and prints a list of all packages.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** What was installed last: the hash of the inputs, and whether with the packages of tests. */
const stampPath = join(root, 'node_modules/.nightshift.json')

const stamp = readStamp()
// Packages that are there stay: pnpm would remove those of the tests.
const all = process.argv.includes('--all') || stamp.all || existsSync(join(root, 'node_modules/vitest'))
const inputs = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'].map(name => readFileSync(join(root, name)))
const hash = inputs.reduce((sum, bytes) => sum.update(bytes), createHash('sha256')).digest('hex')
if (stamp.hash !== hash || stamp.all !== all) await install()

async function install() {
  const start = performance.now()
  const { code, counted, problems } = await runPnpm()
  if (code !== 0) {
    clearLine()
    console.error(
      `error: pnpm install failed.\n${problems.join('\n')}\n       \`npx pnpm install\` shows all of its output.`,
    )
    process.exit(1)
  }
  writeFileSync(stampPath, JSON.stringify({ hash, all }))
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  if (counted > 0) {
    clearLine()
    const packages = counted === 1 ? '1 package' : `${counted} packages`
    console.error(`install   ${packages}${all ? '' : ', without those of the tests'}  ${seconds} s`)
  }
}

/** @returns {Promise<{ code: number | null, counted: number, problems: string[] }>} exit code, packages that are new, and errors */
async function runPnpm() {
  const args = ['install', '--frozen-lockfile', '--reporter=ndjson', ...(all ? [] : ['--prod'])]
  const child = spawn('pnpm', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  let [resolved, added] = [0, 0]
  /** @type {string[]} */
  const problems = []
  /** @param {string} line */
  const read = line => {
    const event = parse(line)
    if (event === null) problems.push(line)
    else if (event.name === 'pnpm:progress' && event.status === 'resolved') resolved += 1
    else if (event.name === 'pnpm:progress' && event.status === 'imported') added += 1
    else if (event.level === 'error') problems.push(event.err?.message ?? event.message ?? line)
    showProgress(`install   ${added} of ${resolved} packages`)
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', read)
  return { code: await ended, counted: added, problems: problems.slice(-20) }
}

/** @param {string} line */
function parse(line) {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/** @param {string} text */
function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

function clearLine() {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

/** @returns {{ hash: string | null, all: boolean }} */
function readStamp() {
  try {
    const { hash, all } = JSON.parse(readFileSync(stampPath, 'utf8'))
    return { hash, all: all === true }
  } catch {
    // The first installation, or one by pnpm itself.
    return { hash: null, all: false }
  }
}
