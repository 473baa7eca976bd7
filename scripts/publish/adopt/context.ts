/** What `pnpm adopt` works with besides the request. */
import type { Digest } from '../../analysis/schema.ts'
import type { Interrupt } from '../../lib/process/interrupt.ts'
import type { SessionHooks } from '../../ratchet/session/prepare.ts'

export interface AdoptContext extends Omit<SessionHooks, 'interrupt'> {
  /** Listens to Ctrl-C, once the runs begin: it finishes the run under way. Before, it ends the command. */
  onInterrupt: () => Interrupt
  /** Folder of the sessions. */
  root: string
  env: NodeJS.ProcessEnv
  /** Writes the report of the session in a folder. */
  writeReport: (folder: string) => Promise<Digest>
}
