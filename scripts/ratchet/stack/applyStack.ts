/**
 * Applies another session's changes to a commit, in an index of its own: neither a checkout nor a ref is touched. Each patch
 * is merged three-way; the blobs for it are made from the records, because the other session may be of another repository.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { list } from '../../analysis/numbers.ts'
import { constantsIn, movesIn, withConstant } from '../../analysis/source/constants.ts'
import { Failure } from '../../lib/errors.ts'
import { GitFailure, saidBy } from '../../lib/git/failure.ts'
import { changes, type Git, gitIn, gitWithInput, patchBetween, type Repository } from '../../lib/git/git.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { Experiment } from '../../record/schema.ts'
import { guard, MAX_PATCH_BYTES } from '../propose/guard.ts'
import { findNewKey } from '../propose/newKey.ts'
import type { Stack, TakenChange } from './stackOf.ts'

/** The target that the changes are put on. */
export interface Target {
  /** Path of program.md in the repository, with forward slashes: patches are of paths beside the other's. */
  program: string
  /** All that a change may touch, as paths in the repository. */
  edit: readonly string[]
}

/** A change that was applied: the tree with it, and all those that came before it. */
export interface Applied {
  experiment: Experiment
  tree: string
}

/** `why` is a clause, e.g. "does not apply to train.py". */
export interface NotApplied {
  experiment: Experiment
  why: string
}

export interface AppliedStack {
  /** The base's own tree where nothing applies. */
  tree: string
  /** In the order in which they were kept there. */
  applied: Experiment[]
  failed: NotApplied[]
  /** Whether these together are exactly the other session's final. */
  isFinal: boolean
}

/**
 * The whole stack: the final as one patch where that applies; else change by change, without those that do not apply.
 * @param base commit
 */
export const applyStack = (repository: Repository, base: string, stack: Stack, target: Target): Promise<AppliedStack> =>
  withIndexes(repository, stack, target, async place => {
    const own = await repository.git.raw('rev-parse', `${base}^{tree}`)
    const { finalPatch, ready } = await readyChanges(place, stack)
    const experiments = ready.map(({ experiment }) => experiment)
    const whole = finalPatch === null ? null : await applyPatch(place, base, own, finalPatch)
    if (whole?.kind === 'applied') return { tree: whole.tree, applied: experiments, failed: [], isFinal: true }
    const applied: Experiment[] = []
    const failed: NotApplied[] = []
    let tree = own
    for (const change of ready) {
      const result = await applyReady(place, base, tree, change)
      if (result.kind === 'applied') {
        tree = result.tree
        applied.push(change.experiment)
      } else failed.push({ experiment: change.experiment, why: result.why })
    }
    // Without the pruned head's own patch its changes may differ in what prune left of the lines around them.
    return { tree, applied, failed, isFinal: failed.length === 0 && stack.finalPatch === null }
  })

/** Each change by itself on the base. */
export const applyEach = (
  repository: Repository,
  base: string,
  stack: Stack,
  target: Target,
): Promise<(Applied | NotApplied)[]> =>
  withIndexes(repository, stack, target, async place => {
    const own = await repository.git.raw('rev-parse', `${base}^{tree}`)
    const { ready } = await readyChanges(place, stack)
    const found: (Applied | NotApplied)[] = []
    for (const change of ready) {
      const result = await applyReady(place, base, own, change)
      const { experiment } = change
      found.push(result.kind === 'applied' ? { experiment, tree: result.tree } : { experiment, why: result.why })
    }
    return found
  })

interface Index {
  git: Git
  variables: { GIT_INDEX_FILE: string }
}

interface Place {
  repository: Repository
  target: Target
  /** Holds the other session's editable files alone. */
  theirs: Index
  /** Holds the target. */
  ours: Index
  /** Folders of the other's program.md and of ours, in their repositories. */
  folders: readonly [theirs: string, ours: string]
  /** How `git apply` turns the other's paths into ours. */
  paths: string[]
}

