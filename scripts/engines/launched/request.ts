/** What a launched job is to do: request.json of its own package, read by node/once.py. */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeJob } from '../nodeJob.ts'
import type { SetupJob } from '../remote/verbs.ts'

export interface LaunchRequest {
  /** What its marked lines begin with, so that nothing else that is printed is taken for one. */
  token: string
  /** Folder of the session on the node; may begin with `~/`. */
  root: string
  /** Interpreter of runs, or the folder of a virtual environment; null: `python` of the PATH there. */
  python: string | null
  /** Paths that must be there. */
  needs: string[]
  /** `facts`: it says what the node is. Otherwise it executes the run, or the setup command. */
  task: { kind: 'facts' } | { kind: 'run'; job: NodeJob } | { kind: 'setup'; job: SetupJob }
}

/**
 * Gives the token of each job: the same in a resumed session, and not to be guessed from another.
 * @param folder of the packages, in `.nightshift/<id>`
 */
export async function tokensOf(folder: string): Promise<(key: string) => string> {
  const path = join(folder, 'secret')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(path, randomBytes(32).toString('hex'), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
  const secret = await readFile(path, 'utf8')
  return key => createHmac('sha256', secret).update(key).digest('hex').slice(0, 40)
}
