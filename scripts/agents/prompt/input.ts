/** Input of a prompt, read by ratchet/propose/promptInput.ts: the prompt is a pure function of it. */
import type { ReplicatedChange } from '../../analysis/replication/facts.ts'
import type { Label } from '../../analysis/schema.ts'
import type { Knob } from '../../analysis/search/knob.ts'
import type { Contract } from '../../program/contract.ts'
import type { Rejection } from '../../record/files/rejections.ts'
import type { CurvePoint, Status } from '../../record/schema.ts'
import type { State } from '../../record/state.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import type { Feedback } from './feedback.ts'

export interface PromptInput {
  /** Prose of program.md as it is now. */
  prose: string
  contract: Contract
  state: Pick<State, 'session' | 'experiments' | 'pending'>
  /** change.patch by experiment; may lack some. */
  patches: Map<number, string>
  /** Loss curves of the head and of the last measured experiment, by experiment. */
  curves: Map<number, CurvePoint[]>
  /** Experiments of this session that people rejected. */
  rejected: Rejection[]
  otherSessions: OtherSession[]
  /** Whether the agent is asked for a larger step. */
  bold: boolean
  /** Places to train. */
  slots: number
  /** Other proposals that are being made at the same moment. */
  others: number
  /** Why the agent is asked again, oldest first; the first says what the worktree contains. Empty: a new proposal. */
  feedback: Feedback[]
}

export type Replicated = Pick<ReplicatedChange, 'of' | 'description' | 'outcome' | 'found' | 'there'>

/** Findings of another session; computed once per session. */
export interface OtherSession {
  id: string
  machine: string
  /** Seconds of a run; null: a collected session did not record it. */
  budget: number | null
  /** Without the baseline. */
  experiments: number
  /** Of a replication: the session whose changes it ran, and what it found of them; null and empty of any other. */
  replicationOf: string | null
  replicated: Replicated[]
  baseline: number | null
  best: number | null
  /** The confirmed gain with its interval; null: confirm has not run. */
  confirmed: Pick<Confirmed, 'gain' | 'interval'> | null
  /** Largest gain first. `word` is the label of its report: "confirmed" to "refuted". */
  kept: { description: string; gain: number; word: Label | null }[]
  /** Knobs whose shape is not unclear. */
  knobs: Pick<Knob, 'id' | 'shape' | 'best'>[]
  rejected: { number: number; description: string; why: string }[]
  /** Only of the session whose final this one starts with. */
  inherited?: InheritedMemory
}

/** What the other session tried besides what is inherited. `gain`: over its head then; null where it was not measured. */
export interface InheritedMemory {
  /** Numbers of the inherited experiments. */
  experiments: number[]
  tried: { number: number; status: Status; description: string; gain: number | null }[]
}
