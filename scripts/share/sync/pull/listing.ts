/** The sessions that a branch lists, as its tree says. */
import type { ForeignGit } from '../../../collect/git/git.ts'
import { type Entry, isFolder, openTrees } from '../../../collect/git/trees.ts'
import { jsonOrNull } from '../../../lib/files/read.ts'
import { maxBytes } from '../../../record/limits.ts'
import { notebookFile, notebookSchema } from '../notebook.ts'

export interface Listed {
  /** Name of its folder, as it stands there. */
  id: string
  /** null: the entry is no folder, or is listed twice. */
  tree: string | null
}

/** @param tip commit of a branch @returns its sessions by name; empty where it has no folder of sessions */
export async function listSessionTrees(git: ForeignGit, tip: string): Promise<Listed[]> {
  const sessions = await git.objects.find(`${tip}:sessions`)
  const entries = sessions?.type === 'tree' ? ((await openTrees(git).read(sessions.sha)) ?? []) : []
  const treeOf = ([first, second]: Entry[]): string | null =>
    first !== undefined && second === undefined && isFolder(first) ? first.sha : null
  return [...Map.groupBy(entries, ({ name }) => name)]
    .map(([id, same]) => ({ id, tree: treeOf(same) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Id of the notebook that a branch says it belongs to; null where it says none. */
export async function notebookOf(git: ForeignGit, tip: string): Promise<string | null> {
  const value = await readJsonBlob(git, `${tip}:${notebookFile}`, 2 ** 16)
  return notebookSchema.safeParse(value).data?.notebook ?? null
}

/** session.json as it is on the branch, not checked; null where it is missing, too large or no JSON. */
export const readSessionBlob = (git: ForeignGit, tree: string): Promise<unknown> =>
  readJsonBlob(git, `${tree}:session.json`, maxBytes.record)

async function readJsonBlob(git: ForeignGit, name: string, limit: number): Promise<unknown> {
  const found = await git.objects.read(name, limit)
  return found === null || found === 'large' || found.type !== 'blob' ? null : jsonOrNull(found.bytes.toString('utf8'))
}
