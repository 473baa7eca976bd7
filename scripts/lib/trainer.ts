/**
 * The trainer's Python: a virtual environment with pinned versions, made by uv where it works and by venv and pip
 * elsewhere, or the interpreter named by TRAINER_PYTHON.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { writeAtomic } from './disk.ts'
import { Failure } from './errors.ts'
import { notebook, workRoot } from './paths.ts'
import { readTextIfThere } from './read.ts'
import type { Terminal } from './terminal.ts'
import { sanitizeText } from './text.ts'

const venv = join(notebook, 'trainer/.venv')
const stamp = join(venv, 'nightshift-installed')
const advice = 'Or set TRAINER_PYTHON to an interpreter that has torch 2.9 or later and tokenizers.'

/** The folder that PATH begins with in a run, so that `python` is the trainer's; null when there is none yet. */
export function pythonFolder(): string | null {
  const named = process.env.TRAINER_PYTHON
  if (named) return shims(named)
  return existsSync(join(venv, 'bin/python')) ? join(venv, 'bin') : null
}

/**
 * Makes the trainer's Python ready; quick when it is. `requirements` are files in `trainer/`.
 * @throws {Failure} no python3, too old, no venv module, no network, no disk.
 */
export async function ensureTrainer(terminal: Terminal, requirements = ['requirements.txt']): Promise<void> {
  const named = process.env.TRAINER_PYTHON
  if (named) return checkNamed(named, terminal)
  const wanted = await Promise.all(requirements.map(file => readFile(join(notebook, 'trainer', file), 'utf8')))
  const key = createHash('sha256').update(wanted.join('\n')).digest('hex')
  if (((await readTextIfThere(stamp)) ?? '').split('\n').includes(key)) return
  const start = performance.now()
  if (!(await installByUv(requirements, terminal))) {
    await makeVenv()
    await install(requirements, terminal)
  }
  await writeAtomic(stamp, `${(await readTextIfThere(stamp)) ?? ''}${key}\n`)
  terminal.step('set up', `trainer/.venv with ${requirements.join(' and ')}`, (performance.now() - start) / 1000)
}

async function checkNamed(python: string, terminal: Terminal): Promise<void> {
  const code = 'import importlib.metadata as m; print(m.version("torch"), m.version("tokenizers"))'
  const result = await execa(python, ['-c', code], { reject: false })
  if (result.failed)
    throw new Failure(
      `TRAINER_PYTHON=${python} does not have torch and tokenizers: ${sanitizeText(result.stderr.split('\n').at(-1) || result.shortMessage || '')}`,
      `Install them there, or unset TRAINER_PYTHON to have trainer/.venv made.`,
    )
  const [torch = ''] = result.stdout.split(' ')
  const [major = 0, minor = 0] = torch.split('.').map(Number)
  if (major < 2 || (major === 2 && minor < 9))
    throw new Failure(
      `TRAINER_PYTHON=${python} has torch ${torch}.`,
      'The trainer needs torch 2.9 or later: upgrade it there.',
    )
  terminal.step('set up', `${python} with torch ${torch}`)
}

// uv is quicker, brings a Python where there is none, and takes the torch that fits the machine's GPU and driver; where
// there is no GPU that saves 4 GB. It does not read pip's configuration, so a machine whose packages come from a mirror
// or a folder may need pip all the same: what uv cannot do is said and left to pip.
async function installByUv(requirements: string[], terminal: Terminal): Promise<boolean> {
  const inTrainer = { cwd: join(notebook, 'trainer'), reject: false, all: true } as const
  if ((await execa('uv', ['--version'], inTrainer)).failed) return false
  const python = join(venv, 'bin/python')
  const files = requirements.flatMap(file => ['-r', file])
  terminal.live(`${'set up'.padEnd(9)} uv: ${requirements.join(', ')}`)
  // With pip in it (--seed), so that `python -m pip install pyarrow` works there as in any other.
  const made = existsSync(python) ? null : await execa('uv', ['venv', '--seed', '--python', '>=3.10', venv], inTrainer)
  const result = made?.failed
    ? made
    : await execa('uv', ['pip', 'install', '--torch-backend', 'auto', '--python', python, ...files], inTrainer)
  if (!result.failed) return true
  const lines = `${result.all}`.split('\n').map(line => sanitizeText(line).trim())
  if (lines.some(line => /No space left|Disk quota/i.test(line))) throw noDisk()
  const why = lines.find(line => /error|╰─▶|×/.test(line)) ?? result.shortMessage
  terminal.step('set up', `uv could not (${why}); by venv and pip instead`)
  return false
}

async function makeVenv(): Promise<void> {
  const version = await execa('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { reject: false })
  if (version.failed) throw new Failure('python3 was not found.', `Install Python 3.10 or later. ${advice}`)
  const [major = 0, minor = 0] = version.stdout.split('.').map(Number)
  if (major < 3 || minor < 10)
    throw new Failure(`python3 is ${version.stdout}.`, `Install Python 3.10 or later. ${advice}`)
  const made = await execa('python3', ['-m', 'venv', venv], { reject: false, all: true })
  if (!made.failed) return
  const text = `${made.all}`
  if (/No space left|Disk quota/i.test(text)) throw noDisk()
  throw new Failure(
    `python3 could not make trainer/.venv: ${sanitizeText(text.split('\n').find(line => /error|ensurepip|No module/i.test(line)) ?? text)}`,
    `Install Python's venv module (Debian: apt-get install python3-venv). ${advice}`,
  )
}

async function install(requirements: string[], terminal: Terminal): Promise<void> {
  const args = [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
    ...requirements.flatMap(file => ['-r', file]),
  ]
  const pip = execa(join(venv, 'bin/python'), args, { cwd: join(notebook, 'trainer'), reject: false, all: true })
  for await (const line of pip.iterable({ from: 'all' })) terminal.live(`${'set up'.padEnd(9)} ${sanitizeText(line)}`)
  const result = await pip
  if (!result.failed) return
  const text = `${result.all}`
  if (/No space left|Disk quota/i.test(text)) throw noDisk()
  const error = text.split('\n').findLast(line => /ERROR/.test(line)) ?? `${result.shortMessage}`
  throw new Failure(
    `pip could not install ${requirements.join(' and ')}: ${sanitizeText(error)}`,
    `Check the network and run it again. ${advice}`,
  )
}

const noDisk = () =>
  new Failure('The disk is full: trainer/.venv needs about 1 GB.', 'Free some space and run it again.')

// A virtual environment knows itself by its own path, so a link to its python elsewhere would not do; a script does.
function shims(python: string): string {
  const folder = join(workRoot, 'bin')
  const script = `#!/bin/sh\nexec '${python.replaceAll("'", `'\\''`)}' "$@"\n`
  mkdirSync(folder, { recursive: true })
  for (const name of ['python', 'python3']) putProgram(join(folder, name), script)
  return folder
}

// Another run may be starting it: it is put in place whole, and only where it differs.
function putProgram(path: string, script: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === script) return
  const part = `${path}.${randomUUID()}`
  writeFileSync(part, script, { mode: 0o755 })
  renameSync(part, path)
}
