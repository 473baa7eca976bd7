/** What became of an agent's last proposal: the reason why it is asked again. */
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'

/**
 * After `crash` the worktree holds the crashed change; otherwise the head, with the agent's edits reverted. Texts may
 * come from agents and programs: the prompt sanitizes and fences them.
 */
export type Feedback =
  /** An earlier experiment has the same tree. `verdict` null: it is not judged yet. */
  | { kind: 'duplicate'; number: number; description: string; verdict: Pick<Experiment, 'status' | 'reason'> | null }
  /** The guard forbids the edit, e.g. because it changes a file outside `edit`. */
  | { kind: 'refused'; why: string }
  /** The sweep that the answer asks for is not valid. */
  | { kind: 'sweep'; why: string }
  /** A command of the user refused the edit; what it printed, at most 8 KB. */
  | { kind: 'hook'; message: string }
  /** The run crashed by a fixable error; the last lines of its log, and how many fixes are left. */
  | { kind: 'crash'; candidate: Candidate; why: string; traceback: string; fixesLeft: number }
  /** The agent's own change does not apply to a newer head. */
  | { kind: 'conflict'; candidate: Candidate; why: string }
  /** The agent answered without an edit. */
  | { kind: 'no-edit' }