async function withIndexes<T>(
  repository: Repository,
  { session }: Stack,
  target: Target,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-stack-'))
  const index = (name: string): Index => {
    const variables = { GIT_INDEX_FILE: join(folder, name) }
    return { git: gitIn(repository.root, true, undefined, variables), variables }
  }
  const folders = [posix.dirname(session.program ?? target.program), posix.dirname(target.program)] as const
  try {
    return await work({
      repository,
      target,
      theirs: index('theirs'),
      ours: index('ours'),
      folders,
      paths: movedPaths(...folders),
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Both sessions name their files relative to program.md, which may lie in another folder here. Exported for tests. */
export function movedPaths(from: string, to: string): string[] {
  if (from === to) return []
  const depth = from === '.' ? 0 : from.split('/').length
  return [`-p${depth + 1}`, ...(to === '.' ? [] : [`--directory=${to}`])]
}

/** A change whose blobs are in the repository. `problem`: why its patch is not what was run there; null where nothing tells. */
interface ReadyChange extends TakenChange {
  problem: string | null
}

/**
 * Writes the blobs that three-way merges of these patches need, by applying them to the other's own files.
 * @returns also the final as one patch, where it can be made of the records
 */
async function readyChanges(
  place: Place,
  { changes, source, inherited, finalPatch }: Stack,
): Promise<{ ready: ReadyChange[]; finalPatch: string | null }> {
  const { repository, theirs } = place
  await theirs.git.raw('read-tree', '--empty')
  for (const [path, text] of source) {
    const blob = (await gitWithInput(repository.root, ['hash-object', '-w', '--stdin'], text)).trim()
    const adding = theirs.git.raw('update-index', '--add', '--cacheinfo', `100644,${blob},${path}`)
    await adding.catch((error: unknown) => {
      // A name that git refuses: then the patches alone decide whether they apply.
      if (!(error instanceof GitFailure)) throw error
    })
  }
  const recorded = await theirs.git.raw('write-tree')
  // Its records have the files with what it inherited: that is a change too.
  const isTakenOut = inherited !== null && (await apply(repository, theirs, inherited, ['-R'])) === null
  const start = isTakenOut ? await theirs.git.raw('write-tree') : recorded
  const final = finalPatch === null ? null : await applyTheirs(place, recorded, finalPatch)
  const ready: ReadyChange[] = []
  let tree: string | null = start
  for (const change of changes) {
    const { after, problem }: Theirs = await applyTheirs(place, tree ?? start, change.patch)
    ready.push({ ...change, problem })
    tree = tree === null || problem !== null ? null : after
  }
  if (final !== null) return { ready, finalPatch: await wholeFinal(final) }
  return {
    ready,
    finalPatch: tree === null || tree === start ? null : await patchBetween(repository.root, start, tree),
  }

  async function wholeFinal({ after, problem }: Theirs): Promise<string | null> {
    if (problem !== null) return null
    if (inherited === null) return finalPatch
    return after === null || !isTakenOut ? null : patchBetween(repository.root, start, after)
  }
}

interface Theirs {
  /** null: the patch does not apply to the other's recorded files, so that what it made of them is not known. */
  after: string | null
  /** Why the patch is not what was run there; null where nothing tells. */
  problem: string | null
}

async function applyTheirs({ repository, theirs }: Place, before: string, patch: string): Promise<Theirs> {
  await theirs.git.raw('read-tree', before)
  if ((await apply(repository, theirs, patch, [])) !== null) return { after: null, problem: null }
  const after = await theirs.git.raw('write-tree')
  const [was, now] = [await blobsOf(repository.git, before), await blobsOf(repository.git, after)]
  const altered = blobsIn(patch).some(
    ({ path, from, to }) => was.get(path)?.startsWith(from) && !now.get(path)?.startsWith(to),
  )
  return {
    after,
    problem: altered ? 'is not recorded as it was run: a key or a path was taken out of its patch' : null,
  }
}

async function blobsOf(git: Git, tree: string): Promise<Map<string, string>> {
  // e.g. "100644 blob <sha>\ttrain.py\0"
  const lines = (await git.raw('ls-tree', '-r', '-z', tree)).split('\0').filter(line => line !== '')
  return new Map(lines.map(line => [line.slice(line.indexOf('\t') + 1), line.split(/[ \t]/)[2] ?? '']))
}

/** The blobs that git wrote into a patch: "index <from>..<to>", before the "+++" line that names the file. */
const blobsIn = (patch: string): { path: string; from: string; to: string }[] =>
  [...patch.matchAll(/^index ([0-9a-f]{7,64})\.\.([0-9a-f]{7,64}).*\n--- .*\n\+\+\+ b\/(.+)$/gm)].map(
    ([, from = '', to = '', path = '']) => ({ path, from, to }),
  )

type Result = { kind: 'applied'; tree: string } | { kind: 'failed'; why: string }

const applyReady = async (place: Place, base: string, tree: string, change: ReadyChange): Promise<Result> =>
  change.problem === null ? applyPatch(place, base, tree, change.patch) : { kind: 'failed', why: change.problem }

/** @param tree that it is applied to, of `base` and what was applied before */
async function applyPatch(place: Place, base: string, tree: string, patch: string): Promise<Result> {
  const { repository, ours, target, paths } = place
  await ours.git.raw('read-tree', tree)
  const said = await apply(repository, ours, patch, paths)
  if (said !== null) {
    const why = await whyFailed(ours, said)
    if (!(await setConstants(place, tree, patch))) return { kind: 'failed', why }
  }
  const after = await ours.git.raw('write-tree')
  if (after === tree) return { kind: 'failed', why: 'changes nothing here: the lines are as it makes them' }
  const [{ changed }, own] = await Promise.all([
    changes(repository.git, base, after),
    patchBetween(repository.root, base, after, MAX_PATCH_BYTES),
  ])
  const key = own === null ? null : await findNewKey(repository.git, base, after, changed, own)
  const refused = guard({ changes: changed, tree: after, patch: own, key, edit: [...target.edit], tried: new Map() })
  return refused === null ? { kind: 'applied', tree: after } : { kind: 'failed', why: `may not run: ${refused.why}` }
}

async function whyFailed(ours: Index, said: string): Promise<string> {
  // e.g. "100644 <sha> 2\ttrain.py\0"
  const unmerged = (await ours.git.raw('ls-files', '--unmerged', '-z')).split('\0').filter(line => line !== '')
  const files = [...new Set(unmerged.map(line => sanitizeText(line.slice(line.indexOf('\t') + 1))))]
  return files.length > 0 ? `does not apply to ${list(files)}` : `does not apply: ${said}`
}

/**
 * A patch that only gives constants other values is the same change wherever these constants have the values that it starts
 * from: git takes two constants on neighbouring lines for a conflict.
 * @returns whether it is one, and is in the index
 */
async function setConstants(place: Place, tree: string, patch: string): Promise<boolean> {
  const { repository, ours, target } = place
  const moves = movesIn(patch)
  const lines = patch.split('\n').filter(line => /^[-+](?!-- |\+\+ )/.test(line))
  if (moves.length === 0 || lines.length !== 2 * moves.length) return false
  await ours.git.raw('read-tree', '--reset', tree)
  const git = gitIn(repository.root, false)
  for (const { file, name, from, to } of moves) {
    const path = movedPath(place, file)
    if (path === null || !target.edit.includes(path)) return false
    const [entry = ''] = (await ours.git.raw('ls-files', '--stage', '--', path)).split('\n')
    const [, mode, blob] = /^(100(?:644|755)) (\w+) 0\t/.exec(entry) ?? []
    if (mode === undefined || blob === undefined) return false
    const text = await git.raw('cat-file', 'blob', blob)
    const now = constantsIn(text).find(constant => constant.name === name)
    if (now?.raw !== from.raw || from.note !== to.note) return false
    const changed = withConstant(text, name, to.raw)
    const written = (await gitWithInput(repository.root, ['hash-object', '-w', '--stdin'], changed)).trim()
    await ours.git.raw('update-index', '--cacheinfo', `${mode},${written},${path}`)
  }
  return true
}

/** Our path of a file of the other's; null where it does not lie beside its program.md. */
function movedPath({ folders: [from, to] }: Place, file: string): string | null {
  const inside = posix.relative(from, file)
  return inside.startsWith('..') ? null : posix.join(to, inside)
}

/** Applies a patch to an index, three-way. @returns git's reason why it does not apply; null when it does */
async function apply(
  { root }: Repository,
  { variables }: Index,
  patch: string,
  paths: string[],
): Promise<string | null> {
  try {
    await gitWithInput(root, ['apply', '--cached', '--3way', '--whitespace=nowarn', ...paths, '-'], patch, variables)
    return null
  } catch (error) {
    const said = saidBy(error)
    if (/options? '--3way'.*'--cached'|--cached.*--3way.*together/.test(said))
      throw new Failure('This git cannot apply a patch three-way without a checkout.', 'It needs git 2.32 or newer.', {
        cause: error,
      })
    const reasons = said.split('\n').flatMap(line => /^(?:error|fatal): (.+)/.exec(line)?.[1] ?? [])
    // Without the blob that it was made on, git falls back to the patch alone, and says that first.
    const last = reasons.findLast(reason => reason.endsWith('patch does not apply'))
    if (last !== undefined) return sanitizeText(`the lines that it changes in ${last.replace(/: [^:]+$/, '')} differ`)
    return sanitizeText(reasons[0] ?? said)
  }
}
