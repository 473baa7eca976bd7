/** The folder in which an agent writes: made for one report and removed after it. What it says is read, nothing else. */
import { constants } from 'node:fs'
import { lstat, mkdir, mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../../lib/errors.ts'
import { contains } from '../../lib/paths.ts'
import { createRedactor } from '../../lib/secrets.ts'

/** Bytes of a report.md that is read. */
const MAX_REPORT_BYTES = 512 * 1024

export const reportName = 'report.md'

/** Runs with a desk in `root` on which these files lie. */
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

/** @throws {Failure} report.md is gone, is a link or another kind of file, or is too large */
export async function readReport(workspace: string): Promise<string> {
  const path = join(workspace, reportName)
  const refused = (why: string) => new Failure(`its report.md ${why}`, 'Look at the transcript beside the report.')
  if ((await realpath(workspace).catch(() => null)) !== workspace) throw refused('is not where it was')
  const found = await lstat(path).catch(() => null)
  if (!found) throw refused('is gone')
  if (!found.isFile() || found.nlink > 1) throw refused('is a link or no file')
  if (found.size > MAX_REPORT_BYTES)
    throw refused(`has ${Math.ceil(found.size / 1024)} KB, ${MAX_REPORT_BYTES / 1024} are allowed`)
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null)
  if (!handle) throw refused('cannot be read')
  try {
    const { size, dev, ino } = await handle.stat()
    // What was looked at is what is read, though something may still write.
    if (size > MAX_REPORT_BYTES || dev !== found.dev || ino !== found.ino) throw refused('changed while it was read')
    return plainText(await handle.readFile('utf8'))
  } finally {
    await handle.close()
  }
}

/** Without keys, terminal escapes and other control characters. */
const plainText = (text: string): string =>
  createRedactor(process.env)(text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\t', '  '))
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '')
