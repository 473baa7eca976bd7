/** What the execution of a run gives, wherever it was. */
import type { Exit } from '../../../engines/local/exit.ts'
import type { Run } from '../../../record/schema.ts'
import type { RunStarted } from '../../../record/state.ts'

export interface Executed {
  started: RunStarted
  /** As its runner signed it. */
  exit: Exit
  /** What is recorded of the execution itself. */
  found: Pick<Run, 'gpu' | 'node' | 'waitedSeconds' | 'lost'>
  /** Why there is no result, where the engine gave none. */
  why?: string
}
