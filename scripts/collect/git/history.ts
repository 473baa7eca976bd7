/** The git history of a table's rows: commits, times and diffs. */
import { Failure } from '../../lib/errors.ts'
import type { Note } from '../source.ts'
import type { OrderedRow } from '../table/order.ts'
import { editedPaths, readCodeHashes } from './code.ts'
import { type Branch, type Commit, lastCommitOf, readCommits } from './commits.ts'
import type { ForeignGit } from './git.ts'
import { incompleteNotes } from './incomplete.ts'
import { type Pair, type Patch, readPatches } from './patches.ts'
import type { TableBranch } from './tableBranch.ts'

export interface History {
  tableBranch: { branch: Branch; why: string; inGit: string | null }
  /** Commits of the branch, newest first. */
  commits: Commit[]
  /** Commits of the branch, and those that the rows' other commits are made of. */
  bySha: Map<string, Commit>
  /** Commit of each row, in row order; null if the repository has no commit for it. */
  rows: (Commit | null)[]
  /** Commits of rows that belong to other sessions of the same table. */
  elsewhere: Commit[]
  /** Commit that the first kept change was made on; null if unknown. */
  base: string | null
  /** Patches by row, as far as available. */
  patches: Map<number, Patch>
  /** Rows whose patch is too large. */
  tooLarge: number[]
  /** Commits of the branch after its base, or after the first one known of the session, oldest first. */
  session: Commit[]
  /** A hash of the edited files by commit: of the session's, their parents, the rows' and the branch's last commit. */
  codeHashes: Map<string, string>
  /** Last commit that changed code before the table was last written; null if unknown. */
  lastCommit: Commit | null
  /** Commits of the session that a later one reverts, by its message. */
  reverted: Set<string>
  /** What the repository does not contain, and what that means. */
  notes: Note[]
}

/** Commits of a session whose code is compared. */
const MAX_CODE_HASHES = 10_000

/** @param rows in order, the baseline first @throws {Failure} if git cannot read the history */
export async function readHistory(git: ForeignGit, found: TableBranch, rows: OrderedRow[]): Promise<History> {
  const { branch, why, inGit, trees } = found
  const commits = await readCommits(git, [branch.tip])
  const onBranch = new Set(commits.map(({ sha }) => sha))
  const named = await Promise.all(rows.map(({ commit }) => commit && shaOf(git, commit, found, onBranch)))
  const bySha = new Map(commits.map(commit => [commit.sha, commit]))
  for (const commit of await readElsewhere(
    git,
    found,
    named.filter(sha => sha !== null),
  ))
    bySha.set(commit.sha, commit)
  const own = named.map(sha => (sha === null ? null : (bySha.get(sha) ?? null)))
  const isKept = (i: number) => i > 0 && rows[i]?.as === 'keep'
  const before = (i: number) => own[i]?.parents[0] ?? null
  const base = own[0]?.sha ?? before(rows.findIndex((_, i) => isKept(i)))
  const isOn = (sha: string | null | undefined) => sha != null && onBranch.has(sha)
  // Where the first kept change is not known, the commits after the one before a later one are still the session's.
  const start = isOn(base) ? base : before(own.findIndex((commit, i) => isKept(i) && isOn(commit?.sha)))
  const session = start === null ? [] : descendants(commits.toReversed(), start)

  const ofRows = own.filter(commit => commit !== null)
  const edited = await editedPaths(
    git,
    trees,
    {
      declaredIn: [branch.tip, ...(start === null ? [] : [start])],
      rows: ofRows.filter(({ sha }) => sha !== own[0]?.sha),
      session,
      start: bySha.get(start ?? '') ?? null,
    },
    bySha,
    inGit,
  )
  const compared = session.slice(-MAX_CODE_HASHES)
  const ends = [branch.tip, start ?? '', ...[...compared, ...ofRows].flatMap(({ parents }) => parents)].flatMap(
    sha => bySha.get(sha) ?? [],
  )
  const codeHashes = await readCodeHashes(trees, [...new Set([...ends, ...compared, ...ofRows])], edited)

  const history: History = {
    tableBranch: { branch, why, inGit },
    commits,
    bySha,
    rows: own,
    elsewhere: [],
    base,
    patches: new Map(),
    tooLarge: [],
    session,
    codeHashes,
    lastCommit: await lastCodeCommit(git, session, codeHashes, found),
    reverted: await readReverted(git, branch.tip, start),
    notes: [],
  }
  const { missing, submodules } = await readRowPatches(git, found, history, rows)
  history.notes.push(...incompleteNotes(git, found, { commits, rows, own, missing, submodules }))
  return history
}

/**
 * The one commit that a row's hash begins: of the branch, else of another, else any that the repository still holds, as
 * those that a session made and reset. Among some 20,000 commits two begin with the same seven digits.
 */
