/**
 * Checks whether a session's folder is safe to publish. Folders may come from others: the name becomes part of a URL,
 * and a link in it (`run.log` → /etc/passwd) would publish files from outside of it.
 */
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { contains } from '../../scripts/lib/paths.ts'

/** Characters of session ids; none needs an escape in a URL, a path or a table. */
const name = /^\w[\w.+-]*$/

/**
 * @param root folder of the sessions
 * @returns a sentence that says why the folder is not published; null where it is safe
 */
export async function folderProblem(root: string, id: string): Promise<string | null> {
  const advice = 'and none of it is shown.'
  if (!name.test(id)) return `Its name is not of letters, digits, “.”, “_”, “+” and “-” alone, ${advice}`
  const folder = join(root, id)
  const real = await realpath(folder)
  if (!contains(await realpath(root), real)) return `It is a link out of the folder of the sessions, ${advice}`
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const link of entries.filter(entry => entry.isSymbolicLink())) {
    const path = join(link.parentPath, link.name)
    // A broken link is refused like one that leads out.
    const target = await realpath(path).catch(() => null)
    if (target === null || !contains(real, target))
      return `In it ${path.slice(folder.length + 1)} is a link out of it, ${advice}`
  }
  return null
}
