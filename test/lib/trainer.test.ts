import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { notebook } from '../../scripts/lib/paths.ts'
import { scratch, withoutClients, write } from '../helpers/throwaway.ts'

/** What a fake interpreter answers: which torch it has, and what came of trying the cards (a shell command). */
interface Torch {
  version: string
  cuda: string | null
  tries: string
}

const describeText = ({ version, cuda }: Torch): string =>
  JSON.stringify({ torch: version, tokenizers: '0.23.3', cuda, hip: null, xpu: null })

const sees = (...names: string[]): string => `echo '${triedText(names.map(name => ({ name, error: null })))}'`

const triedText = (cards: { name: string; error: string | null }[], error: string | null = null): string =>
  JSON.stringify({ error, kernels: ['sm_75', 'sm_90'], cards })

const onPypi: Torch = { version: '2.13.0', cuda: '13.0', tries: sees('NVIDIA H100') }

/** A fake program that appends its arguments to `calls`; its `venv` creates a fake python. */
const program = (name: string, installs: string, torch: Torch | null = null) => `#!/bin/sh
echo "${name} $*" >> "$CALLS"
case "$*" in
  *describe.py*) ${torch ? `echo '${describeText(torch)}'` : 'exit 1'} ;;
  *tryCards.py*) ${torch?.tries ?? 'exit 1'} ;;
  *sys.version_info*) echo 3.12 ;;
  *--version*) echo 1.0 ;;
  *"pip install"*) ${installs} ;;
  *venv*) for last; do :; done; mkdir -p "$last/bin"; printf '#!/bin/sh\\nexec python3 "$@"\\n' > "$last/bin/python"; chmod +x "$last/bin/python" ;;
esac
`

/** nvidia-smi of a machine with one card. */
const smi = (driver: string, capability = '9.0', card = 'NVIDIA H100') => `#!/bin/sh
case "$*" in *compute_cap*) echo ${capability} ;; *) echo '${card}, ${driver}' ;; esac
`

/**
 * Runs the set-up in a copy of the checkout, with these programs as uv, python3 and nvidia-smi.
 * @returns its output and the calls, without those that ask which torch there is
 */
async function setUp(
  programs: Record<string, string>,
  named?: string,
  variables: Record<string, string> = {},
  requirements = ['requirements.txt'],
) {
  const root = await scratch()
  await mkdir(join(root, 'notebook/trainer'), { recursive: true })
  await cp(join(notebook, 'scripts/lib'), join(root, 'notebook/scripts/lib'), { recursive: true })
  await symlink(join(notebook, 'node_modules'), join(root, 'notebook/node_modules'))
  const contents = Object.entries(programs).map(([name, text]) => [`bin/${name}.sh`, text])
  await write(root, {
    'notebook/package.json': '{"type": "module"}',
    'notebook/trainer/requirements.txt': 'torch==2.13.0\n',
    'notebook/trainer/requirements-parquet.txt': 'pyarrow==26.0.1\n',
    'notebook/set-up.ts': `
      import { main } from './scripts/lib/errors.ts'
      import { openTerminal } from './scripts/lib/terminal/terminal.ts'
      import { ensureTrainer } from './scripts/lib/trainer.ts'
      await main(() => ensureTrainer(openTerminal(), ${JSON.stringify(requirements)}))`,
    ...Object.fromEntries(contents),
  })
  for (const name of Object.keys(programs)) await symlink(join(root, `bin/${name}.sh`), join(root, 'bin', name))
  const env = {
    PATH: `${join(root, 'bin')}:${await withoutClients()}`,
    CALLS: join(root, 'calls'),
    NO_COLOR: '1',
    COLUMNS: '1000',
    ...(named && { TRAINER_PYTHON: join(root, named) }),
    ...variables,
  }
  return async (changed: Record<string, string> = {}) => {
    await write(root, Object.fromEntries(Object.entries(changed).map(([name, text]) => [`bin/${name}.sh`, text])))
    const { exitCode, all } = await execa(process.execPath, [join(root, 'notebook/set-up.ts')], {
      env,
      extendEnv: false,
      reject: false,
      all: true,
    })
    const calls = await readFile(env.CALLS, 'utf8').catch(() => '')
    const lines = calls.replaceAll(root, '').trim().split('\n')
    return { exitCode, all, calls: lines.filter(line => !line.includes('describe.py')) }
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
  const torch = { ...onPypi, version, cuda: null }
  const { exitCode, all } = await (await setUp({ named: program('named', '', torch) }, 'bin/named'))()
  expect(exitCode === 0).toBe(error === null)
  expect(all).toContain(error ?? `with torch ${version.replace('+cu128', '')}`)
})

