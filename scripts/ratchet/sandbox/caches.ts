/**
 * The compile caches of a session's runs. A run in a sandbox cannot write to the user's, so the session has its own, which
 * begin as a copy: its first run finds what it would have found. Nothing of a run goes back.
 */

import { constants, existsSync } from 'node:fs'
import { cp, lstat, mkdir, readdir, rename, stat } from 'node:fs/promises'
import { homedir, tmpdir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { freePath } from '../../lib/files/remove.ts'
import { cacheRoot } from '../train/evaluate/hidden.ts'

type Variables = Record<string, string>

/** A cache that a library finds by a variable. */
interface Cache {
  variable: string
  /** Folder in the session's. */
  folder: string
  /** Where the user's is, if the variable is not set; null: nowhere that is worth a copy. */
  usual: (home: string) => string | null
  /** Whether it is on only where the user sets the variable. */
  onDemand?: boolean
  /** What of the variable's folder is copied; by default all. */
  part?: string
}

const caches: Cache[] = [
  {
    variable: 'TORCHINDUCTOR_CACHE_DIR',
    folder: 'inductor',
    usual: () => join(tmpdir(), `torchinductor_${userName()}`),
  },
  { variable: 'TRITON_HOME', folder: 'home', part: '.triton/cache', usual: home => home },
  { variable: 'TRITON_CACHE_DIR', folder: 'triton', usual: () => null, onDemand: true },
  { variable: 'TORCH_EXTENSIONS_DIR', folder: 'extensions', usual: home => join(home, '.cache/torch_extensions') },
  { variable: 'CUDA_CACHE_PATH', folder: 'cuda', usual: home => join(home, '.nv/ComputeCache') },
  { variable: 'NUMBA_CACHE_DIR', folder: 'numba', usual: () => null },
  { variable: 'JAX_COMPILATION_CACHE_DIR', folder: 'jax', usual: () => null, onDemand: true },
  { variable: 'MPLCONFIGDIR', folder: 'matplotlib', usual: home => join(home, '.cache/matplotlib') },
]

/** The trainer's, by NIGHTSHIFT_COMPILED; it leaves torch's alone where TORCHINDUCTOR_CACHE_DIR is set. */
const ofTrainer = 'trainer'

/** What is copied at most; more is left, and compiled again by the first run that needs it. */
const most = { bytes: 2 * 2 ** 30, files: 100_000 }

/** All caches of a session. @param work `.nightshift/<id>` */
export const cachesFolder = (work: string): string => join(work, 'compiled')

/**
 * Caches of a run. Libraries execute what lies there, so the baseline's runs, with which others are compared, find nothing
 * that a candidate's run has left.
 */
export const cachesOfRun = (work: string, isBaseline: boolean): string =>
  join(cachesFolder(work), isBaseline ? 'baseline' : 'candidates')

/** @param isOwn whether the target is Nightshift's own trainer, which keeps torch's kernels with its own */
const cachesOf = (env: Variables, isOwn: boolean): Cache[] =>
  caches.filter(({ variable, onDemand }) => {
    if (env[variable]) return true
    return !(onDemand ?? false) && !(isOwn && variable === 'TORCHINDUCTOR_CACHE_DIR')
  })

/**
 * Variables by which a run finds its caches in a folder, and the trainer's data in the user's.
 * @param cache the trainer's folder in the user's home
 */
export const cacheVariables = (root: string, env: Variables, isOwn: boolean, cache = cacheRoot(env)): Variables => ({
  ...compileVariables(root, env, isOwn),
  NIGHTSHIFT_CACHE: cache,
})

/** Those whose folders lie in `root`. */
export const compileVariables = (root: string, env: Variables, isOwn: boolean): Variables => ({
  ...Object.fromEntries(cachesOf(env, isOwn).map(({ variable, folder }) => [variable, join(root, folder)])),
  NIGHTSHIFT_COMPILED: join(root, ofTrainer),
})

/**
 * Makes the caches of a run where they are not there yet: of the baseline's as a copy of the user's, of others as a copy of the
 * baseline's, which has compiled most of what they need. What cannot be read is not copied.
 *
 * @param root of `cachesOfRun`
 */
export async function makeCaches(work: string, root: string, env: Variables, isOwn: boolean): Promise<void> {
  if (existsSync(root)) return
  const partial = `${root}.partial`
  await freePath(partial)
  await mkdir(partial, { recursive: true })
  const left = { ...most }
  const baseline = cachesOfRun(work, true)
  if (root !== baseline && existsSync(baseline)) await copyWithin(baseline, partial, left)
  else for (const { from, to } of copies(env, isOwn)) await copyWithin(from, join(partial, to), left)
  for (const { folder } of cachesOf(env, isOwn)) await mkdir(join(partial, folder), { recursive: true })
  await mkdir(join(partial, ofTrainer), { recursive: true })
  await rename(partial, root)
}

/** The user's folders, those that matter most first. */
function copies(env: Variables, isOwn: boolean): { from: string; to: string }[] {
  const home = env.HOME ?? homedir()
  const trainers = ['compiled', 'choices'].map(name => ({
    from: join(cacheRoot(env), name),
    to: join(ofTrainer, name),
  }))
  const others = cachesOf(env, isOwn).flatMap(({ variable, folder, part = '', usual }) => {
    const from = env[variable] || usual(home)
    return from === null || !isAbsolute(from) ? [] : [{ from: join(from, part), to: join(folder, part) }]
  })
  return [...(isOwn ? trainers : []), ...others]
}

/** Copies a folder if it is there and no larger than what is left, which is then less. */
async function copyWithin(from: string, to: string, left: typeof most): Promise<void> {
  const size = await sizeOf(from, left)
  if (size === null) return
  // What another process removes meanwhile is compiled again.
  await cp(from, to, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    preserveTimestamps: true,
    filter: async path => isCopied(await lstat(path).catch(() => null)),
  }).catch(() => freePath(to))
  left.bytes -= size.bytes
  left.files -= size.files
}

const isCopied = (found: { isFile(): boolean; isDirectory(): boolean } | null): boolean =>
  found !== null && (found.isFile() || found.isDirectory())

/** null where there is no folder, or it holds more than the limit. */
async function sizeOf(folder: string, limit: typeof most): Promise<typeof most | null> {
  const total = { bytes: 0, files: 0 }
  if (!(await stat(folder).catch(() => null))?.isDirectory()) return null
  for (const folders = [folder]; folders.length > 0; ) {
    const at = folders.pop() as string
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory()) folders.push(join(at, entry.name))
      if (!entry.isFile()) continue
      total.bytes += (await lstat(join(at, entry.name)).catch(() => null))?.size ?? 0
      if (++total.files > limit.files || total.bytes > limit.bytes) return null
    }
  }
  return total
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown' // A container may run as a user without a name.
  }
}
