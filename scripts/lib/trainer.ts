/**
 * The trainer's Python: the interpreter TRAINER_PYTHON, or a virtual environment with pinned versions, created by uv if
 * it works, else by venv and pip. On a machine with an NVIDIA card it is refused when torch cannot use the card, because
 * all runs would use the CPU.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { shellWord } from './command.ts'
import { Failure } from './errors.ts'
import { writeAtomic } from './files/disk.ts'
import { readTextIfThere } from './files/read.ts'
import { notebook, workRoot } from './paths.ts'
import type { Terminal } from './terminal/terminal.ts'
import { sanitizeText } from './text.ts'
import { type Choice, chooseBuild, indexOf, pinnedTorch } from './torch/build.ts'
import { checkCards, type Interpreter } from './torch/check.ts'
import { type PythonFacts, readFacts, torchName } from './torch/facts.ts'
import { machineOf, type NvidiaCard, readVisibleCards } from './torch/nvidia.ts'

const venv = join(notebook, 'trainer/.venv')
const venvPython: Interpreter = { path: join(venv, 'bin/python'), name: 'trainer/.venv' }
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
 * @throws {Failure} python3 or its venv module is missing or too old, the installation fails, the disk is full, or torch
 *   does not fit the driver or cannot use an NVIDIA card that is not hidden
 */
export async function ensureTrainer(terminal: Terminal, requirements = ['requirements.txt']): Promise<void> {
  const cards = await readVisibleCards()
  const named = process.env.TRAINER_PYTHON
  if (named) return checkInterpreter(named, requirements, cards, terminal)
  const wanted = await Promise.all(requirements.map(file => readFile(join(notebook, 'trainer', file), 'utf8')))
  const key = createHash('sha256').update(wanted.join('\n')).digest('hex')
  if (((await readTextIfThere(stamp)) ?? '').split('\n').includes(key)) return checkInstalled(cards, terminal)
  const start = performance.now()
  const torch = pinnedTorch(wanted.join('\n'))
  const choice = chooseBuild(torch, await machineOf(cards))
  if (choice instanceof Failure) throw choice
  const installation = { requirements, torch, choice, card: cards[0] ?? null }
  if (!(await installByUv(installation, terminal))) {
    await makeVenv()
    await installByPip(installation, terminal)
  }
  await writeAtomic(stamp, `${(await readTextIfThere(stamp)) ?? ''}${key}\n`)
  const facts = await readFacts(venvPython.path)
  const seen = await seenCards(venvPython, facts, cards, terminal, true)
  const what = [`trainer/.venv with ${requirements.join(' and ')}`, torchText(facts), seenText(seen)]
  terminal.step('set up', what.filter(Boolean).join('; '), (performance.now() - start) / 1000)
}

interface Installation {
  requirements: string[]
  /** The pinned version; null when the requirements have none. */
  torch: string | null
  /** null: what uv or pip choose. */
  choice: Choice | null
  card: NvidiaCard | null
}

/** The card or the driver may have changed since the installation. */
async function checkInstalled(cards: NvidiaCard[], terminal: Terminal): Promise<void> {
  if (cards.length === 0) return
  const facts = await readFacts(venvPython.path)
  const seen = await seenCards(venvPython, facts, cards, terminal, false)
  if (seen) terminal.step('set up', `${torchText(facts)}; ${seenText(seen)}`)
}

async function checkInterpreter(
  path: string,
  requirements: string[],
  cards: NvidiaCard[],
  terminal: Terminal,
): Promise<void> {
  const python = { path, name: `TRAINER_PYTHON=${path}` }
  const instead = 'Name an interpreter that has torch 2.9 or later and tokenizers, or unset it to use trainer/.venv.'
  const facts = await readFacts(path)
  if (typeof facts === 'string')
    throw new Failure(`${python.name} does not say whether it has torch: ${facts}`, instead)
  const { torch, tokenizers } = facts
  if (torch === null) throw new Failure(`${python.name} does not have torch.`, instead)
  if (tokenizers === null) throw new Failure(`${python.name} does not have tokenizers.`, instead)
  const [major = 0, minor = 0] = torch.split('.').map(Number)
  if (major < 2 || (major === 2 && minor < 9))
    throw new Failure(`${python.name} has torch ${torch}.`, 'The trainer needs torch 2.9 or later: upgrade it there.')
  if (requirements.includes(parquetRequirements)) await checkPyarrow(python)
  const seen = await seenCards(python, facts, cards, terminal, false)
  terminal.step('set up', [`${path} with ${torchName(facts)}`, seenText(seen)].filter(Boolean).join('; '))
}

/** What data in parquet files needs, beside requirements.txt. */
export const parquetRequirements = 'requirements-parquet.txt'

