/**
 * The trainer's Python: the interpreter TRAINER_PYTHON, or a virtual environment with pinned versions, created by uv if
 * it works, else by venv and pip.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { Failure } from './errors.ts'
import { writeAtomic } from './files/disk.ts'
import { readTextIfThere } from './files/read.ts'
import { notebook, workRoot } from './paths.ts'
import type { Terminal } from './terminal/terminal.ts'
import { sanitizeText } from './text.ts'

const venv = join(notebook, 'trainer/.venv')
const stamp = join(venv, 'nightshift-installed')
const advice = 'Or set TRAINER_PYTHON to an interpreter that has torch 2.9 or later and tokenizers.'

/** The first folder of PATH in a run, so that `python` is the trainer's; null before the set-up. */
export function pythonFolder(): string | null {
  const named = process.env.TRAINER_PYTHON
  if (named) return shims(named)
  return existsSync(join(venv, 'bin/python')) ? join(venv, 'bin') : null
}

/**
 * Sets up the trainer's Python; returns quickly when it is set up already.
 * @param requirements files in `trainer/`
 * @throws {Failure} python3 or its venv module is missing or too old, the installation fails, or the disk is full
 */
export async function ensureTrainer(terminal: Terminal, requirements = ['requirements.txt']): Promise<void> {
  const named = process.env.TRAINER_PYTHON
  if (named) return checkInterpreter(named, terminal)
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

async function checkInterpreter(python: string, terminal: Terminal): Promise<void> {
  const code = 'import importlib.metadata as m; print(m.version("torch"), m.version("tokenizers"))'
  const result = await execa(python, ['-c', code], { reject: false })
  if (result.failed)
    throw new Failure(
      `TRAINER_PYTHON=${python} does not have torch and tokenizers: ${sanitizeText(result.stderr.split('\n').at(-1) || result.shortMessage || '')}`,
      `Install them there, or unset TRAINER_PYTHON to use trainer/.venv.`,
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

// uv is faster, installs a Python if none is there, and picks the torch build for the machine's GPU and driver, which
// saves 4 GB without a GPU. It does not read pip's configuration, so a machine with a package mirror may need pip: when
// uv fails, the reason is printed and pip is used.
async function installByUv(requirements: string[], terminal: Terminal): Promise<boolean> {
  const inTrainer = { cwd: join(notebook, 'trainer'), reject: false, all: true } as const
  if ((await execa('uv', ['--version'], inTrainer)).failed) return false
  const python = join(venv, 'bin/python')
  const files = requirements.flatMap(file => ['-r', file])
  terminal.live(`${'set up'.padEnd(9)} uv: ${requirements.join(', ')}`)
  // --seed installs pip, so that `python -m pip install pyarrow` works in this environment.
  const made = existsSync(python) ? null : await execa('uv', ['venv', '--seed', '--python', '>=3.10', venv], inTrainer)
  const result = made?.failed
    ? made
    : await execa('uv', ['pip', 'install', '--torch-backend', 'auto', '--python', python, ...files], inTrainer)
  if (!result.failed) return true
  const lines = `${result.all}`.split('\n').map(line => sanitizeText(line).trim())
  if (lines.some(line => /No space left|Disk quota/i.test(line))) throw diskFull()
  const why = lines.find(line => /error|╰─▶|×/.test(line)) ?? result.shortMessage
  terminal.step('set up', `uv failed (${why}); using venv and pip`)
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
  if (/No space left|Disk quota/i.test(text)) throw diskFull()
  throw new Failure(
    `python3 could not create trainer/.venv: ${sanitizeText(text.split('\n').find(line => /error|ensurepip|No module/i.test(line)) ?? text)}`,
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
  if (/No space left|Disk quota/i.test(text)) throw diskFull()
  const error = text.split('\n').findLast(line => /ERROR/.test(line)) ?? `${result.shortMessage}`
  throw new Failure(
    `pip could not install ${requirements.join(' and ')}: ${sanitizeText(error)}`,
    `Check the network and run it again. ${advice}`,
  )
}

const diskFull = () =>
  new Failure('The disk is full: trainer/.venv needs about 1 GB.', 'Free some space and run it again.')

/** Folder with `python` and `python3` scripts for an interpreter. A symlink would not find its virtual environment. */
function shims(python: string): string {
  const folder = join(workRoot, 'bin')
  const script = `#!/bin/sh\nexec '${python.replaceAll("'", `'\\''`)}' "$@"\n`
  mkdirSync(folder, { recursive: true })
  for (const name of ['python', 'python3']) writeProgram(join(folder, name), script)
  return folder
}

// Another run may be executing it, so it is replaced atomically, and only when it differs.
function writeProgram(path: string, script: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === script) return
  const temporary = `${path}.${randomUUID()}`
  writeFileSync(temporary, script, { mode: 0o755 })
  renameSync(temporary, path)
}
