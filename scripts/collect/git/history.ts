/** The git history of a table's rows: commits, times and diffs, on the branch that contains most of them. */
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { OrderedRow } from '../table/order.ts'
import {
  type Branch,
  type Commit,
  codeHash,
  findTable,
  lastCommitOf,
  type Patch,
  readBlob,
  readBranches,
  readCommits,
  readPatch,
} from './commits.ts'
import type { ForeignGit } from './git.ts'

export interface TableBranch {
  branch: Branch
  why: string
  table: { path: string; bytes: Buffer }
  /** Path of the table in the branch; null if it is not committed. */
  inGit: string | null
}

export interface History {
  tableBranch: Omit<TableBranch, 'table'>
  /** Commits of the branch, newest first. */
  commits: Commit[]
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
  /** Commits of the branch after its base, oldest first. */
  session: Commit[]
  /** `codeHash` of the session's commits, their parents and the branch's last commit. */
  codeHashes: Map<string, string>
  /** Last commit that changed code before the table was last written; null if unknown. */
  lastCommit: Commit | null
}

/** Commits of a session whose trees are compared. */
const MAX_CODE_HASHES = 2000
/** Branches that are searched for a table, newest first. */
const MAX_BRANCHES = 60

/**
 * The named branch, or the one that contains most commits of its table; the checked-out one on a tie.
 * @param loose an uncommitted table, as karpathy/autoresearch leaves it
 * @throws {Failure} if there is no such branch, or no branch has a table
 */
export async function findTableBranch(
  git: ForeignGit,
  wanted: { branch: string | null; table: string | null },
  loose: { path: string; bytes: Buffer } | null,
): Promise<TableBranch> {
  const all = await readBranches(git)
  const branches = wanted.branch === null ? all : all.filter(({ name }) => name === wanted.branch)
  if (branches.length === 0) {
    const names = all.slice(0, 30).map(({ name }) => sanitizeText(name, 60))
    if (wanted.branch !== null)
      throw new Failure(
        `There is no branch ${sanitizeText(wanted.branch)}.`,
        `There are: ${names.join(', ') || 'none'}.`,
      )
    throw new Failure('The repository has no branch.', 'Collect only its results table.')
  }
  const found: (TableBranch & { matches: number })[] = []
  for (const branch of branches.slice(0, MAX_BRANCHES)) {
    const path = await findTable(git, branch.tip, wanted.table)
    const blob = path && (await readBlob(git, path.blob))
    const own = path && blob ? { path: path.path, bytes: blob } : null
    const table = (wanted.branch === null ? loose : null) ?? own ?? loose
    if (!table) continue
    const matches = countCommits(table.bytes.toString('latin1'), await readCommits(git, [branch.tip]))
    const inGit = own?.path ?? null
    found.push({ branch, table, inGit, matches, why: '' })
  }
  const [best] = found.sort((a, b) => b.matches - a.matches)
  if (!best)
    throw new Failure(
      `No results table was found${wanted.table === null ? '' : ` at ${sanitizeText(wanted.table)}`} in ${branches.length === 1 ? `the branch ${sanitizeText(branches[0]?.name ?? '')}` : `${branches.length} branches`}.`,
      'Name it with --table PATH. If it is not committed, collect the checkout that has it, or only the table.',
    )
  const why =
    wanted.branch !== null
      ? 'The command says so.'
      : found.length === 1
        ? 'It is the only one with a table.'
        : `It has ${best.matches} commits of the table, the most of ${found.length} branches.`
  return { ...best, why }
}

/** Number of distinct hash prefixes in a text that match a commit. */
function countCommits(text: string, commits: Commit[]): number {
  const known = new Set(commits.map(({ sha }) => sha.slice(0, 7)))
  return new Set(
    (text.match(/\b[0-9a-f]{7,64}\b/g) ?? []).map(word => word.slice(0, 7)).filter(word => known.has(word)),
  ).size
}

