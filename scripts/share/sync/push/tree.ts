/** Builds the tree of the own branch in the bare repository: `notebook.json`, perhaps a workflow, and `sessions/<id>/` of each session. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gitWithInput, identity } from '../../../lib/git/git.ts'
import { jsonText } from '../../../lib/text.ts'
import { failOnKeys, type Hit, keysInText } from '../../scan.ts'
import { readSessionFiles, type SessionFile } from '../../sessionFiles.ts'
import { type Notebook, notebookFile } from '../notebook.ts'
import type { ShareRepository } from '../repository.ts'
import type { Selected } from './select.ts'
import { workflowPath, workflowText } from './workflow.ts'

/** Holds a tree while it is built; each build begins it anew. */
const building = 'refs/building'

/** Characters of the files that are given to git at once. */
const BATCH = 2 ** 24

export interface Building {
  share: ShareRepository
  /** Commit whose tree is changed; null: an empty one. */
  parent: string | null
  notebook: Notebook
  /** Workflow that the branch's own starts on GitHub; null: the branch has none. */
  workflow: string | null
  /** Sessions that are put there as they are here. */
  changed: Selected[]
  /** Ids of sessions that are taken off. */
  removed: string[]
  onRead(id: string, done: number): void
  stopped: AbortSignal
}

/**
 * Reads the sessions, without keys and personal names.
 * @returns the tree
 * @throws {Failure} when a file holds a key, after all were looked at
 */
export async function buildTree({
  share,
  parent,
  notebook,
  workflow,
  changed,
  removed,
  onRead,
  stopped,
}: Building): Promise<string> {
  await removeCrashReports(share.path)
  const keys: Hit[] = []
  const importer = createImporter(share, parent)
  importer.add(fileLines(notebookFile, jsonText(notebook)))
  importer.add(workflow === null ? removal(workflowPath) : fileLines(workflowPath, workflowText(workflow)))
  for (const id of removed) importer.add(removal(`sessions/${id}`))
  for (const [i, { id, folder, withLogs }] of changed.entries()) {
    if (stopped.aborted) break
    onRead(id, i)
    const read = await readSessionFiles(folder, { keepPaths: false, withLogs })
    keys.push(...keysInText(id, 'the name of a session'), ...read.keys)
    // What holds a key does not even enter our repository.
    if (keys.length > 0) continue
    importer.add(removal(`sessions/${id}`) + read.files.map(file => sessionFile(id, file)).join(''))
    if (importer.size() > BATCH) await importer.flush()
  }
  failOnKeys(keys, 'the branch', 'Or leave the session out: --tag, --since.')
  return importer.end()
}

const removal = (path: string): string => `D ${quoted(path)}\n`

const sessionFile = (id: string, { path, text }: SessionFile): string => fileLines(`sessions/${id}/${path}`, text)

/** A file as git fast-import reads it. */
const fileLines = (path: string, text: string): string =>
  `M 100644 inline ${quoted(path)}\ndata ${Buffer.byteLength(text)}\n${text}\n`

const quoted = (path: string): string =>
  `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/** Collects changes of a tree, and gives them to git a batch at a time. The commits it makes for that are in no branch. */
function createImporter({ path, git }: ShareRepository, parent: string | null) {
  let lines: string[] = []
  let size = 0
  let from = parent
  const flush = async () => {
    const person = `${identity.NAME} <${identity.EMAIL}> 0 +0000`
    const head = `reset ${building}\n\ncommit ${building}\ncommitter ${person}\ndata 0\n`
    const begin = from === null ? '' : `from ${from}\n`
    const input = `${head}${begin}${lines.join('')}done\n`
    await gitWithInput(path, ['fast-import', '--quiet', '--force', '--done', '--date-format=raw'], input)
    from = await git.raw('rev-parse', '--verify', building)
    lines = []
    size = 0
  }
  return {
    add: (text: string) => {
      lines.push(text)
      size += text.length
    },
    size: () => size,
    flush,
    /** @returns the tree */
    end: async (): Promise<string> => {
      await flush()
      return git.raw('rev-parse', '--verify', `${building}^{tree}`)
    },
  }
}

/** What fast-import leaves when it is killed. */
async function removeCrashReports(path: string): Promise<void> {
  const names = (await readdir(path)).filter(name => name.startsWith('fast_import_crash_'))
  await Promise.all(names.map(name => rm(join(path, name), { force: true })))
}

/** Trees of the sessions in a commit, by id. */
export async function sessionTrees({ git }: ShareRepository, commit: string | null): Promise<Map<string, string>> {
  if (commit === null) return new Map()
  const listed = await git.raw('ls-tree', '-d', '-z', commit, 'sessions/')
  // e.g. "040000 tree <oid>\tsessions/<id>\0"
  const entries = listed.split('\0').map(entry => /^\d+ tree ([0-9a-f]+)\tsessions\/(.+)$/s.exec(entry))
  return new Map(entries.flatMap(found => (found ? [[found[2] ?? '', found[1] ?? ''] as const] : [])))
}
