/** A small, known session in a foreign repository. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Finished, git, scratch } from '../helpers/throwaway.ts'

export const header = 'commit\tval_bpb\tmemory_gb\tstatus\tdescription\n'

export interface ForeignSession {
  root: string
  /** Commits by name: base, first, second, lost (never measured), back. */
  commits: Record<string, string>
}

const train = (rate: string, depth: string) => `RATE = ${rate}\nDEPTH = ${depth}\n`

/**
 * Branch `exp/A100/mar5`: two kept changes ten minutes apart, then one that was never measured and was reverted. The
 * table is committed once, at the end; `main` has none.
 */
export async function foreignSession(more: Record<string, string> = {}, finished?: Finished): Promise<ForeignSession> {
  const root = join(await scratch(finished), 'repo')
  await mkdir(root)
  await git(root, 'init', '-q', '-b', 'main')
  const start = { 'train.py': train('0.1', '8'), 'prepare.py': 'TIME_BUDGET = 5 * 60  # seconds\n', ...more }
  const stream = [
    commit('main', '00:00:00', 'the target', start),
    'reset refs/heads/exp/A100/mar5\nfrom refs/heads/main\n',
    ...[
      ['01:00:00', 'rate 0.1 to 0.2', train('0.2', '8')],
      ['01:10:00', 'depth 8 to 9', train('0.2', '9')],
      ['01:40:00', 'rate 0.2 to 0.3', train('0.3', '9')],
      ['01:41:00', 'take the rate back', train('0.2', '9')],
    ].map(([time = '', subject = '', text = '']) => commit('exp/A100/mar5', time, subject, { 'train.py': text })),
  ]
  await execa('git', ['fast-import', '--quiet'], { cwd: root, input: stream.join('') })
  await git(root, 'switch', '-q', 'exp/A100/mar5')
  const shas = (await git(root, 'rev-list', '--reverse', 'HEAD')).split('\n')
  const commits = Object.fromEntries(
    ['base', 'first', 'second', 'lost', 'back'].map((name, i) => [name, shas[i] ?? '']),
  )
  await writeTable(root, commits)
  await commitAll(root, '01:50:00', 'add results (4 experiments)')
  return { root, commits }
}

const day = '2026-03-05T'

/** A commit in `git fast-import` format. */
function commit(branch: string, time: string, subject: string, contents: Record<string, string>): string {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
  const seconds = Date.parse(`${day}${time}Z`) / 1000
  const changed = Object.entries(contents).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`)
  return `commit refs/heads/${branch}\ncommitter P <p@example.org> ${seconds} +0000\n${data(subject)}${changed.join('')}\n`
}

export const rows = (commits: Record<string, string>): string[] => [
  'baseline\t1.000000\t4.0\tkeep\tbaseline',
  `${short(commits.first)}\t0.950000\t4.0\tkeep\trate 0.1 to 0.2`,
  'deadbee\t0.990000\t4.0\tdiscard\tdepth 8 to 7',
  `${short(commits.second)}\t0.900000\t4.5\tkeep\tdepth 8 to 9`,
  'deadbef\t0.000000\t0.0\tcrash\tdepth 8 to 90',
]

export const writeTable = (root: string, commits: Record<string, string>): Promise<void> =>
  writeFile(join(root, 'results.tsv'), `${header}${rows(commits).join('\n')}\n`)

export const addRow = (root: string, row: string): Promise<void> => appendFile(join(root, 'results.tsv'), `${row}\n`)

export const short = (sha: string | undefined): string => (sha ?? '').slice(0, 7)

/** Commits the whole folder. */
export async function commitAll(root: string, time: string, subject: string): Promise<void> {
  await git(root, 'add', '-A')
  const env = { GIT_AUTHOR_DATE: `${day}${time}Z`, GIT_COMMITTER_DATE: `${day}${time}Z` }
  const who = ['-c', 'user.name=P', '-c', 'user.email=p@example.org']
  await execa('git', [...who, 'commit', '-qm', subject], { cwd: root, env })
}