async function shaOf(
  { objects }: ForeignGit,
  hash: string,
  { graph }: TableBranch,
  onBranch: Set<string>,
): Promise<string | null> {
  const fits = (graph.byStart.get(hash.slice(0, 7)) ?? [])
    .flatMap(i => graph.shas[i] ?? [])
    .filter(sha => sha.startsWith(hash))
  const own = fits.filter(sha => onBranch.has(sha))
  const [sha, ...others] = own.length > 0 ? own : fits
  if (sha !== undefined) return others.length === 0 ? sha : null
  const found = await objects.find(`${hash}^{commit}`)
  return found?.type === 'commit' ? found.sha : null
}

/** The rows' commits that are not on the branch, with what they are made of. */
async function readElsewhere(git: ForeignGit, { branch, graph }: TableBranch, named: string[]): Promise<Commit[]> {
  const ofBranches = named.filter(sha => graph.index.has(sha))
  const rest = named.filter(sha => !graph.index.has(sha))
  // Git may have deleted some of what a commit outside all branches is made of; then none of those is read.
  const outside = await readCommits(git, rest, [branch.tip]).catch((error: unknown) => {
    if (error instanceof Failure) return []
    throw error
  })
  return [...(await readCommits(git, ofBranches, [branch.tip])), ...outside]
}

/** @param commits parents before children */
function descendants(commits: Commit[], start: string): Commit[] {
  const known = new Set([start])
  return commits.filter(({ sha, parents }) => {
    if (sha === start || !parents.some(parent => known.has(parent))) return false
    known.add(sha)
    return true
  })
}

async function lastCodeCommit(
  git: ForeignGit,
  session: Commit[],
  codeHashes: Map<string, string>,
  { branch, inGit }: TableBranch,
): Promise<Commit | null> {
  const written = inGit === null ? null : await lastCommitOf(git, branch.tip, inGit)
  const upTo = session.slice(0, session.findIndex(({ sha }) => sha === written) + 1)
  return upTo.findLast(({ sha, parents }) => codeHashes.get(sha) !== codeHashes.get(parents[0] ?? '')) ?? null
}

/** Commits of which a later one says "This reverts commit …", as `git revert` writes it. */
async function readReverted(git: ForeignGit, tip: string, start: string | null): Promise<Set<string>> {
  if (start === null) return new Set()
  const found = await git.run([
    'log',
    '--max-count=10000',
    '--grep=^This reverts commit',
    '--format=%b',
    tip,
    `^${start}`,
  ])
  const text = 'bytes' in found ? found.bytes.toString('latin1') : ''
  return new Set([...text.matchAll(/^This reverts commit ([0-9a-f]{40,64})/gm)].map(([, sha = '']) => sha))
}

/**
 * Reads the patches of the rows: of kept changes against the previous keep if it is known and they descend from it, of
 * all others against their parents.
 */
async function readRowPatches(
  git: ForeignGit,
  { trees, inGit }: TableBranch,
  history: History,
  rows: OrderedRow[],
): Promise<{ missing: number[]; submodules: Map<number, string[]> }> {
  const pairs = new Map<number, Pair>()
  let kept = history.base
  for (const [i, row] of rows.entries()) {
    const commit = history.rows[i]
    // The change of a kept row without a commit must not be taken for the next one's.
    if (!commit && i > 0 && row.as === 'keep') kept = null
    if (!commit || i === 0) continue
    const parent = commit.parents[0] ?? null
    const after =
      row.as === 'keep' && kept !== null && kept !== commit.sha && descends(history, commit, kept) ? kept : parent
    if (row.as === 'keep') kept = commit.sha
    const from = history.bySha.get(after ?? '')
    if (from) pairs.set(i, { from, to: commit })
  }
  const patches = await readPatches(git, trees, [...pairs.values()], inGit)
  const missing: number[] = []
  const submodules = new Map<number, string[]>()
  for (const [at, i] of [...pairs.keys()].entries()) {
    const patch = patches[at]
    if (patch === 'large') history.tooLarge.push(i)
    else if (patch === undefined || patch === 'missing') missing.push(i)
    else {
      if (patch.submodules.length > 0) submodules.set(i, patch.submodules)
      if (patch.text !== '') history.patches.set(i, patch)
    }
  }
  return { missing, submodules }
}

/** Whether a commit descends from another, searching at most `limit` commits. */
export function descends({ bySha }: Pick<History, 'bySha'>, from: Commit, ancestor: string, limit = 5000): boolean {
  const seen = new Set<string>()
  const queue = [from.sha]
  for (let at = 0; at < queue.length && seen.size < limit; at++) {
    const sha = queue[at] as string
    if (sha === ancestor) return true
    if (seen.has(sha)) continue
    seen.add(sha)
    queue.push(...(bySha.get(sha)?.parents ?? []))
  }
  return false
}
