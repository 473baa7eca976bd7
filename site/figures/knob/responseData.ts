/** Data of a knob's figures. */
import type { Status } from '../../../scripts/record/schema.ts'

export interface Response {
  name: string
  metric: string
  lowerIsBetter: boolean
  /** Values in ascending order; `change` in the metric's own sign, in percent of the baseline. */
  line: { raw: string; value: number; change: number }[]
  /** Tries that moved only this knob; `change` is null where nothing was measured. */
  tries: { value: number; change: number | null; status: Status; machine: string }[]
  best: string | null
  /** Two standard deviations of the difference of two runs, in percent; null when not known. */
  noise: number | null
}
