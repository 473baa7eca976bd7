/** The home folder of a sandboxed command: what package managers and libraries keep in the real one, by links. */
import { lstat, mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Relative to a home folder. Each is readable in a sandbox as it is outside, and not writable. */
const linked = [
  ...[
    '.cache/uv',
    '.cache/pip',
    '.cache/pypoetry',
    '.cache/conda',
    '.cache/huggingface',
    '.cache/torch',
    '.cache/kagglehub',
  ],
  ...[
    '.cache/whisper',
    '.cache/clip',
    '.cache/datasets',
    '.cache/node',
    '.cache/pnpm',
    '.cache/bazelisk',
    '.cache/zig',
  ],
  ...['.local/bin', '.local/lib', '.local/share/uv', '.local/share/pnpm', '.local/share/mise', '.local/share/pypoetry'],
  ...[
    '.npm',
    '.conda',
    '.mamba',
    '.pyenv',
    '.rustup',
    '.cargo',
    '.nvm',
    '.volta',
    '.bun',
    '.deno',
    '.juliaup',
    '.julia',
  ],
  ...['miniconda3', 'miniforge3', 'mambaforge', 'anaconda3', 'micromamba', 'go', '.ghcup', '.stack', '.opam', '.elan'],
  ...['.keras', '.torch', 'nltk_data', 'scikit_learn_data', 'tensorflow_datasets', '.tiktoken'],
]

/**
 * Fills the home folder of a run with links; what is there already stays. The folder itself must be there.
 * @param home of the run
 * @param realHome of the user
 */
export async function furnishHome(home: string, realHome: string): Promise<void> {
  for (const name of linked) {
    const target = join(realHome, name)
    if (!(await isThere(target)) || (await isThere(join(home, name)))) continue
    await mkdir(dirname(join(home, name)), { recursive: true })
    await symlink(target, join(home, name))
  }
}

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(() => null)) !== null
