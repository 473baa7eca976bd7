/** All that a prompt is made from; read by ratchet/propose/promptInput.ts, so that the prompt itself is a pure function. */
import type { Label } from '../../analysis/schema.ts'
import type { Knob } from '../../analysis/search/knob.ts'
import type { Contract } from '../../program/contract.ts'
import type { Rejection } from '../../record/rejections.ts'
import type { CurvePoint } from '../../record/schema.ts'
import type { State } from '../../record/state.ts'
import type { Confirmed } from '../../stats/confirm.ts'
import type { Feedback } from './feedback.ts'

export interface Told {
  /** Of program.md, as it is now. */
  prose: string
  contract: Contract
  state: Pick<State, 'session' | 'experiments' | 'pending'>
  /** change.patch by experiment; one that is missing is not told. */
  patches: Map<number, string>
  /** Loss curves of the best and of the last run, by experiment, as far as they left one. */
  curves: Map<number, CurvePoint[]>
  /** What people rejected in this session, and what other sessions found, those people's rejections included. */
  rejected: Rejection[]
  elsewhere: Elsewhere[]
  /** Whether a larger step is asked for. */
  bold: boolean
  /** Why the agent is asked again, in order; the files before it are as the first says. None: a new proposal. */
  feedback: Feedback[]
}

/** Another session's findings, made once a session. */
export interface Elsewhere {
  id: string
  machine: string
  /** Seconds of a run; null where a collected session doesn't tell. */
  budget: number | null
  experiments: number
  baseline: number | null
  best: number | null
  /** What confirm found, with its interval; null where it has not run. */
  confirmed: Pick<Confirmed, 'gain' | 'interval'> | null
  /** Best first. The word is its report's: "confirmed" to "refuted". */
  kept: { description: string; gain: number; word: Label | null }[]
  /** Knobs whose shape is known. */
  knobs: Pick<Knob, 'id' | 'shape' | 'best'>[]
  rejected: { number: number; description: string; why: string }[]
}
