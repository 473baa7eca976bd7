/** Sessions with records by hand and real commits in a real repository. */
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { execa } from 'execa'
import { notebook, sessionsRoot } from '../../../scripts/lib/paths.ts'
import { jsonLine, jsonText } from '../../../scripts/lib/text.ts'
import { writePatch } from '../../../scripts/record/files/patches.ts'
import { files } from '../../../scripts/record/files/paths.ts'
import type { Experiment, Final, Session } from '../../../scripts/record/schema.ts'
import { buildExperiment, buildSession, confirmRun } from '../../helpers/exampleRecords.ts'
import { type Finished, git, repository } from '../../helpers/throwaway.ts'

export interface Made {
  root: string
  id: string
  /** Folder of its records. */
  folder: string
  session: Session
  experiments: Experiment[]
  /** Commits of the branch, the first commit of the session included, and the pruned head at last. */
  commits: string[]
}

/** The target: a program with three constants, which is committed twice. */
export async function targetRepository(finished?: Finished): Promise<string> {
  const root = await repository(
    { 'train.py': 'RATE = 1\nWIDTH = 1\nDEPTH = 1\n', 'program.md': 'Lower the loss.\n' },
    finished,
  )
  await git(root, 'config', 'user.name', 'A Person')
  await git(root, 'config', 'user.email', 'person@example.org')
  return root
}

interface Options {
  /** Messages of the kept commits; each changes the constant of its place. */
  kept?: string[]
  /** Takes the last one out again. */
  pruned?: boolean
  tag?: string
  over?: Partial<Session>
}

const names = ['RATE', 'WIDTH', 'DEPTH']

/** Writes the records of a session that kept these changes at HEAD of the repository. Branch and checkout stay. */
export async function makeSession(root: string, options: Options = {}): Promise<Made> {
  const { kept = ['RATE 1 to 2', 'WIDTH 1 to 2'], pruned = false, tag = 'try' } = options
  const base = await git(root, 'rev-parse', 'HEAD')
  const commits = [base]
  const trees = [await git(root, 'rev-parse', 'HEAD^{tree}')]
  for (const [i, message] of kept.entries()) {
    trees.push(await treeOf(root, trees.at(-1) ?? '', names.slice(0, i + 1)))
    commits.push(await commit(root, trees.at(-1) ?? '', commits.at(-1) ?? '', message))
  }
  const head = { commit: commits.at(-1) ?? '', tree: trees.at(-1) ?? '' }
  const id = `2026-11-20-cpu-abcd-${tag}`
  let final: Final | undefined
  if (pruned) {
    const tree = trees.at(-2) ?? ''
    const last = await commit(root, tree, head.commit, 'Take out 0002, likely luck\n\n0002: P(real) 12%')
    commits.push(last)
    const removed = [{ experiment: kept.length, pReal: 0.12 }]
    final = { head: kept.length, commit: last, tree, removed, keptBack: [], branch: null, why: null }
  }
  const session = buildSession({
    id,
    tag,
    branch: `autoresearch/${tag}`,
    baseCommit: base,
    programPath: relative(notebook, join(root, 'program.md')),
    contract: { edit: ['train.py'], run: 'python train.py', target: '.', seeds: 3 },
    ...(final ? { final } : {}),
    ...options.over,
  })
  const experiments = commits
    .slice(0, kept.length + 1)
    .map((commit, number) => experimentOf(number, commit, trees, commits, kept))
  const folder = join(sessionsRoot, id)
  await write(folder, session, experiments)
  for (const { number } of experiments.slice(1)) {
    const patch = await git(root, 'diff', commits[number - 1] ?? '', commits[number] ?? '')
    await writePatch(folder, number, `${patch}\n`)
  }
  if (final) await writeFile(files.finalPatch(folder), `${await git(root, 'diff', base, final.commit)}\n`)
  return { root, id, folder, session, experiments, commits }
}

function experimentOf(number: number, commit: string, trees: string[], commits: string[], kept: string[]): Experiment {
  const last = number === kept.length
  const value = 2.4 - 0.1 * number
  const made = buildExperiment(number, {
    status: 'keep',
    metric: value,
    commit,
    tree: trees[number] ?? null,
    ...(number === 0
      ? {}
      : {
          gain: 0.1,
          description: kept[number - 1],
          parent: { number: number - 1, commit: commits[number - 1] ?? '' },
        }),
  })
  const own = made.runs.map(run => ({ ...run, commit }))
  const confirmed = [0, 1].map(k => ({
    ...confirmRun(k + 2, value + k / 1000, value + 0.1, 100 + 20 * number + 10 * k),
    commit: last ? (commits.at(-1) ?? '') : commit,
  }))
  return { ...made, runs: number === 0 || last ? [...own, ...confirmed] : own }
}

async function write(folder: string, session: Session, experiments: Experiment[]): Promise<void> {
  // An earlier test may have posted one of the same name.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(files.experiments(folder), experiments.map(jsonLine).join(''))
  await writeFile(files.results(folder), 'commit\tval_bpb\tmemory_gb\tstatus\tdescription\n')
  await writeFile(files.session(folder), jsonText(session))
}

/** Adds a file to a session's folder, or appends to it. */
export async function addFile(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await appendFile(join(folder, path), text)
}

/** The tree with these constants at 2. */
async function treeOf(root: string, from: string, changed: string[]): Promise<string> {
  const text = names.map(name => `${name} = ${changed.includes(name) ? 2 : 1}\n`).join('')
  const blob = await blobOf(root, text)
  const entries = (await git(root, 'ls-tree', from)).split('\n')
  const next = entries.map(entry => (entry.endsWith('\ttrain.py') ? `100644 blob ${blob}\ttrain.py` : entry))
  return gitInput(root, `${next.join('\n')}\n`, 'mktree')
}

const blobOf = (root: string, text: string) => gitInput(root, text, 'hash-object', '-w', '--stdin')

async function gitInput(root: string, input: string, ...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: root, input })).stdout
}

/** A commit that no ref points at, as the harness makes it. */
export async function commit(root: string, tree: string, parent: string, message: string): Promise<string> {
  const who = { NAME: 'Nightshift', EMAIL: 'nightshift@localhost', DATE: '1763762400 +0000' }
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap(role => Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value])),
  )
  return (await execa('git', ['commit-tree', tree, '-p', parent, '-m', message], { cwd: root, env })).stdout
}

/** All of a repository that is the user's: refs, HEAD, index, checkout, configuration, hooks. */
export async function userState(root: string): Promise<Record<string, string>> {
  const shell = (command: string) => execa('sh', ['-c', command], { cwd: root }).then(({ stdout }) => stdout)
  return {
    refs: await git(root, 'for-each-ref'),
    head: await git(root, 'symbolic-ref', 'HEAD'),
    status: await git(root, 'status', '--porcelain', '--ignored'),
    index: await shell('sha256sum .git/index'),
    config: await shell('cat .git/config'),
    files: await shell('find . -path ./.git/objects -prune -o -type f -print | sort | xargs sha256sum'),
    worktrees: await git(root, 'worktree', 'list'),
  }
}
