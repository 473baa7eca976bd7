/** What the verb `facts` says of this machine, and of programs that hang. */
import { spawnSync } from 'node:child_process'
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { homedir, hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { factsSchema } from '../../../scripts/engines/facts.ts'
import { findSandbox } from '../../../scripts/lib/sandbox/sandbox.ts'
import { scratch, write } from '../../helpers/throwaway.ts'
import { callOnNode, nodeModules, python } from './modules.ts'

const ask = (args: string[], env: Record<string, string> = {}) =>
  execa(python, ['-B', nodeModules, 'facts', ...args], { env, reject: false })

async function factsOf(args: string[], env: Record<string, string> = {}) {
  const { stdout, stderr } = await ask(args, env)
  expect(stderr).toBe('')
  return factsSchema.parse(JSON.parse(stdout))
}

test('it says what this machine is', async () => {
  const root = join(await scratch(), 'deep/root')
  const before = Date.now()
  const facts = await factsOf(['--root', root])
  expect(facts).toMatchObject({
    node: hostname(),
    home: homedir(),
    arch: process.arch,
    rootError: null,
    isShared: null,
  })
  expect(facts.runnerPython).toMatch(/^3\.1\d\.\d+$/)
  expect(facts.clock).toBeGreaterThanOrEqual(before - 1)
  expect(facts.clock).toBeLessThanOrEqual(Date.now() + 1)
  expect(facts.memoryMb).toBeGreaterThan(100)
  expect(facts.freeBytes).toBeGreaterThan(0)
  expect(facts.env.PATH).toBe(process.env.PATH)
  expect((await stat(root)).mode & 0o777).toBe(0o700)
})

test('its sandbox is the one that this machine’s own runs get, with the same reasons', async () => {
  const facts = await factsOf(['--root', await scratch()])
  const found = await findSandbox()
  expect(facts.sandbox).toEqual(found.sandbox)
  const nowhere = await factsOf(['--root', await scratch()], { PATH: await onlyPrograms(['sh', 'env']) })
  expect(nowhere).toMatchObject({ sandbox: null, python: null })
  if (process.platform === 'linux')
    expect(nowhere.sandboxWhy).toEqual([
      { mechanism: 'bubblewrap', reason: 'bwrap is not installed' },
      { mechanism: 'namespaces', reason: 'perl is not installed' },
      { mechanism: 'landlock', reason: 'perl is not installed' },
    ])
})

test('it says which python a run finds, and why there is no torch', async () => {
  const root = await scratch()
  const folder = join(root, 'venv/bin')
  await mkdir(folder, { recursive: true })
  await symlink(python, join(folder, 'python3'))
  const named = ['--root', root, '--python', join(root, 'venv')]
  const other = await scratch()
  await write(other, { 'python.sh': '#!/bin/sh\necho broken >&2; exit 3\n' })
  await symlink('python.sh', join(other, 'python'))
  const env = { PATH: `${other}:${process.env.PATH}` }
  expect(await factsOf(named, env)).toMatchObject({
    pythonFolder: folder,
    python: { path: join(other, 'python'), isNamed: false, version: null, torch: null, devices: 0, why: 'broken' },
  })
  await write(join(root, 'none'), { 'torch/__init__.py': 'raise ImportError("first line\\nlibtorch.so is not there")' })
  await symlink(python, join(folder, 'python'))
  const without = await factsOf(['--root', root, '--python', join(folder, 'python')], {
    PYTHONPATH: join(root, 'none'),
  })
  expect(without.python).toMatchObject({
    path: join(folder, 'python'),
    isNamed: true,
    torch: null,
    devices: 0,
    why: 'libtorch.so is not there',
  })
  expect(without.python?.version).toBe(without.runnerPython)
})

test('it says what torch is, and the GPUs that it sees', async () => {
  const root = await scratch()
  await write(root, {
    'torch/__init__.py': 'from . import cuda\n__version__ = "2.9.0+cu130"\nprint("noise")',
    'torch/cuda.py': 'device_count = lambda: 2\nget_device_name = lambda index: f"AMD Instinct {index}"',
    'bin/nvidia-smi.sh': '#!/bin/sh\nexit 9\n',
  })
  await symlink('nvidia-smi.sh', join(root, 'bin/nvidia-smi'))
  await symlink(python, join(root, 'bin/python'))
  const env = { PYTHONPATH: root, PATH: `${join(root, 'bin')}:${process.env.PATH}` }
  expect(await factsOf(['--root', root], env)).toMatchObject({
    python: { torch: '2.9.0+cu130', devices: 2, why: null },
    gpus: [
      { name: 'AMD Instinct 0', driver: null },
      { name: 'AMD Instinct 1', driver: null },
    ],
  })
  await writeFile(join(root, 'bin/nvidia-smi.sh'), '#!/bin/sh\necho "NVIDIA H200, 580.1"; echo "NVIDIA H200, 580.1"\n')
  const card = { name: 'NVIDIA H200', driver: '580.1' }
  expect((await factsOf(['--root', root], env)).gpus).toEqual([card, card])
})

test('a folder that cannot be written to is said, with the system’s words', async () => {
  expect((await factsOf(['--root', '/proc/nightshift'])).rootError).toMatch(/^\/proc\/nightshift: /)
})

test('it finds the file of the harness, and what is missing', async () => {
  const root = await scratch()
  await writeFile(join(root, 'token-1'), '')
  const facts = await factsOf(['--root', root, '--token', 'token-1', '--needs', root, '--needs', join(root, 'none')])
  expect(facts).toMatchObject({ isShared: true, missing: [join(root, 'none')] })
  expect((await factsOf(['--root', root, '--token', 'token-2'])).isShared).toBe(false)
})

test('an option that is none, and a Python that is not there, are one line', async () => {
  const root = await scratch()
  for (const [args, line] of [
    [
      ['--pyton', 'x'],
      'error: facts: --pyton is not one of its options with a value: --python, --root, --token, --needs',
    ],
    [['--root'], 'error: facts: --root is not one of its options with a value: --python, --root, --token, --needs'],
    [['--root', root, '--token', '../x'], 'error: facts: --token takes letters, digits and dashes, not ../x'],
    [
      ['--python', join(root, 'none')],
      `error: python: ${join(root, 'none')} is not there: name an interpreter, or the folder of a virtual environment`,
    ],
    [
      ['--python', root],
      `error: python: ${root} has no folder bin: name an interpreter, or the folder of a virtual environment`,
    ],
  ] as const)
    expect(await ask([...args])).toMatchObject({ stdout: '', stderr: line, exitCode: 1 })
})

test('a program that hangs is ended with what it has started', async () => {
  const folder = await scratch()
  await write(folder, { 'hang.sh': `#!/bin/sh\ncd ${folder}\nsetsid sleep 60 &\necho $! > pid\necho half\nwait\n` })
  expect(answerOf([join(folder, 'hang.sh')], 0.5)).toEqual(['half\n', '', `${folder}/hang.sh did not end within 0.5 s`])
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('one that prints without end, or whose output another process holds, keeps nobody waiting', () => {
  expect(answerOf(['yes'], 20)[2]).toBe('yes printed too much')
  expect(answerOf(['sh', '-c', 'sleep 60 & echo said'], 0.3)).toEqual(['said\n', '', 'sh did not end within 0.3 s'])
  expect(answerOf([join(tmpdir(), 'nightshift-none')], 1)[2]).toMatch(/No such file/)
  expect(answerOf(['sh', '-c', 'echo out; echo err >&2; exit 4'], 20)).toEqual(['out\n', 'err\n', 'sh ended with 4'])
})

const answerOf = (argv: string[], seconds: number) => callOnNode<string[]>('answer', 'answer_of', argv, seconds)

/** Zombies are not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

/** A folder with nothing but these programs. */
async function onlyPrograms(names: string[]): Promise<string> {
  const folder = await scratch()
  for (const name of names) {
    const { stdout } = await execa('sh', ['-c', `command -v ${name}`])
    await symlink(stdout, join(folder, name))
  }
  return folder
}
