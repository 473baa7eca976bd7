/** Reads commits, branches, the results table and diffs of a foreign repository. */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import parseDiff from 'parse-diff'
import { sanitizeText } from '../../lib/text.ts'
import type { ForeignGit } from './git.ts'

export interface Commit {
  sha: string
  tree: string
  parents: string[]
  /** Author time, ISO 8601 in UTC; null if git has no valid time. */
  at: string | null
  subject: string
}

export interface Branch {
  name: string
  tip: string
}

/** Newest commits that are read; a session has thousands at most. */
const MAX_COMMITS = 50_000

/** Branches: the checked-out one first, then by the time of their last commit. */
export async function readBranches(git: ForeignGit): Promise<Branch[]> {
  const format = '%(HEAD)%00%(objectname)%00%(refname)'
  const text = await output(git, ['for-each-ref', '--sort=-committerdate', `--format=${format}`, 'refs/heads'])
  const found = text.split('\n').flatMap(line => {
    const [head, tip = '', ref = ''] = line.split('\0')
    return ref === '' ? [] : [{ head: head === '*', name: ref.replace(/^refs\/heads\//, ''), tip }]
  })
  return [...found.filter(b => b.head), ...found.filter(b => !b.head)].map(({ name, tip }) => ({ name, tip }))
}

/** Commits reachable from these, newest first. */
export async function readCommits(git: ForeignGit, from: string[]): Promise<Commit[]> {
  const format = '%H%x00%T%x00%P%x00%at%x00%s'
  const text = await output(git, [
    'log',
    '--topo-order',
    `--max-count=${MAX_COMMITS}`,
    `--format=${format}`,
    '--no-show-signature',
    ...from,
    '--',
  ])
  return text.split('\n').flatMap(line => {
    const [sha = '', tree = '', parents = '', at = '', ...subject] = line.split('\0')
    if (!/^[0-9a-f]{40,64}$/.test(sha)) return []
    return [
      {
        sha,
        tree,
        parents: parents.split(' ').filter(Boolean),
        at: time(at),
        subject: sanitizeText(subject.join(' '), 300),
      },
    ]
  })
}

function time(seconds: string): string | null {
  const date = new Date(Number(seconds) * 1000)
  const year = date.getUTCFullYear()
  return seconds !== '' && year >= 1980 && year <= 9998 ? date.toISOString().replace('.000Z', 'Z') : null
}

/** Path of the results table in a commit: results.tsv, or the most similar name; null without one. */
export async function findTable(
  git: ForeignGit,
  commit: string,
  given: string | null,
): Promise<{ path: string; blob: string } | null> {
  const text = await output(git, ['ls-tree', '-r', '-z', '--full-tree', commit])
  const files = text.split('\0').flatMap(entry => {
    // e.g. "100644 blob <sha>\tresults.tsv"; links and submodules are skipped.
    const [, blob = '', path = ''] = /^100(?:644|755) blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? []
    return path === '' ? [] : [{ path, blob }]
  })
  if (given !== null) return files.find(({ path }) => path === given) ?? null
  return (
    files.filter(({ path }) => tableRank(path) > 0).sort((a, b) => tableRank(b.path) - tableRank(a.path))[0] ?? null
  )
}

/** How likely a path is a results table; 0: it is not one. JSON lines rank below tables in TSV or CSV. */
export function tableRank(path: string): number {
  const name = posix.basename(path).toLowerCase()
  const depth = path.split('/').length
  if (depth > 6) return 0
  const rank = ranks.find(([pattern]) => pattern.test(name))?.[1] ?? 0
  return rank === 0 ? 0 : rank - depth
}

const ranks: [RegExp, number][] = [
  [/^results\.tsv$/, 100],
  [/^results.*\.tsv$/, 90],
  [/(?:result|experiment|ledger|leaderboard).*\.(?:tsv|csv)$/, 80],
  [/^autoresearch\.jsonl$/, 70],
  [/^(?:results?|experiments?|experiment[-_]logs?|ledger|leaderboard)\.(?:jsonl|ndjson)$/, 60],
  [/(?:autoresearch|result|experiment|ledger|leaderboard).*\.(?:jsonl|ndjson)$/, 50],
  [/\.tsv$/, 40],
  [/^(?:log|logs|runs|history|trials)\.(?:jsonl|ndjson)$/, 30],
  [/^(?:results?|experiments?|leaderboard)\.json$/, 20],
]

export const readBlob = (git: ForeignGit, blob: string): Promise<Buffer | null> => git.read(['cat-file', 'blob', blob])

export interface Patch {
  text: string
  paths: string[]
  added: number
  removed: number
}

/** Patches larger than this (bytes) are not read. */
const MAX_PATCH_BYTES = 4 * 2 ** 20

/**
 * The diff between two commits without the table, as `git apply` takes it; null if too large, empty if nothing changed.
 */
export async function readPatch(
  git: ForeignGit,
  from: string,
  to: string,
  table: string | null,
): Promise<Patch | null> {
  const how = [
    '--full-index',
    '--binary',
    '--no-ext-diff',
    '--no-textconv',
    '--no-renames',
    '--no-color',
    '--src-prefix=a/',
    '--dst-prefix=b/',
  ]
  const changed = (
    await output(git, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--ignore-submodules=all', from, to])
  )
    .split('\0')
    .filter(path => path !== '' && path !== table)
  if (changed.length === 0) return { text: '', paths: [], added: 0, removed: 0 }
  if (changed.length > 1000) return null
  const bytes = await git.read(['diff-tree', '-r', '-p', ...how, from, to, '--', ...changed], MAX_PATCH_BYTES)
  if (bytes === null) return null
  const text = bytes.toString('utf8')
  const files = parseDiff(text)
  const sum = (of: 'additions' | 'deletions') => files.reduce((total, file) => total + file[of], 0)
  return { text, paths: changed, added: sum('additions'), removed: sum('deletions') }
}

/** Hash of a commit's tree without the table: equal for two commits with the same code. */
export async function codeHash(git: ForeignGit, commit: string, table: string | null): Promise<string> {
  const text = await output(git, ['ls-tree', '-r', '-z', '--full-tree', commit])
  const entries = text.split('\0').filter(entry => entry !== '' && (table === null || !entry.endsWith(`\t${table}`)))
  return createHash('sha1').update(entries.join('\0')).digest('hex')
}

async function output(git: ForeignGit, args: string[]): Promise<string> {
  return (await git.read(args))?.toString('utf8') ?? ''
}

/** The last commit, seen from `from`, that changed a file; null if none did. */
export async function lastCommitOf(git: ForeignGit, from: string, path: string): Promise<string | null> {
  return (await output(git, ['log', '--max-count=1', '--format=%H', from, '--', path])).trim() || null
}

/** A text file of a commit (up to 1 MiB); null if missing. */
export async function readFile(git: ForeignGit, commit: string, path: string): Promise<string | null> {
  return (await git.read(['cat-file', 'blob', `${commit}:${path}`], 2 ** 20))?.toString('utf8') ?? null
}
