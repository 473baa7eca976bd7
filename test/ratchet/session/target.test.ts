import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { Failure } from '../../../scripts/lib/errors.ts'
import { frontmatterSchema } from '../../../scripts/program/contract.ts'
import { checkTarget } from '../../../scripts/ratchet/session/target.ts'
import { files, readSession } from '../../../scripts/record/files/paths.ts'
import { player, program, trainer } from '../../helpers/target.ts'
import { git, nightshift, repository, sessionsOf, write } from '../../helpers/throwaway.ts'

const tracked = ['evaluate.py', 'src/rank.py', 'src/train.py', 'src/both.py', 'both.py', 'lib/x.py']

/** What is wrong with a program at the root whose editable file lies in src/; null when nothing is. */
function complaint(keys: Record<string, unknown>): string | null {
  const contract = frontmatterSchema.parse({ edit: 'src/rank.py', metric: 'm', ...keys })
  const automation = { publish: null, notify: null, hooks: null, share: null }
  const given = { path: 'program.md', contract, automation, prose: '', contractHash: '', proseHash: '', inferred: [] }
  try {
    checkTarget(given, contract, tracked)
    return null
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `${error.message} ${error.advice}`
  }
}

test('a run starts in the folder of program.md, and one that names its script from there is left alone', () => {
  for (const run of [
    'python evaluate.py',
    'python src/train.py',
    'python both.py',
    './bench',
    'make',
    'python -m src.train',
  ])
    expect(complaint({ run }), run).toBeNull()
  expect(complaint({ run: 'python train.py', target: 'src' })).toBeNull()
})

test('a command that goes into the folder by itself is left alone', () => {
  for (const run of ['cd src && python train.py', 'uv run --directory=src train.py', 'make -C ./src/ train.py'])
    expect(complaint({ run }), run).toBeNull()
})

test('a script that lies only where runs started before says what to add', () => {
  const said =
    'train.py is not in the root of the repository, where a run starts; it is in src/. ' +
    'Add `target: src` to program.md, or name the file from where a run starts.'
  expect(complaint({ run: 'python train.py' })).toBe(`program.md: run: ${said}`)
  expect(complaint({ run: "exec python './train.py' --fast" })).toBe(
    `program.md: run: ${said.replace('train', './train')}`,
  )
  expect(complaint({ run: 'python evaluate.py', setup: 'python train.py' })).toBe(`program.md: setup: ${said}`)
  expect(complaint({ run: 'python train.py', target: 'lib' })).toContain('is not in lib/')
})

test('a target is a committed folder, or one that is linked', () => {
  const run = 'python evaluate.py'
  for (const target of ['nowhere', 'evaluate.py', 'sr'])
    expect(complaint({ run, target })).toBe(
      `program.md: target: ${target} is not a folder at HEAD. ` +
        'Name a folder that holds committed files, relative to the folder of program.md.',
    )
  expect(complaint({ run: './go', target: 'build/out', link: ['build'] })).toBeNull()
})

const commit = async (root: string, message: string) => {
  await git(root, 'add', '-A')
  await git(root, '-c', 'user.name=A Person', '-c', 'user.email=person@example.org', 'commit', '-qm', message)
}

/** A repository whose editable file lies in lab/, with this in the frontmatter of the program.md at its root. */
async function lab(more: string, steps: string[] = []) {
  const root = await repository({ 'lab/train.js': trainer, 'lab/frozen.txt': 'as it is\n' })
  await write(join(root, '..'), { 'agent.sh': player(steps) })
  const text = program(join(root, '../agent.sh'), more).replace('edit: train.js', 'edit: lab/train.js')
  const put = (change: (text: string) => string) => write(root, { 'program.md': change(text) })
  await put(same => same)
  return { root, put }
}

const start = (root: string, ...more: string[]) =>
  nightshift(root, 'session', [
    '--program',
    'program.md',
    '--tag',
    'try',
    '--seeds',
    '1',
    '--experiments',
    '0',
    ...more,
  ])