test('TRAINER_PYTHON without torch, without tokenizers or that does not run is one error', async () => {
  const answer = (facts: object) =>
    `#!/bin/sh\necho '${JSON.stringify({ cuda: null, hip: null, xpu: null, ...facts })}'\n`
  const without = await setUp({ named: answer({ torch: null, tokenizers: '0.23.3' }) }, 'bin/named')
  expect((await without()).all).toMatch(/TRAINER_PYTHON=\S+named does not have torch\./)
  const { all } = await without({ named: answer({ torch: '2.13.0', tokenizers: null }) })
  expect(all).toMatch(/does not have tokenizers\./)
  const broken = await without({ named: `#!/bin/sh\necho 'No module named encodings' >&2; exit 1\n` })
  expect(broken.all).toMatch(/does not say whether it has torch: No module named encodings/)
  expect(broken.exitCode).toBe(2)
})

/** Builds are chosen on Linux only; these cards are of x86_64. */
const onLinux = test.runIf(process.platform === 'linux' && process.arch === 'x64')
const cu126: Torch = { ...onPypi, version: '2.13.0+cu126', cuda: '12.6' }
const pip = 'python3 -m pip install --disable-pip-version-check --progress-bar off -r requirements.txt'
const tries = (calls: string[]) => calls.filter(call => call.includes('tryCards.py')).length

test('without a card the build is named, and no card is tried', async () => {
  const cpu = { ...onPypi, version: '2.13.0+cpu', cuda: null }
  const run = await setUp({ python3: program('python3', 'true', cpu) })
  const { exitCode, all, calls } = await run()
  expect(exitCode).toBe(0)
  expect(all).toContain(
    `trainer/.venv with requirements.txt; torch 2.13.0${process.platform === 'darwin' ? '' : ' for CPUs'}`,
  )
  expect(calls.at(-1)).toBe(pip)
  expect((await run()).calls).toEqual(calls)
})

onLinux("with PyPI's build for the driver, pip uses no other index, and the line says what torch sees", async () => {
  const programs = { python3: program('python3', 'true', onPypi), 'nvidia-smi': smi('580.95.05') }
  const { exitCode, all, calls } = await (await setUp(programs))()
  expect(all).toContain('trainer/.venv with requirements.txt; torch 2.13.0 for CUDA 13.0; sees NVIDIA H100')
  expect(exitCode).toBe(0)
  expect(calls).toContain(pip)
})

onLinux('with an older driver, pip gets the index of the build that fits it', async () => {
  const programs = { python3: program('python3', 'true', cu126), 'nvidia-smi': smi('550.54.15') }
  const { exitCode, all, calls } = await (await setUp(programs))()
  expect(all).toContain('torch 2.13.0 for CUDA 12.6; sees NVIDIA H100')
  expect(exitCode).toBe(0)
  expect(calls.filter(call => call.includes('pip install'))).toEqual([
    pip.replace('-r requirements.txt', '--extra-index-url https://download.pytorch.org/whl/cu126 torch==2.13.0+cu126'),
    pip,
  ])
})

onLinux('an index that lacks the build, or cannot be reached, is an error that names the build', async () => {
  const lacks = `echo 'ERROR: No matching distribution found for torch==2.13.0+cu126'; exit 1`
  const run = await setUp({ python3: program('python3', lacks), 'nvidia-smi': smi('550.54.15') })
  const { exitCode, all, calls } = await run()
  expect(exitCode).toBe(2)
  expect(all).toContain(
    'pip could not install torch 2.13.0 for CUDA 12.6, the build for NVIDIA H100 with driver 550.54.15: ERROR: No matching distribution found for torch==2.13.0+cu126',
  )
  expect(all).toContain('Or install torch==2.13.0+cu126 and tokenizers by hand and set TRAINER_PYTHON')
  expect(calls).not.toContain(pip)
  const broken = `echo "WARNING: Retrying after connection broken by 'NewConnectionError': /whl/cu126/torch/"; ${lacks}`
  expect((await run({ python3: program('python3', broken) })).all).toContain(
    'with driver 550.54.15: https://download.pytorch.org/whl/cu126 could not be reached.',
  )
})

onLinux('a driver that is too old is refused before anything is installed', async () => {
  const programs = { uv: program('uv', 'true'), python3: program('python3', 'true'), 'nvidia-smi': smi('470.223.02') }
  const { exitCode, all, calls } = await (await setUp(programs))()
  expect(exitCode).toBe(2)
  expect(all).toContain('The NVIDIA driver is 470.223.02, for NVIDIA H100. torch 2.13.0 needs 525.60.13 or later.')
  expect(calls).toEqual([''])
})

onLinux('uv chooses by the driver, and is told the build where the card needs an older one', async () => {
  const programs = {
    uv: program('uv', 'true'),
    python3: program('python3', '', onPypi),
    'nvidia-smi': smi('550.54.15'),
  }
  const { all, calls } = await (await setUp(programs))()
  expect(all).toContain('sees NVIDIA H100')
  expect(calls).toContain(`uv pip install --torch-backend auto --python ${venv}/bin/python -r requirements.txt`)
  const volta = { ...programs, 'nvidia-smi': smi('580.95.05', '7.0', 'Tesla V100-SXM2-16GB') }
  expect((await (await setUp(volta))()).calls).toContain(
    `uv pip install --torch-backend cu126 --python ${venv}/bin/python -r requirements.txt`,
  )
})

