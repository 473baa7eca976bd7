import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'
import { scratch, withoutClients, write } from '../helpers/throwaway.ts'

/** A fake program that appends its arguments to `calls`; its `venv` creates a fake python. */
const program = (name: string, installs: string) => `#!/bin/sh
echo "${name} $*" >> "$CALLS"
case "$*" in
  *sys.version_info*) echo 3.12 ;;
  *--version*) echo 1.0 ;;
  *"pip install"*) ${installs} ;;
  *venv*) for last; do :; done; mkdir -p "$last/bin"; printf '#!/bin/sh\\nexec python3 "$@"\\n' > "$last/bin/python"; chmod +x "$last/bin/python" ;;
esac
`

/** Runs the set-up in a copy of the checkout, with these programs as uv and python3. @returns its output and the calls */
async function setUp(programs: Record<string, string>, named?: string) {
  const root = await scratch()
  await mkdir(join(root, 'notebook/trainer'), { recursive: true })
  await cp(join(notebook, 'scripts/lib'), join(root, 'notebook/scripts/lib'), { recursive: true })
  await symlink(join(notebook, 'node_modules'), join(root, 'notebook/node_modules'))
  const contents = Object.entries(programs).map(([name, text]) => [`bin/${name}.sh`, text])
  await write(root, {
    'notebook/package.json': '{"type": "module"}',
    'notebook/trainer/requirements.txt': 'torch==2.13.0\n',
    'notebook/set-up.ts': `
      import { main } from './scripts/lib/errors.ts'
      import { openTerminal } from './scripts/lib/terminal/terminal.ts'
      import { ensureTrainer } from './scripts/lib/trainer.ts'
      await main(() => ensureTrainer(openTerminal()))`,
    ...Object.fromEntries(contents),
  })
  for (const name of Object.keys(programs)) await symlink(join(root, `bin/${name}.sh`), join(root, 'bin', name))
  const env = {
    PATH: `${join(root, 'bin')}:${await withoutClients()}`,
    CALLS: join(root, 'calls'),
    NO_COLOR: '1',
    COLUMNS: '1000',
    ...(named && { TRAINER_PYTHON: join(root, named) }),
  }
  return async () => {
    const { exitCode, all } = await execa(process.execPath, [join(root, 'notebook/set-up.ts')], {
      env,
      extendEnv: false,
      reject: false,
      all: true,
    })
    const calls = await readFile(env.CALLS, 'utf8').catch(() => '')
    return { exitCode, all, calls: calls.replaceAll(root, '').trim().split('\n') }
  }
}

const venv = '/notebook/trainer/.venv'

test('uv sets up the trainer once for the same requirements', async () => {
  const run = await setUp({ uv: program('uv', 'true'), python3: program('python3', 'exit 1') })
  const { exitCode, calls, all } = await run()
  expect(all).toContain('trainer/.venv with requirements.txt')
  expect(exitCode).toBe(0)
  expect(calls).toEqual([
    'uv --version',
    `uv venv --seed --python >=3.10 ${venv}`,
    `uv pip install --torch-backend auto --python ${venv}/bin/python -r requirements.txt`,
  ])
  expect((await run()).calls).toEqual(calls)
})

test('when uv fails, the reason is printed and venv and pip are used', async () => {
  const uv = program('uv', `echo 'error: no such index'; exit 1`)
  const { exitCode, calls, all } = await (await setUp({ uv, python3: program('python3', 'true') }))()
  expect(all).toContain('uv failed (error: no such index); using venv and pip')
  expect(exitCode).toBe(0)
  expect(calls.slice(-2)).toEqual([
    `python3 -m venv ${venv}`,
    'python3 -m pip install --disable-pip-version-check --progress-bar off -r requirements.txt',
  ])
})

test('a uv that does not run is skipped silently', async () => {
  const run = await setUp({ uv: '#!/bin/sh\nexit 127\n', python3: program('python3', 'true') })
  const { exitCode, all } = await run()
  expect(exitCode).toBe(0)
  expect(all).not.toContain('uv')
})

test('when pip fails too, it is one error with advice', async () => {
  const python3 = program('python3', `echo 'ERROR: No matching distribution found for torch'; exit 1`)
  const { exitCode, all } = await (await setUp({ python3 }))()
  expect(exitCode).not.toBe(0)
  expect(all).toContain('pip could not install requirements.txt: ERROR: No matching distribution found for torch')
  expect(all).toContain('TRAINER_PYTHON')
})

test('a full disk is reported as such with uv too', async () => {
  const uv = program('uv', `echo 'error: failed to write: No space left on device'; exit 1`)
  const { exitCode, all, calls } = await (await setUp({ uv, python3: program('python3', 'true') }))()
  expect(exitCode).not.toBe(0)
  expect(all).toContain('The disk is full')
  expect(calls.some(call => call.startsWith('python3'))).toBe(false)
})

test.each([
  ['2.8.1', 'has torch 2.8.1'],
  ['1.13.0', 'has torch 1.13.0'],
  ['2.11.0+cu128', null],
  ['3.0.0', null],
])('TRAINER_PYTHON with torch %s is accepted only from 2.9 on', async (version, error) => {
  const { exitCode, all } = await (await setUp({ named: `#!/bin/sh\necho ${version} 0.22.1\n` }, 'bin/named'))()
  expect(exitCode === 0).toBe(error === null)
  expect(all).toContain(error ?? `with torch ${version}`)
})