async function folder(root: string): Promise<string> {
  return join(sessionsOf(root), (await readdir(sessionsOf(root)))[0] ?? '')
}

test('the script of a run lies beside program.md, and what is edited elsewhere', { timeout: 60_000 }, async () => {
  const { root, put } = await lab('')
  await put(text =>
    text.replace('run: node train.js', 'run: node evaluate.js').replace(/^---$/m, '---\nsetup: test -f evaluate.js'),
  )
  await write(root, { 'evaluate.js': "import './lab/train.js'\n" })
  await commit(root, 'a script at the root')
  const result = await start(root)
  expect(result.exitCode, result.stderr).toBe(0)
  const { session, experiments } = await readSession(await folder(root))
  expect(session.contract.target).toBe('.')
  expect(experiments[0]).toMatchObject({ status: 'keep', runs: [{ outcome: 'ok' }] })
})

test('a program of before is told to name its folder, before anything is made', async () => {
  const { root } = await lab('')
  const result = await start(root)
  expect(result.exitCode).toBe(2)
  expect(result.stderr).toContain(
    'run: train.js is not in the root of the repository, where a run starts; it is in lab/.',
  )
  expect(result.stderr).toContain('Add `target: lab` to program.md')
  expect(await git(root, 'branch', '--list', 'autoresearch/*')).toBe('')
})

test('a target outside of the repository, by its path or by a symlink, is refused', async () => {
  const { root } = await lab('target: ..\n')
  expect((await start(root)).stderr).toContain('.. is outside the repository')
  await symlink(join(root, '..'), join(root, 'out'))
  await commit(root, 'a link')
  const text = await readFile(join(root, 'program.md'), 'utf8')
  await writeFile(join(root, 'program.md'), text.replace('target: ..', 'target: out'))
  expect((await start(root)).stderr).toContain('target: out is not a folder at HEAD.')
})

const started = z.looseObject({ event: z.literal('started'), session: z.looseObject({ contract: z.looseObject({}) }) })

/** Changes the contract that the journal of a session stores. */
async function rewriteContract(path: string, change: (contract: Record<string, unknown>) => void): Promise<void> {
  const [first = '', ...rest] = (await readFile(path, 'utf8')).split('\n')
  const event = started.parse(JSON.parse(first))
  change(event.session.contract)
  await writeFile(path, [JSON.stringify(event), ...rest].join('\n'))
}

test('a session of an earlier version resumes in the folder that it stored', { timeout: 60_000 }, async () => {
  const step = "sed -i.bak 's/^const RATE = .*/const RATE = 0.04/' train.js && rm train.js.bak; echo 'RATE to 0.04'"
  const { root, put } = await lab('target: lab\n', [step])
  expect((await start(root)).exitCode).toBe(0)
  // As it was: the folder of the first editable file without a word of it in program.md, and fewer keys.
  await put(text => text.replace('target: lab\n', ''))
  const path = files.journal(await folder(root))
  await rewriteContract(path, contract => {
    for (const key of ['fixes', 'boldAfter', 'cost_usd', 'ahead', 'slots']) delete contract[key]
  })
  const result = await nightshift(root, 'session', ['--resume', 'try', '--experiments', '1'])
  expect(result.exitCode, result.stderr).toBe(0)
  const { session, experiments } = await readSession(await folder(root))
  expect(session.contract.target).toBe('lab')
  expect(experiments.map(e => [e.status, e.description])).toEqual([
    ['keep', 'baseline'],
    ['keep', 'RATE to 0.04'],
  ])

  await rewriteContract(path, contract => {
    contract.run = 5
  })
  for (const flags of [[], ['--dry-run']]) {
    const broken = await nightshift(root, 'session', ['--resume', 'try', '--experiments', '2', ...flags])
    expect(broken.exitCode).toBe(2)
    expect(broken.stderr).toMatch(/^error: The contract that \S+-try stores cannot be read: run: [^\n]+\n[^\n]+$/)
  }
})