test('a good result is remembered until the driver changes', async () => {
  const run = await setUp({ python3: program('python3', 'true', onPypi), 'nvidia-smi': smi('580.95.05') })
  expect(tries((await run()).calls)).toBe(1)
  const second = await run()
  expect(tries(second.calls)).toBe(1)
  expect(second.all).toBe('')
  const third = await run({ 'nvidia-smi': smi('590.10.01') })
  expect(tries(third.calls)).toBe(2)
  expect(third.all).toMatch(/set up +torch 2.13.0 for CUDA 13.0; sees NVIDIA H100/)
})

test('a torch that does not see the card is refused each time, and not installed again', async () => {
  const blind = { ...onPypi, tries: `echo '${triedText([], 'Found no NVIDIA driver on your system.')}'` }
  const programs = { python3: program('python3', 'true', blind), 'nvidia-smi': smi('580.95.05') }
  const run = await setUp(programs)
  for (const installs of [1, 1]) {
    const { exitCode, all, calls } = await run()
    expect(exitCode).toBe(2)
    expect(all).toContain(
      'torch 2.13.0 for CUDA 13.0 in trainer/.venv does not see the card: Found no NVIDIA driver on your system. nvidia-smi reports NVIDIA H100, driver 580.95.05.',
    )
    expect(calls.filter(call => call.includes('pip install'))).toHaveLength(installs)
  }
  expect((await run({ python3: program('python3', 'true', onPypi) })).exitCode).toBe(0)
})

test('a card without kernels in the build, and a check that dies, are refused for TRAINER_PYTHON too', async () => {
  const error = 'CUDA error: no kernel image is available for execution on the device'
  const pascal = { ...onPypi, tries: `echo '${triedText([{ name: 'NVIDIA TITAN Xp', error }])}'` }
  const programs = { named: program('named', '', pascal), 'nvidia-smi': smi('580.95.05', '6.1', 'NVIDIA TITAN Xp') }
  const run = await setUp(programs, 'bin/named')
  const { exitCode, all } = await run()
  expect(exitCode).toBe(2)
  expect(all).toMatch(
    /torch 2\.13\.0 for CUDA 13\.0 in TRAINER_PYTHON=\S+ cannot use card 0, NVIDIA TITAN Xp: CUDA error: no kernel image is available for execution on the device \(it has kernels for sm_75, sm_90\)\./,
  )
  const dead = await run({ named: program('named', '', { ...onPypi, tries: 'kill -SEGV $$' }) })
  expect(dead.all).toContain('does not see the card: the check ended with SIGSEGV.')
  const good = await run({ named: program('named', '', { ...onPypi, tries: sees('NVIDIA H100', 'NVIDIA H100') }) })
  expect(good.all).toMatch(/named with torch 2\.13\.0 for CUDA 13\.0; sees 2 × NVIDIA H100/)
})

test.each(['', '-1'])('a card that CUDA_VISIBLE_DEVICES=%s hides is not looked at', async hidden => {
  const programs = {
    python3: program('python3', 'true', { ...onPypi, tries: 'exit 1' }),
    'nvidia-smi': smi('470.223.02'),
  }
  const { exitCode, calls } = await (await setUp(programs, undefined, { CUDA_VISIBLE_DEVICES: hidden }))()
  expect(exitCode).toBe(0)
  expect(tries(calls)).toBe(0)
  expect(calls).toContain(pip)
})

const withParquet = ['requirements.txt', 'requirements-parquet.txt']

test('what data in parquet files needs is installed beside the rest, and once', async () => {
  const run = await setUp(
    { uv: program('uv', 'true'), python3: program('python3', 'exit 1') },
    undefined,
    {},
    withParquet,
  )
  const { exitCode, calls } = await run()
  expect(exitCode).toBe(0)
  expect(calls.at(-1)).toMatch(/^uv pip install .* -r requirements\.txt -r requirements-parquet\.txt$/)
  expect((await run()).calls).toEqual(calls)
})

test.each([
  [0, null],
  [1, 'does not have pyarrow, which data in parquet files needs'],
])('TRAINER_PYTHON is asked for pyarrow where the data needs it: exit code %s', async (code, error) => {
  const named = program('named', '', onPypi).replace('\n', `\ncase "$*" in *pyarrow*) exit ${code} ;; esac\n`)
  const { exitCode, all } = await (await setUp({ named }, 'bin/named', {}, withParquet))()
  expect(exitCode === 0).toBe(error === null)
  expect(all).toContain(error ?? 'with torch 2.13.0')
  if (error === null) return
  expect(all).toMatch(/bin\/named -m pip install -r \S+\/trainer\/requirements-parquet\.txt/)
  expect((await (await setUp({ named }, 'bin/named'))()).exitCode).toBe(0)
})
