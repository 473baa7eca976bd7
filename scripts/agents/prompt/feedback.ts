/** Why an agent is asked again: what became of its last proposal. */
import type { Candidate } from '../../record/journal.ts'
import type { Experiment } from '../../record/schema.ts'

/**
 * What the files before the agent hold: after `crash` its own change, as it failed; else the best, its edits undone.
 * Texts may come from agents and programs as they are: the prompt cleans and fences them.
 */
export type Feedback =
  /** Its tree was tried before: by this experiment, or by one that waits for its verdict. */
  | { kind: 'tried'; duplicateOf: Experiment | Candidate }
  /** The guard refused an edit outside `edit`, or another that it never lets pass, for this reason. */
  | { kind: 'outside'; refused: string }
  /** A run failed; the end of its log, and how often it may still be mended. */
  | { kind: 'crash'; candidate: Candidate; why: string; traceback: string; left: number }
  /** A change of its own that did not apply to a newer best. */
  | { kind: 'redo'; candidate: Candidate; why: string }
  /** It answered and edited nothing. */
  | { kind: 'nothing' }
