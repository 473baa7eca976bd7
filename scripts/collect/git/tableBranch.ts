/** The branch that a session was on, and its results table. */
import { Failure } from '../../lib/errors.ts'
import { plural, sanitizeText } from '../../lib/text.ts'
import { type Branch, type Graph, readBranches, readGraph, tableRank } from './commits.ts'
import type { ForeignGit } from './git.ts'
import { type Entry, entryAt, isRegular, isSubmodule, openTrees, type Trees, treeSearch } from './trees.ts'

export interface TableBranch {
  branch: Branch
  why: string
  table: { path: string; bytes: Buffer }
  /** Path of the table in the branch; null if it is not committed. */
  inGit: string | null
  /** Other files of the branch that may be results tables, the likeliest first. */
  others: string[]
  /** Paths of the branch's submodules. */
  submodules: string[]
  graph: Graph
  trees: Trees
}

interface Candidate extends Pick<TableBranch, 'branch' | 'inGit' | 'others' | 'submodules'> {
  /** null: the table is the uncommitted one. */
  blob: string | null
  path: string
}

/** Branches that are searched for a table, newest first. */
const MAX_BRANCHES = 5000
const MAX_TABLE_BYTES = 16 * 2 ** 20

/**
 * The named branch, or the one that contains most commits of its table; the checked-out one, else the newest, on a tie.
 * @param loose an uncommitted table, as karpathy/autoresearch leaves it
 * @throws {Failure} if there is no such branch, or no branch has a table
 */
export async function findTableBranch(
  git: ForeignGit,
  wanted: { branch: string | null; table: string | null },
  loose: { path: string; bytes: Buffer } | null,
): Promise<TableBranch> {
  const all = readBranches(git)
  const branches = wanted.branch === null ? all : named(all, wanted.branch)
  if (branches.length === 0) throw noBranch(all, wanted.branch)
  const graph = await readGraph(
    git,
    all.map(({ tip }) => tip),
  )
  const time = ({ tip }: Branch) => graph.times[graph.index.get(tip) ?? -1] ?? 0
  const [first, ...rest] = branches
  const searched = [...(first ? [first] : []), ...rest.sort((a, b) => time(b) - time(a))].slice(0, MAX_BRANCHES)

  const trees = openTrees(git)
  const find = tableFinder(trees, wanted.table)
  const useLoose = wanted.branch === null ? loose : null
  const lacking: Lacking[] = []
  const candidates: Candidate[] = []
  for (const branch of searched) {
    const tree = graph.trees[graph.index.get(branch.tip) ?? -1]
    if (tree === undefined) {
      lacking.push({ branch, what: 'the last commit' })
      continue
    }
    const { table, others, submodules, missing } = await find(tree)
    const about = { branch, inGit: table?.path ?? null, others, submodules }
    if (useLoose) candidates.push({ ...about, path: useLoose.path, blob: null })
    else if (table && (await git.objects.find(table.sha)) !== null)
      candidates.push({ ...about, path: table.path, blob: table.sha })
    else if (loose) candidates.push({ ...about, path: loose.path, blob: null })
    else if (table || missing) lacking.push({ branch, what: table ? table.path : 'folders' })
  }
  if (candidates.length === 0)
    throw noTable(git, wanted.table, searched, lacking, await submodulesOf(searched, graph, find))

  const counted = await countMatches(git, graph, candidates, loose)
  const most = counted.reduce((a, { matches }) => Math.max(a, matches), 0)
  const best = counted.filter(({ matches }) => matches === most)
  const chosen = best[0]?.candidate as Candidate
  const bytes = chosen.blob === null ? (loose?.bytes ?? null) : await readTable(git, chosen.blob)
  if (bytes === null)
    throw new Failure(
      `The table ${sanitizeText(chosen.path)} of the branch ${sanitizeText(chosen.branch.name)} is damaged, or has more than ${MAX_TABLE_BYTES / 2 ** 20} MB.`,
      'Check the repository with `git fsck`, or name another table or branch: --table PATH, --branch NAME.',
    )
  const { branch, inGit, others, submodules } = chosen
  const why = reason(
    wanted.branch,
    counted.length,
    most,
    best.length,
    all.length > searched.length && wanted.branch === null,
  )
  return { branch, why, table: { path: chosen.path, bytes }, inGit, others, submodules, graph, trees }
}

/** @param ties branches that have as many commits as the chosen one, itself included */
function reason(wanted: string | null, tables: number, most: number, ties: number, isCut: boolean): string {
  const cut = isCut ? ` Only the ${MAX_BRANCHES} newest were searched.` : ''
  if (wanted !== null) return 'The command says so.'
  if (tables === 1) return `It is the only one with a table.${cut}`
  const commits = `${plural(most, 'commit')} of the table`
  return ties === 1
    ? `It has ${commits}, the most of ${tables} branches.${cut}`
    : `It has ${commits}, and so ${ties === 2 ? 'has 1 other' : `have ${ties - 1} others`} of ${tables} branches: --branch NAME reads another.${cut}`
}

const named = (branches: Branch[], name: string): Branch[] => {
  const exact = branches.filter(branch => branch.name === name)
  // "origin/exp" of a clone is found as "exp" too.
  return exact.length > 0
    ? exact
    : branches.filter(branch => branch.name.slice(branch.name.indexOf('/') + 1) === name).slice(0, 1)
}

