/** What git knows of a table's rows: their commits, times and diffs, on the branch that has most of them. */
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
  /** Path of the table in the branch; null when it is not in git. */
  inGit: string | null
}

export interface History {
  tableBranch: Omit<TableBranch, 'table'>
  /** Of the branch, the newest first. */
  commits: Commit[]
  bySha: Map<string, Commit>
  /** Each row's commit; null where it has none of its own in the repository. In the order of the rows. */
  rows: (Commit | null)[]
  /** What the first kept change was made to; null when that is not known. */
  base: string | null
  /** By row. Only what could be had. */
  patches: Map<number, Patch>
  /** Rows whose patch is too large. */
  tooLarge: number[]
  /** The session's commits, the oldest first: those of the branch that came after its base. */
  session: Commit[]
  /** What a commit's tree is but for the table, for the session's commits, their parents and the tip. */
  codeHashes: Map<string, string>
  /** The session's last commit that changed code, before the table was written for the last time; null when not known. */
  lastCommit: Commit | null
}

/** Commits of one session whose trees are compared. */
const MAX_CODE_HASHES = 2000
/** Branches looked at for a table; the newest come first. */
const MAX_BRANCHES = 60

/**
 * The branch with most commits of its table, or of the given one; the checked-out one where two have as many.
 * @param loose a table that lies beside git, as karpathy/autoresearch leaves it
 * @throws {Failure} when there is no such branch, or no table in any
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
    throw new Failure('The repository has no branch.', 'Collect its results table alone.')
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
      'Name it with --table PATH; where it is not under git, collect the checkout that has it, or the table alone.',
    )
  const why =
    wanted.branch !== null
      ? 'The command says so.'
      : found.length === 1
        ? 'It is the only one with a table.'
        : `It has ${best.matches} commits of the table, the most of ${found.length} branches.`
  return { ...best, why }
}

/** Words of a text that are the beginning of a commit's hash. */
function countCommits(text: string, commits: Commit[]): number {
  const known = new Set(commits.map(({ sha }) => sha.slice(0, 7)))
  return new Set(
    (text.match(/\b[0-9a-f]{7,64}\b/g) ?? []).map(word => word.slice(0, 7)).filter(word => known.has(word)),
  ).size
}

/** @param rows in their order, the baseline first */
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

/** A kept change against the one that was kept before it, where that is where it came from; all others against their parents. */
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

/** Whether a commit comes from another one, within the commits that a session could lie between. */
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
