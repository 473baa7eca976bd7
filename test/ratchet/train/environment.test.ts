import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { missedVariables, runEnvironment } from '../../../scripts/ratchet/train/environment.ts'
import { environmentKeys } from '../../helpers/keys.ts'
import { nightshift, repository, sessionsOf } from '../../helpers/throwaway.ts'

const from = (names: string[], value = 'x') => Object.fromEntries(names.map(name => [name, value]))
const without = (names: string[], given: string[] = []) => {
  const { PATH: _, ...rest } = runEnvironment({ env: given }, from(names))
  return Object.keys(rest).sort()
}

test('a run gets what training uses', () => {
  const names = [
    ...[
      'HOME',
      'USER',
      'LANG',
      'LC_ALL',
      'TZ',
      'TERM',
      'TMPDIR',
      'SHELL',
      'https_proxy',
      'LD_LIBRARY_PATH',
      'XDG_CACHE_HOME',
    ],
    ...['PYTHONPATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'UV_CACHE_DIR', 'NODE_OPTIONS'],
    ...[
      'CUDA_HOME',
      'CUDNN_PATH',
      'CUBLAS_WORKSPACE_CONFIG',
      'NVIDIA_TF32_OVERRIDE',
      'NCCL_DEBUG',
      'HIP_VISIBLE_DEVICES',
    ],
    ...[
      'OMP_NUM_THREADS',
      'MKL_NUM_THREADS',
      'TORCH_HOME',
      'TORCHINDUCTOR_CACHE_DIR',
      'PYTORCH_CUDA_ALLOC_CONF',
      'TRITON_CACHE_DIR',
    ],
    ...[
      'JAX_PLATFORMS',
      'XLA_FLAGS',
      'TF_CPP_MIN_LOG_LEVEL',
      'MLX_METAL_DEBUG',
      'SLURM_JOB_ID',
      'WORLD_SIZE',
      'LOCAL_RANK',
    ],
    ...['PBS_JOBID', 'LSB_JOBID', 'I_MPI_FABRICS', 'MPICH_GPU_SUPPORT_ENABLED', 'FLUX_JOB_ID', 'CMAKE_PREFIX_PATH'],
    ...['MUJOCO_GL', 'PYOPENGL_PLATFORM', 'EGL_PLATFORM', 'BNB_CUDA_VERSION', 'MODULEPATH', 'NUMPY_MADVISE_HUGEPAGE'],
    ...['KUBERNETES_SERVICE_HOST'],
    ...['HF_HOME', 'HF_HUB_OFFLINE', 'HF_DATASETS_CACHE', 'TRANSFORMERS_CACHE', 'TOKENIZERS_PARALLELISM', 'WANDB_MODE'],
  ]
  expect(without(names)).toEqual(names.sort())
})

test('a run gets no key and nothing unknown, unless program.md names it', () => {
  const keys = ['HF_TOKEN', 'WANDB_API_KEY', 'HUGGINGFACE_HUB_TOKEN', 'UV_PUBLISH_TOKEN', 'SSH_AUTH_SOCK', 'SOMETHING']
  expect(without([...keys, ...Object.keys(environmentKeys)])).toEqual([])
  expect(without(keys, ['HF_TOKEN', 'SOMETHING', 'UNSET'])).toEqual(['HF_TOKEN', 'SOMETHING'])
  const proxies = { HTTP_PROXY: 'http://me:secret@proxy:3128', HTTPS_PROXY: 'http://proxy:3128', PATH: '/bin' }
  expect(Object.keys(runEnvironment({ env: [] }, proxies)).sort()).toEqual(['HTTPS_PROXY', 'PATH'])
})

test('variables that a log names and that were not passed are found', () => {
  const shell = from(['DATA_ROOT', 'OTHER', 'HOME', 'NIGHTSHIFT_SITE'])
  const log = `KeyError: 'DATA_ROOT' in HOME, NIGHTSHIFT_SITE`
  expect(missedVariables(log, [], shell)).toEqual(['DATA_ROOT'])
  expect(missedVariables(log, ['DATA_ROOT'], shell)).toEqual([])
})

test('a baseline that misses a variable fails with the line to add, and runs with it', async () => {
  const script = `// MY_NAME\nif (!process.env.MY_DATA_ROOT) throw new Error('MY_DATA_ROOT is not set')\nconsole.log('---\\nloss: 1')\n`
  const program = (env: string) =>
    `---\nedit: knobs.js\nrun: node run.js\nmetric: loss\nseeds: 1\nagent: tuner\n${env}---\n\nLower it.\n`
  const files = { 'run.js': script, 'knobs.js': 'const A = 1\n' }
  const variables = { MY_DATA_ROOT: '/data', MY_NAME: 'x' }
  const failing = await repository({ ...files, 'program.md': program('') })
  const args = ['--program', 'program.md', '--experiments', '0']
  const failed = await nightshift(failing, 'session', args, variables)
  expect(failed.exitCode).toBe(2)
  expect(failed.stderr.replace(/\s+/g, ' ')).toContain(
    'The variable MY_DATA_ROOT of your shell is not passed to runs; if they need it, add `env: [MY_DATA_ROOT]` to program.md',
  )
  // In the note at the start, which names only what a line of the target's files reads, and in the error.
  expect(failed.stderr.match(/variables? [^;]+ of your shell/g)).toEqual(
    Array(2).fill('variable MY_DATA_ROOT of your shell'),
  )
  const root = await repository({ ...files, 'program.md': program('env: [MY_DATA_ROOT]\n') })
  const result = await nightshift(root, 'session', args, variables)
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stdout + result.stderr).not.toContain('of your shell')
  expect(readdirSync(join(sessionsOf(root)))).toHaveLength(1)
})
