/** Notebooks with small sessions, and syncs of them with a bare repository. */
import { join } from 'node:path'
import { silent } from '../../../scripts/lib/terminal/terminal.ts'
import { readSyncRequest } from '../../../scripts/share/sync/request.ts'
import { type SyncContext, type Synced, sync } from '../../../scripts/share/sync/sync.ts'
import { simulate } from '../../helpers/exampleSessions.ts'
import { type Finished, git, scratch, write } from '../../helpers/throwaway.ts'

export interface TestNotebook extends SyncContext {
  /** Syncs with the remote. @param given flags as `readFlags` gives them */
  sync(given?: Parameters<typeof readSyncRequest>[0]): Promise<Synced>
}

export async function bareRepository(finished?: Finished): Promise<string> {
  const path = join(await scratch(finished), 'sessions.git')
  await git('/', 'init', '-q', '--bare', path)
  return path
}

/** A notebook whose folder is a repository without a commit. */
export async function notebook(remote: string, label = 'cpu-abcd', finished?: Finished): Promise<TestNotebook> {
  const folder = await scratch(finished)
  const place = join(folder, 'repo')
  await git(folder, 'init', '-q', place)
  const context: SyncContext = {
    root: join(folder, 'sessions'),
    work: join(folder, 'work'),
    notebook: place,
    env: process.env,
    label: async () => label,
    terminal: silent,
    ask: null,
    stopped: new AbortController().signal,
  }
  const own: TestNotebook = {
    ...context,
    sync: (given = {}) =>
      sync(readSyncRequest({ program: join(place, 'program.md'), ...given }, remote, new Date()), own),
  }
  await write(place, { 'program.md': '---\nedit: x\nrun: x\nmetric: x\n---\n' })
  return own
}

/** @param changes of the session's record, e.g. `{ stop: null }` */
export async function addSession(root: string, id: string, changes: object = {}): Promise<void> {
  const { session, experiments } = simulate({ id, experiments: 3, confirmed: null })
  const lines = experiments.map(experiment => `${JSON.stringify(experiment)}\n`).join('')
  await write(join(root, id), {
    'session.json': JSON.stringify({ ...session, ...changes }),
    'experiments.jsonl': lines,
    'report.md': `# ${id}\n`,
    'runs/0001/change.patch': 'diff --git a/train.py b/train.py\n',
  })
}

/** Names below `sessions/` of a branch of the remote. */
export async function idsOn(remote: string, branch: string): Promise<string[]> {
  const listed = await git(remote, 'ls-tree', '-d', '--name-only', branch, 'sessions/')
  return listed.split('\n').map(path => path.slice('sessions/'.length))
}

/** Sessions that a sync pushed, with what was done. */
export const pushedBy = ({ pushed }: Synced): Record<string, string> =>
  Object.fromEntries((pushed?.sessions ?? []).map(({ id, what }) => [id, what]))

export const branchesOf = (remote: string): Promise<string> =>
  git(remote, 'for-each-ref', '--format=%(refname:short)', 'refs/heads')
