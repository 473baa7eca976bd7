/** The folder in which an agent writes. It exists for one report only, and only report.md is read from it. */
import { constants } from 'node:fs'
import { lstat, mkdir, mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { contains } from '../../lib/paths.ts'
import { createRedactor } from '../../lib/secrets/redact.ts'

/** Largest report.md that is read, in bytes. */
const MAX_REPORT_BYTES = 512 * 1024

export const reportName = 'report.md'

/** Calls `run` with a new folder in `root` that holds these files, and removes the folder afterwards. */
export async function withWorkspace<T>(
  root: string,
  contents: Map<string, string>,
  run: (workspace: string) => Promise<T>,
): Promise<T> {
  await mkdir(root, { recursive: true })
  const workspace = await realpath(await mkdtemp(join(root, 'workspace-')))
  try {
    for (const [name, content] of contents) {
      const path = join(workspace, name)
      if (!contains(workspace, path)) throw new Error(`${name} is outside of the workspace`)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
    }
    return await run(workspace)
  } finally {
    await rm(workspace, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** @throws {Failure} if report.md is missing, a link, not a regular file, or too large */
export async function readReport(workspace: string): Promise<string> {
  const path = join(workspace, reportName)
  const refused = (why: string) => new Failure(`its report.md ${why}`, 'See the transcript in the session folder.')
  if ((await realpath(workspace).catch(() => null)) !== workspace) throw refused('was moved')
  const found = await lstat(path).catch(() => null)
  if (!found) throw refused('is missing')
  if (!found.isFile() || found.nlink > 1) throw refused('is a link or not a file')
  if (found.size > MAX_REPORT_BYTES)
    throw refused(`has ${Math.ceil(found.size / 1024)} KB, ${MAX_REPORT_BYTES / 1024} are allowed`)
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null)
  if (!handle) throw refused('cannot be read')
  try {
    const { size, dev, ino } = await handle.stat()
    // The checked file must be the one read: an orphan process may still write.
    if (size > MAX_REPORT_BYTES || dev !== found.dev || ino !== found.ino) throw refused('changed while it was read')
    return plainText(await handle.readFile('utf8'))
  } finally {
    await handle.close()
  }
}

/** Removes secrets, terminal escapes and other control characters. */
const plainText = (text: string): string =>
  createRedactor(process.env)(text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\t', '  '))
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
