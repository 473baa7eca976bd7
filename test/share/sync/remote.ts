/** A bare remote and the branches that others have there, made with git alone. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { silent } from '../../../scripts/lib/terminal/terminal.ts'
import { jsonLine, jsonText } from '../../../scripts/lib/text.ts'
import type { Session } from '../../../scripts/record/schema.ts'
import { type Pulled, type PullOptions, pull } from '../../../scripts/share/sync/pull/pull.ts'
import { openShareRepository } from '../../../scripts/share/sync/repository.ts'
import { readState, type SyncState } from '../../../scripts/share/sync/state.ts'
import { buildSession, exampleSession } from '../../helpers/exampleRecords.ts'
import { git, scratch, write } from '../../helpers/throwaway.ts'

/** Files of a session as they are shared, by path in its folder. */
export function sessionFiles(over: Partial<Session> = {}): Record<string, string> {
  const { experiments, patches } = exampleSession()
  return {
    'session.json': jsonText(buildSession(over)),
    'experiments.jsonl': experiments.map(e => jsonLine(e)).join(''),
    'source/trainer/train.py': 'LEARNING_RATE = 3e-3\n',
    'runs/0001/1/curve.csv': '1,0.1,3.2\n',
    ...Object.fromEntries([...patches].map(([number, text]) => [`runs/000${number}/change.patch`, text])),
  }
}

/** A bare remote, and a clone of it for each who shares. */
export async function bareRemote() {
  const root = await scratch()
  const path = join(root, 'remote.git')
  await git(root, 'init', '-q', '--bare', path)
  return {
    path,
    /**
     * Adds a commit to a branch. @param contents by path; null removes a file or folder @param settings of git, e.g. for signing
     */
    async commit(branch: string, contents: Record<string, string | null>, settings: string[] = [], person = 'Ada') {
      const clone = join(root, `${branch.replaceAll('/', '-')}.clone`)
      await mkdir(clone, { recursive: true })
      await git(clone, 'init', '-q', '-b', branch)
      for (const [name, content] of Object.entries(contents))
        if (content === null) await rm(join(clone, name), { recursive: true, force: true })
        else await write(clone, { [name]: content })
      await git(clone, 'add', '-A')
      const who = ['-c', `user.name=${person}`, '-c', 'user.email=ada@example.org', ...settings]
      await git(clone, ...who, 'commit', '-q', '--allow-empty', '-m', 'share')
      await git(clone, 'push', '-q', path, branch)
      return git(clone, 'rev-parse', 'HEAD')
    },
    /** Points a branch at a commit with any tree, made of entries as git's trees store them. */
    async commitTree(branch: string, tree: string) {
      const who = ['-c', 'user.name=Mallory', '-c', 'user.email=mallory@example.org']
      const commit = await git(path, ...who, 'commit-tree', '-m', 'share', tree)
      await git(path, 'update-ref', `refs/heads/${branch}`, commit)
    },
    blob: async (content: string) =>
      (await execa('git', ['hash-object', '-w', '--stdin'], { cwd: path, input: content })).stdout,
    /** A tree with any entries, also those that git itself would not make. */
    async tree(entries: [mode: string, name: string, oid: string][]) {
      const input = Buffer.concat(
        entries.flatMap(([mode, name, oid]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
      )
      const args = ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin']
      return (await execa('git', args, { cwd: path, input })).stdout
    },
  }
}
export type Remote = Awaited<ReturnType<typeof bareRemote>>

/** A notebook that pulls from a remote. */
export async function pullingFrom(remote: Pick<Remote, 'path'>) {
  const home = await scratch()
  const root = join(home, 'sessions')
  const program = join(home, 'program.md')
  await mkdir(root)
  await write(home, { 'program.md': '---\nedit: train.py\nrun: python train.py\nmetric: val_bpb\n---\n' })
  const share = await openShareRepository({ url: remote.path, address: remote.path }, join(home, 'work'), process.env)
  const fresh: SyncState = {
    schema: 1,
    address: remote.path,
    public: false,
    related: null,
    branch: null,
    pushed: {},
    withdrawn: [],
    workflow: null,
    pulled: {},
  }
  return {
    root,
    share,
    program,
    state: () => readState(share.folder),
    async pull(over: Partial<PullOptions> = {}, own: string | null = null): Promise<Pulled> {
      const listed = await git(remote.path, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/sessions/')
      const tips = new Map(
        listed.split('\n').map(line => line.replace('refs/heads/', '').split(' ') as [string, string]),
      )
      const options: PullOptions = {
        machines: [],
        since: null,
        tag: null,
        accept: [],
        restore: [],
        verified: false,
        program,
        dryRun: false,
        ...over,
      }
      const state = (await readState(share.folder)) ?? fresh
      return pull(share, { ...state, branch: own }, options, {
        root,
        notebook: 'f'.repeat(32),
        tips,
        terminal: silent,
        stopped: new AbortController().signal,
      })
    },
  }
}

/** "new a", "refused b: why". */
export const listed = ({ sessions }: Pulled): string[] =>
  sessions.map(({ id, what, why }) => `${what} ${id}${why === null ? '' : `: ${why}`}`)
