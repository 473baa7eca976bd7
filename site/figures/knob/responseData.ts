/** What was tried of a knob, as its figures see it. */
import type { Status } from '../../../scripts/record/schema.ts'

export interface Response {
  name: string
  metric: string
  lowerIsBetter: boolean
  /** Values by size; `change` in the metric's own sign, in percent of the baseline. */
  line: { raw: string; value: number; change: number }[]
  /** Each try that moved this alone; `change` null where nothing was measured. */
  tries: { value: number; change: number | null; status: Status; machine: string }[]
  best: string | null
  /** Twice the noise of a difference of two runs, in percent; null when not known. */
  noise: number | null
}
