/** Reads commits, branches and files of a foreign repository. */
import { posix } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { sanitizeText } from '../../lib/text.ts'
import type { ForeignGit, RunOptions } from './git.ts'

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
  /** `current`: HEAD, the checked-out branch or a bare repository's default one; `remote`: of a clone's remote. */
  kind: 'current' | 'local' | 'remote'
}

/** Newest commits of a branch that are read; a session has thousands at most. */
const MAX_COMMITS = 50_000

/**
 * Branches: the checked-out one first. A branch of a remote, as a clone has them, counts if there is no local one of its
 * name; a checkout without a branch is called HEAD.
 */
export function readBranches({ refs }: Pick<ForeignGit, 'refs'>): Branch[] {
  const lines = refs.split('\n').map(line => line.split('\t'))
  const found = lines.flatMap(([sha = '', ref = '']) => (/^[0-9a-f]{40,64}$/.test(sha) ? [{ ref, tip: sha }] : []))
  const head = lines.find(([to, ref]) => ref === 'HEAD' && to?.startsWith('ref: '))?.[0]?.slice(5)
  const named = (start: string, kind: 'local' | 'remote') =>
    found.flatMap(({ ref, tip }): Branch[] =>
      ref.startsWith(start) && !ref.endsWith('/HEAD')
        ? [{ name: ref.slice(start.length), tip, kind: ref === head ? 'current' : kind }]
        : [],
    )
  const local = named('refs/heads/', 'local')
  const names = new Set(local.map(({ name }) => name))
  const remote = named('refs/remotes/', 'remote').filter(branch => !names.has(withoutRemote(branch)))
  const all = [...local, ...remote]
  const detached =
    head === undefined ? found.filter(({ ref, tip }) => ref === 'HEAD' && !all.some(other => other.tip === tip)) : []
  return [
    ...detached.map(({ tip }): Branch => ({ name: 'HEAD', tip, kind: 'current' })),
    ...all.toSorted((a, b) => Number(b.kind === 'current') - Number(a.kind === 'current')),
  ]
}

/** "exp/mar8" of the branch "origin/exp/mar8" of a clone's remote. */
export const withoutRemote = ({ name, kind }: Branch): string =>
  kind === 'remote' ? name.slice(name.indexOf('/') + 1) : name

/** Commits reachable from these, newest first. @throws {Failure} if git cannot read them */
export async function readCommits(git: ForeignGit, from: string[], not: string[] = []): Promise<Commit[]> {
  if (from.length === 0) return []
  const format = '%H%x00%T%x00%P%x00%at%x00%s'
  const args = [
    'log',
    '--topo-order',
    `--max-count=${MAX_COMMITS}`,
    `--format=${format}`,
    '--no-show-signature',
    '--stdin',
  ]
  const text = await output(git, args, { input: revisions(from, not), maxBytes: 256 * 2 ** 20 })
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

const revisions = (from: string[], not: string[] = []): string =>
  [...from, ...not.map(sha => `^${sha}`)].map(sha => `${sha}\n`).join('')

function time(seconds: string): string | null {
  const date = new Date(Number(seconds) * 1000)
  const year = date.getUTCFullYear()
  return seconds !== '' && year >= 1980 && year <= 9998 ? date.toISOString().replace('.000Z', 'Z') : null
}

/** Commits of all branches, as a graph. */
export interface Graph {
  /** Position of each commit in the lists below. */
  index: Map<string, number>
  shas: string[]
  trees: string[]
  parents: number[][]
  /** Committer time, seconds since 1970. */
  times: number[]
  /** Positions of the commits whose hash begins with these 7 digits. */
  byStart: Map<string, number[]>
}

/** Newest commits of all branches that are read. */
const MAX_GRAPH = 300_000

/** @throws {Failure} if git cannot read the history */
export async function readGraph(git: ForeignGit, tips: string[]): Promise<Graph> {
  const args = [
    'log',
    `--max-count=${MAX_GRAPH}`,
    '--format=%H %T %ct %P',
    '--no-show-signature',
    '--ignore-missing',
    '--stdin',
  ]
  const text = await output(git, args, { input: revisions(tips), maxBytes: 256 * 2 ** 20 })
  const lines = text.split('\n').flatMap(line => (line === '' ? [] : [line.split(' ')]))
  const index = new Map(lines.map(([sha = ''], i) => [sha, i]))
  const byStart = new Map<string, number[]>()
  for (const [i, [sha = '']] of lines.entries()) {
    const start = sha.slice(0, 7)
    byStart.set(start, [...(byStart.get(start) ?? []), i])
  }
  return {
    index,
    shas: lines.map(([sha = '']) => sha),
    trees: lines.map(([, tree = '']) => tree),
    times: lines.map(([, , seconds]) => Number(seconds)),
    parents: lines.map(([, , , ...parents]) => parents.flatMap(sha => index.get(sha) ?? [])),
    byStart,
  }
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

/** Standard output of git. @throws {Failure} with git's reason */
async function output(git: ForeignGit, args: string[], options?: RunOptions): Promise<string> {
  const found = await git.run(args, options)
  if ('bytes' in found) return found.bytes.toString('utf8')
  const why = { size: 'its output is too large', time: 'it took too long', git: found.message }[found.failed]
  throw new Failure(
    `git ${args[0]} failed in the repository: ${why}.`,
    'Check it with `git fsck`, or collect only its results table.',
  )
}

/** The last commit, seen from `from`, that changed a file; null if none did, or it is not known. */
export async function lastCommitOf(git: ForeignGit, from: string, path: string): Promise<string | null> {
  const found = await git.run(['log', '--max-count=1', '--format=%H', from, '--', `:(top,literal)${path}`])
  return ('bytes' in found && found.bytes.toString('latin1').trim()) || null
}

/** A text file of a commit (up to 1 MiB); null if missing. */
export async function readFile({ objects }: ForeignGit, commit: string, path: string): Promise<string | null> {
  const found = await objects.read(`${commit}:${path}`, 2 ** 20)
  return found === null || found === 'large' || found.type !== 'blob' ? null : found.bytes.toString('utf8')
}