function noBranch(all: Branch[], name: string | null): Failure {
  const names = all.slice(0, 30).map(branch => sanitizeText(branch.name, 60))
  const more = all.length > names.length ? ` and ${all.length - names.length} more` : ''
  return name === null
    ? new Failure('The repository has no branch.', 'Collect only its results table.')
    : new Failure(`There is no branch ${sanitizeText(name)}.`, `There are: ${names.join(', ') || 'none'}${more}.`)
}

interface Lacking {
  branch: Branch
  /** What the repository lacks of it, e.g. "results.tsv". */
  what: string
}

function noTable(
  { partial }: ForeignGit,
  path: string | null,
  searched: Branch[],
  lacking: Lacking[],
  submodules: string[],
): Failure {
  const name = ({ name }: Branch) => `the branch ${sanitizeText(name)}`
  const [first] = lacking
  if (first) {
    const others = lacking.length > 1 ? `, and of ${plural(lacking.length - 1, 'other')}` : ''
    const lacks = `it lacks ${sanitizeText(first.what)} of ${name(first.branch)}${others}, so no results table could be read`
    return partial
      ? new Failure(
          `The repository is a partial clone: ${lacks}.`,
          'Nothing was fetched. Clone it again without --filter.',
        )
      : new Failure(
          `The repository is damaged: ${lacks}.`,
          'Check it with `git fsck` and clone it again, or collect only its results table.',
        )
  }
  const where = searched.length === 1 && searched[0] ? name(searched[0]) : `${searched.length} branches`
  const shown = submodules.slice(0, 5).map(submodule => sanitizeText(submodule, 60))
  const inside =
    shown.length === 0
      ? ''
      : ` Submodules are not searched: if it is in one (${shown.join(', ')}), collect that folder.`
  return new Failure(
    `No results table was found${path === null ? '' : ` at ${sanitizeText(path)}`} in ${where}.`,
    `Name it with --table PATH. If it is not committed, collect the checkout that has it, or only the table.${inside}`,
  )
}

interface FoundTable {
  table: (Entry & { path: string }) | null
  others: string[]
  submodules: string[]
  missing: boolean
}

/** Finds the table in a commit's tree: `path`, or the file with the likeliest name. */
function tableFinder(trees: Trees, path: string | null): (tree: string) => Promise<FoundTable> {
  const search = treeSearch(trees, entry => isSubmodule(entry) || (isRegular(entry) && tableRank(entry.name) > 0))
  return async tree => {
    const { entries, missing } = await search(tree)
    const submodules = entries.filter(isSubmodule).map(entry => entry.path)
    const tables = entries
      .filter(entry => isRegular(entry) && tableRank(entry.path) > 0)
      .sort((a, b) => tableRank(b.path) - tableRank(a.path))
    if (path === null)
      return { table: tables[0] ?? null, others: tables.slice(1).map(entry => entry.path), submodules, missing }
    const entry = await entryAt(trees, tree, path)
    if (entry === 'missing') return { table: null, others: [], submodules, missing: true }
    return { table: entry && isRegular(entry) ? { ...entry, path } : null, others: [], submodules, missing: false }
  }
}

async function submodulesOf(
  searched: Branch[],
  graph: Graph,
  find: (tree: string) => Promise<FoundTable>,
): Promise<string[]> {
  const found = await Promise.all(
    searched.slice(0, 100).map(({ tip }) => find(graph.trees[graph.index.get(tip) ?? -1] ?? '')),
  )
  return [...new Set(found.flatMap(({ submodules }) => submodules))]
}

async function readTable({ objects }: ForeignGit, blob: string): Promise<Buffer | null> {
  const found = await objects.read(blob, MAX_TABLE_BYTES)
  return found === null || found === 'large' || found.type !== 'blob' ? null : found.bytes
}

/** How many distinct commits that a branch's table names are on the branch. */
async function countMatches(
  git: ForeignGit,
  graph: Graph,
  candidates: Candidate[],
  loose: { bytes: Buffer } | null,
): Promise<{ candidate: Candidate; matches: number }[]> {
  const seen = new Int32Array(graph.shas.length).fill(-1)
  const known = new Map<string | null, number[]>()
  const counted: { candidate: Candidate; matches: number }[] = []
  for (const [i, candidate] of candidates.entries()) {
    const { blob, branch } = candidate
    const bytes = known.has(blob) ? null : blob === null ? loose?.bytes : await readTable(git, blob)
    const commits = known.get(blob) ?? commitsIn(bytes?.toString('latin1') ?? '', graph)
    known.set(blob, commits)
    if (commits.length > 0) markAncestors(graph, graph.index.get(branch.tip), seen, i)
    const own = commits.filter(commit => seen[commit] === i)
    counted.push({ candidate, matches: new Set(own.map(commit => graph.shas[commit]?.slice(0, 7))).size })
  }
  return counted
}

/** Commits whose hash a text names with 7 digits or more. */
function commitsIn(text: string, { byStart }: Graph): number[] {
  const words = new Set((text.match(/\b[0-9a-f]{7,64}\b/g) ?? []).map(word => word.slice(0, 7)))
  return [...words].flatMap(word => byStart.get(word) ?? [])
}

function markAncestors({ parents }: Graph, tip: number | undefined, seen: Int32Array, as: number): void {
  const queue = tip === undefined ? [] : [tip]
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (seen[at] === as) continue
    seen[at] = as
    for (const parent of parents[at] ?? []) if (seen[parent] !== as) queue.push(parent)
  }
}