/** @param rows in order, the baseline first */
export async function readHistory(
  git: ForeignGit,
  { table: _, ...tableBranch }: TableBranch,
  rows: OrderedRow[],
): Promise<History> {
  const commits = await readCommits(git, [tableBranch.branch.tip])
  const everywhere = await readCommits(git, ['--all'])
  const bySha = new Map([...everywhere, ...commits].map(commit => [commit.sha, commit]))
  const byStart = Map.groupBy(bySha.values(), ({ sha }) => sha.slice(0, 7))
  const own = rows.map(({ commit }) => {
    const fits =
      commit === null ? [] : (byStart.get(commit.slice(0, 7)) ?? []).filter(({ sha }) => sha.startsWith(commit))
    return fits.length === 1 ? (fits[0] ?? null) : null
  })
  const base = own[0]?.sha ?? own.find((commit, i) => commit && rows[i]?.as === 'keep')?.parents[0] ?? null
  const session = base === null ? [] : commits.filter(c => c.sha !== base && descends({ bySha }, c, base)).reverse()
  const codeHashes = await readCodeHashes(git, session.slice(-MAX_CODE_HASHES), tableBranch)
  const history: History = {
    tableBranch,
    commits,
    bySha,
    rows: own,
    elsewhere: [],
    base,
    patches: new Map(),
    tooLarge: [],
    session,
    codeHashes,
    lastCommit: await lastCodeCommit(git, session, codeHashes, tableBranch),
  }
  await readPatches(git, history, rows)
  return history
}

async function readCodeHashes(
  git: ForeignGit,
  session: Commit[],
  { branch, inGit }: Omit<TableBranch, 'table'>,
): Promise<Map<string, string>> {
  const all = new Set([branch.tip, ...session.flatMap(({ sha, parents }) => [sha, ...parents])])
  const codeHashes = new Map<string, string>()
  for (const sha of all) codeHashes.set(sha, await codeHash(git, sha, inGit))
  return codeHashes
}

async function lastCodeCommit(
  git: ForeignGit,
  session: Commit[],
  codeHashes: Map<string, string>,
  { branch, inGit }: Omit<TableBranch, 'table'>,
): Promise<Commit | null> {
  const written = inGit === null ? null : await lastCommitOf(git, branch.tip, inGit)
  const upTo = session.slice(0, session.findIndex(({ sha }) => sha === written) + 1)
  return upTo.findLast(({ sha, parents }) => codeHashes.get(sha) !== codeHashes.get(parents[0] ?? '')) ?? null
}

/**
 * Patches of kept changes are against the previous keep if they descend from it; all others are against their parents.
 */
async function readPatches(git: ForeignGit, history: History, rows: OrderedRow[]): Promise<void> {
  let kept = history.base
  for (const [i, row] of rows.entries()) {
    const commit = history.rows[i]
    if (!commit || i === 0) continue
    const from =
      kept !== null && kept !== commit.sha && descends(history, commit, kept) ? kept : (commit.parents[0] ?? null)
    if (row.as === 'keep') kept = commit.sha
    if (from === null) continue
    const patch = await readPatch(
      git,
      row.as === 'keep' ? from : (commit.parents[0] ?? from),
      commit.sha,
      history.tableBranch.inGit,
    )
    if (patch === null) history.tooLarge.push(i)
    else if (patch.text !== '') history.patches.set(i, patch)
  }
}

/** Whether a commit descends from another, searching at most `limit` commits. */
export function descends({ bySha }: Pick<History, 'bySha'>, from: Commit, ancestor: string, limit = 5000): boolean {
  const seen = new Set<string>()
  const queue = [from.sha]
  while (queue.length > 0 && seen.size < limit) {
    const sha = queue.shift() as string
    if (sha === ancestor) return true
    if (seen.has(sha)) continue
    seen.add(sha)
    queue.push(...(bySha.get(sha)?.parents ?? []))
  }
  return false
}
