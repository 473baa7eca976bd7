/**
 * Environment of runs and of the setup command. An agent writes the candidates and their output is recorded, so a run gets
 * only variables that training is known to use, and no key, unless program.md names it in `env`.
 */
import { delimiter } from 'node:path'
import { holdsKey } from '../../lib/secrets/environment.ts'
import { named } from '../../lib/text.ts'
import { pythonFolder } from '../../lib/trainer.ts'
import type { Contract } from '../../program/contract.ts'

/** Of the machine: paths, locale, temporary folders, proxies, certificates, libraries, compilers. */
const machine =
  /^(PATH|HOME|USER|LOGNAME|USERNAME|SHELL|HOSTNAME|LANG|LANGUAGE|LC_\w+|TZ|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|COLUMNS|LINES|TMPDIR|TMP|TEMP|XDG_\w+|(HTTPS?|ALL|NO|FTP)_PROXY|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE|NODE_EXTRA_CA_CERTS|(DY)?LD_\w+|LIBRARY_PATH|CPATH|C(PLUS)?_INCLUDE_PATH|PKG_CONFIG_PATH|CC|CXX|CPP|AR|LD|(C|CXX|CPP|LD)FLAGS|MAX_JOBS|MAKEFLAGS|CMAKE_\w+|MODULEPATH|KUBERNETES_\w+)$/i

/** Of languages and their packages. */
const languages =
  /^(PYTHON\w*|VIRTUAL_ENV\w*|CONDA_\w+|MAMBA_\w+|PYENV_\w+|UV_\w+|PIP_\w+|NODE_\w+|JULIA_\w+|CARGO_\w+|RUST\w*|GO(PATH|ROOT|CACHE|MAXPROCS)|JAVA_\w+|JDK_\w+|R_(HOME|LIBS\w*)|NIX_\w+|GUIX_\w+)$/

/** Of accelerators, numerical libraries, frameworks and distributed training. */
const training =
  /^(CU(DA|BLAS|DNN)\w*|NV(IDIA|CC|TE|SHMEM)?_\w+|(PY)?TORCH\w*|TRITON_\w+|NCCL_\w+|GLOO_\w+|UCX_\w+|FI_\w+|(HIP|HSA|ROCM|ROCR|ROCBLAS|HIPBLASLT|AMD|MIOPEN|RCCL|GPU)_\w+|(ZE|SYCL|ONEAPI|CCL|IPEX|TPU|PJRT|LIBTPU|XLA|XRT|NEURON)_\w+|(METAL|MTL|MLX)_\w+|(OMP|GOMP|KMP|MKL|OPENBLAS|BLIS|VECLIB|NUMEXPR|NUMBA|MALLOC|MIMALLOC|TCMALLOC|JEMALLOC|OPENCV|RAYON|NUMPY|BNB|EGL)_\w+|MUJOCO_GL|PYOPENGL_PLATFORM|(JAX|TF|KERAS|FLASH_ATTENTION|FLASHINFER|VLLM|XFORMERS|DEEPSPEED|DS|ACCELERATE|LIGHTNING|PL|TINYGRAD)_\w+|DEVICE|MASTER_(ADDR|PORT)|(LOCAL_|GROUP_|NODE_)?RANK|(LOCAL_)?WORLD_SIZE|(SLURM|PBS|LSB|FLUX|PMI|PMIX|OMPI|I_MPI|MPI|MPICH|RAY)_\w+|CUDA_VISIBLE_DEVICES)$/

/** Of data sets and the hub, and of trackers, so that they stay off where the user has them off. */
const data =
  /^((HF|HUGGINGFACE|TRANSFORMERS|DATASETS|TOKENIZERS|SAFETENSORS|DIFFUSERS|TIKTOKEN|NLTK|TFDS|KAGGLE|WANDB|MLFLOW|TENSORBOARD|COMET|DO_NOT_TRACK)(_\w+)?)$/

/** These select the target's data, DATA only in sessions older than the key `data`. All other NIGHTSHIFT_ variables are set per run. */
const own = /^NIGHTSHIFT_(CACHE|DATA|HUB)$/

const groups = [machine, languages, training, data, own]

/** Names the data. Of a session's runs the contract sets it, whatever the shell has. */
export const dataVariable = 'NIGHTSHIFT_DATA'

/** What of a contract makes the environment of its runs: see `Contract` for a `data` that is undefined. */
export type EnvironmentKeys = Pick<Contract, 'env' | 'data'>

/**
 * Variables for a run; the caller adds the NIGHTSHIFT_ variables of the run. The trainer's Python comes first in PATH.
 * @param keys `env`: variables that program.md adds, whatever they hold; `data`: as runs get it
 * @param python folder that comes first in PATH; null: none
 */
export function runEnvironment(
  { env: names, data }: EnvironmentKeys,
  from: NodeJS.ProcessEnv = process.env,
  python = pythonFolder(),
): Record<string, string> {
  const kept = Object.entries(from).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      isPassed(entry[0], entry[1], names) &&
      (data === undefined || entry[0] !== dataVariable),
  )
  return {
    ...Object.fromEntries(kept),
    ...(data == null ? {} : { [dataVariable]: data }),
    PATH: [...(python ? [python] : []), from.PATH ?? ''].join(delimiter),
  }
}

const isPassed = (name: string, value: string, names: string[]): boolean =>
  names.includes(name) || (groups.some(group => group.test(name)) && !holdsKey(name, value))

/** Variables that are not passed to runs, though a text names them, e.g. the log of a run that failed. */
export function missedVariables(text: string, names: string[], from: NodeJS.ProcessEnv = process.env): string[] {
  const words = new Set(text.match(/[A-Za-z_]\w{3,}/g))
  return droppedVariables(names, from).filter(name => words.has(name))
}

/** Variables that are not passed to runs, but for Nightshift's own. */
export function droppedVariables(names: string[], from: NodeJS.ProcessEnv = process.env): string[] {
  const passed = runEnvironment({ env: names }, from)
  return Object.keys(from).filter(name => !(name in passed) && !name.startsWith('NIGHTSHIFT_'))
}

/** What to do about variables that are not passed to runs, a sentence without its end; none: no note. */
export function missedNotes(missed: string[]): string[] {
  if (missed.length === 0) return []
  const [variables, are, them] = missed.length === 1 ? ['variable', 'is', 'it'] : ['variables', 'are', 'them']
  return [
    `The ${variables} ${named(missed)} of your shell ${are} not passed to runs; if they need ${them}, add \`env: [${missed.slice(0, 5).join(', ')}]\` to program.md`,
  ]
}
