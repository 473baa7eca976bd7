/** What `pnpm adopt` works with besides the request. */
import type { Digest } from '../../analysis/schema.ts'
import type { SessionHooks } from '../../ratchet/session/prepare.ts'

export interface AdoptContext extends SessionHooks {
  /** Folder of the sessions. */
  root: string
  env: NodeJS.ProcessEnv
  /** Writes the report of the session in a folder. */
  writeReport: (folder: string) => Promise<Digest>
}
