/**
 * Whether a session's folder may be made into pages. Folders come from others, too: a name becomes part of an address, and
 * a link in one (`run.log` → /etc/passwd) would publish what lies elsewhere on this machine.
 */
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { contains } from '../../scripts/lib/paths.ts'

/** What sessions name their folders with; it needs no escape in an address, on a disk, or in a table. */
const name = /^\w[\w.+-]*$/

/** @param root folder of the sessions @returns a sentence that says why not; null where it may */
export async function folderProblem(root: string, id: string): Promise<string | null> {
  const advice = 'and none of it is shown.'
  if (!name.test(id)) return `Its name is not of letters, digits, “.”, “_”, “+” and “-” alone, ${advice}`
  const folder = join(root, id)
  const real = await realpath(folder)
  if (!contains(await realpath(root), real)) return `It is a link out of the folder of the sessions, ${advice}`
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const link of entries.filter(entry => entry.isSymbolicLink())) {
    const path = join(link.parentPath, link.name)
    // A link that leads nowhere is refused like one that leads out.
    const target = await realpath(path).catch(() => null)
    if (target === null || !contains(real, target))
      return `In it ${path.slice(folder.length + 1)} is a link out of it, ${advice}`
  }
  return null
}
