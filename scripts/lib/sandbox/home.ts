/** The home folder of a sandboxed command: what lies in the user's, by links, but for what is private or written by most runs. */
import { lstat, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { privatePaths } from './privatePaths.ts'

/** Folders in which a program writes beside what others keep there; their entries are linked one by one. */
const shared = ['.cache', '.cache/uv', '.cache/huggingface', '.config', '.local', '.local/share', '.local/state']

/**
 * In which Hugging Face's `datasets` locks a data set to read it, and writes what it computes of one: NAME/CONFIG/VERSION/HASH/FILE.
 * Folders are made, and files linked, but for `downloads`, which may have very many, and is only read.
 */
const datasets = '.cache/huggingface/datasets'

/** What is made and linked one by one there, outermost first: some 50 ms. A folder with more is linked as a whole. */
const MOST_OF_DATASETS = 1000

/** Caches that a program fills as it runs, and gives up or fails where it cannot. A run begins with empty ones. */
const written = [
  '.triton',
  '.nv',
  '.cache/fontconfig',
  '.cache/jax',
  '.cache/matplotlib',
  '.cache/mesa_shader_cache',
  '.cache/numba',
  '.cache/torch_extensions',
  '.config/matplotlib',
]

/** Entries of uv's cache that every call of uv writes: locks and temporary files, and what it found of an interpreter. */
const writtenByUv = /^\.cache\/uv\/(?:\.|(?:interpreter|environments|builds)-)/

/**
 * Fills the home folder of a run with links, so that data and packages in the user's are found by the same path from HOME,
 * read-only. What is there already stays. The folder itself must be there.
 * @param home of the run
 * @param realHome of the user
 */
export async function furnishHome(home: string, realHome: string): Promise<void> {
  const left = new Set(
    [...shared, ...written, datasets].map(name => join(realHome, name)).concat(privatePaths(realHome)),
  )
  for (const folder of ['', ...shared]) {
    const names = await readdir(join(realHome, folder)).catch(() => [])
    if (names.length > 0) await mkdir(join(home, folder), { recursive: true })
    for (const name of names) {
      const target = join(realHome, folder, name)
      const link = join(home, folder, name)
      const isLeft = left.has(target) || writtenByUv.test(join(folder, name))
      if (!isLeft && !(await isThere(link))) await symlink(target, link)
    }
  }
  await furnishDatasets(home, realHome)
}

/** Links the files of data sets one by one. */
async function furnishDatasets(home: string, realHome: string): Promise<void> {
  let count = 0
  const folders = [datasets]
  for (const folder of folders) {
    const entries = await readdir(join(realHome, folder), { withFileTypes: true }).catch(() => [])
    if (entries.length === 0) continue
    const isWhole = count + entries.length > MOST_OF_DATASETS || folder === join(datasets, 'downloads')
    if (!isWhole) {
      count += entries.length
      await mkdir(join(home, folder), { recursive: true })
    }
    const inside = entries.filter(({ name }) => !isWhole && !name.endsWith('.lock'))
    folders.push(...inside.filter(entry => entry.isDirectory()).map(({ name }) => join(folder, name)))
    const files = inside.filter(entry => !entry.isDirectory()).map(({ name }) => join(folder, name))
    const linked = isWhole ? [folder] : files
    await Promise.all(linked.map(path => symlink(join(realHome, path), join(home, path)).catch(unlessThere)))
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(() => null)) !== null
