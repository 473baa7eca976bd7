/** What a launched job is to do: request.json of its package, read by node/once.py. */
import type { NodeJob } from '../nodeJob.ts'
import type { SetupJob } from '../remote/verbs.ts'

export interface LaunchRequest {
  /** What its marked lines begin with: random, so that nothing else that the job prints is taken for one. */
  token: string
  /** Folder of the session on the node; may begin with `~/`. */
  root: string
  /** Interpreter, or folder of a virtual environment; null: the one that it is called by. */
  python: string | null
  /** Paths that must be there. */
  needs: string[]
  /** `facts`: it says what the node is. Otherwise it executes the run, or the setup command. */
  task: { kind: 'facts' } | { kind: 'run'; job: NodeJob } | { kind: 'setup'; job: SetupJob }
}