async function checkPyarrow({ path, name }: Interpreter): Promise<void> {
  const result = await execa(path, ['-c', 'import pyarrow.parquet'], { reject: false })
  if (result.failed)
    throw new Failure(
      `${name} does not have pyarrow, which data in parquet files needs: ${sanitizeText(result.stderr.split('\n').at(-1) || result.shortMessage || '')}`,
      `Install it there: ${shellWord(path)} -m pip install -r ${shellWord(join(notebook, 'trainer', parquetRequirements))}`,
    )
}

/** Names of the cards that torch can use; null without cards or torch, and when it was known. */
async function seenCards(
  python: Interpreter,
  facts: PythonFacts | string,
  cards: NvidiaCard[],
  terminal: Terminal,
  again: boolean,
): Promise<string[] | null> {
  if (cards.length === 0) return null
  if (typeof facts === 'string')
    throw new Failure(
      `${python.name} does not say which torch it has: ${facts}`,
      'Remove trainer/.venv and run it again.',
    )
  if (facts.torch === null) return null
  return checkCards(python, facts, cards, terminal, again)
}

const torchText = (facts: PythonFacts | string): string => (typeof facts === 'string' ? '' : torchName(facts))

/** E.g. "sees NVIDIA H200", "sees 8 × NVIDIA H100 80GB HBM3"; empty for null. */
function seenText(names: string[] | null): string {
  if (names === null) return ''
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return `sees ${[...counts].map(([name, n]) => (n === 1 ? name : `${n} × ${name}`)).join(' and ')}`
}

// uv is faster, installs a Python if none is there, and picks the torch build for the machine's GPU and driver, which
// saves 4 GB without a GPU. It looks at the driver only, so that the build is named where the card needs an older one. It
// does not read pip's configuration, so a machine with a package mirror may need pip: when uv fails, the reason is printed
// and pip is used.
async function installByUv({ requirements, choice }: Installation, terminal: Terminal): Promise<boolean> {
  const inTrainer = { cwd: join(notebook, 'trainer'), reject: false, all: true } as const
  if ((await execa('uv', ['--version'], inTrainer)).failed) return false
  const python = venvPython.path
  const backend = choice?.becauseOfCard ? choice.tag : 'auto'
  const files = requirements.flatMap(file => ['-r', file])
  terminal.live(`${'set up'.padEnd(9)} uv: ${requirements.join(', ')}`)
  // --seed installs pip, so that `python -m pip install pyarrow` works in this environment.
  const made = existsSync(python) ? null : await execa('uv', ['venv', '--seed', '--python', '>=3.10', venv], inTrainer)
  const result = made?.failed
    ? made
    : await execa('uv', ['pip', 'install', '--torch-backend', backend, '--python', python, ...files], inTrainer)
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

async function installByPip(installation: Installation, terminal: Terminal): Promise<void> {
  const { requirements, choice } = installation
  if (choice?.onPypi === false) await installBuild(choice, installation, terminal)
  const text = await pip(
    requirements.flatMap(file => ['-r', file]),
    terminal,
  )
  if (text === null) return
  throw new Failure(
    `pip could not install ${requirements.join(' and ')}: ${errorOf(text)}`,
    `Check the network and run it again. ${advice}`,
  )
}

// Before the requirements, which it then meets, so that only torch and what it needs come from torch's index, and pip's
// error is about them. The index is added to those that pip is configured to use (a mirror, find-links): pip prefers none to
// another, so the build is required by its full version.
async function installBuild(choice: Choice, { torch, card }: Installation, terminal: Terminal): Promise<void> {
  const index = indexOf(choice)
  const build = `torch==${torch}+${choice.tag}`
  const text = await pip(['--extra-index-url', index, build], terminal)
  if (text === null) return
  const unreachable = text
    .split('\n')
    .some(line => /connection broken by/.test(line) && line.includes(`/${choice.tag}/`))
  throw new Failure(
    `pip could not install torch ${torch} for CUDA ${choice.cuda}, the build for ${card?.name}${card?.driver ? ` with driver ${card.driver}` : ''}: ${unreachable ? `${index} could not be reached.` : errorOf(text)}`,
    `Check the network and run it again. Or install ${build} and tokenizers by hand and set TRAINER_PYTHON to that interpreter.`,
  )
}

/** @returns what it printed, when it fails; else null. @throws {Failure} the disk is full */
async function pip(args: string[], terminal: Terminal): Promise<string | null> {
  const always = ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off']
  const options = { cwd: join(notebook, 'trainer'), reject: false, all: true } as const
  const running = execa(venvPython.path, [...always, ...args], options)
  for await (const line of running.iterable({ from: 'all' }))
    terminal.live(`${'set up'.padEnd(9)} ${sanitizeText(line)}`)
  const result = await running
  if (!result.failed) return null
  const text = `${result.all}`
  if (/No space left|Disk quota/i.test(text)) throw diskFull()
  return text || result.shortMessage || ''
}

/** pip's last error, but for the one that only links to its manual. */
const errorOf = (text: string): string =>
  sanitizeText(text.split('\n').findLast(line => /ERROR(?!: ResolutionImpossible)/.test(line)) ?? text)

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
