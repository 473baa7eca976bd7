/** What the state of a GPU without a run of the session says: that something else uses it, or slows it down. Pure. */
import { plural } from '../../lib/text.ts'
import type { ClockLimit, GpuState } from '../../record/gpu/schema.ts'
import { list } from '../numbers.ts'

/** MB; a display server takes up to that, and so does a driver. */
const usualMb = 500
/** Percent; a GPU at rest is at 0. */
const usualBusy = 10

export const hasTrouble = (state: GpuState): boolean => isUsed(state) || slowdownsIn(state.limits ?? []).length > 0

const isUsed = ({ processes, usedMb, busy }: GpuState): boolean =>
  (processes ?? 0) > 0 || (usedMb ?? 0) > usualMb || (busy ?? 0) > usualBusy

/** For the terminal, sentences without their end; none where the GPUs are free. */
export const stateNotes = (states: readonly GpuState[]): string[] =>
  states.flatMap(state => [
    ...(isUsed(state) ? [`${useText(state, 'is', 'has')}: runs may be slower, vary more, or run out of memory`] : []),
    ...slowdownTexts(state).map(text => `GPU ${state.index} is slowed down ${text}: runs may be slower`),
  ])

/** For a report, whole sentences. */
export const stateSentences = (states: readonly GpuState[]): string[] =>
  states.flatMap(state => {
    const when = `At ${state.at.slice(11, 16)} UTC, without a run of this session, `
    return [
      ...(isUsed(state) ? [`${when}${useText(state, 'was', 'had')}.`] : []),
      ...slowdownTexts(state).map(text => `${when}GPU ${state.index} was slowed down ${text}.`),
    ]
  })

/** "GPU 0 is in use by 2 other processes, is at 98% load and has 12.3 of its 79.6 GB of memory taken" */
function useText({ index, processes, usedMb, memoryMb, busy }: GpuState, is: 'is' | 'was', has: 'has' | 'had'): string {
  const isOthers = (processes ?? 0) > 0
  const isTaken = usedMb !== null && (isOthers || usedMb > usualMb)
  const size = memoryMb === null ? '' : ` of its ${gigabytes(memoryMb)}`
  const clauses = [
    isOthers ? `${is} in use by ${plural(processes ?? 0, 'other process', 'other processes')}` : '',
    (busy ?? 0) > usualBusy ? `${is} at ${busy}% load` : '',
    isTaken ? `${has} ${gigabytes(usedMb)}${size} GB of memory taken` : '',
  ]
  return `GPU ${index} ${list(clauses.filter(clause => clause !== ''))}`
}

/** "12.3" */
export const gigabytes = (mb: number): string => (mb / 1024).toFixed(1)

const slowdownTexts = ({ limits }: GpuState): string[] =>
  slowdownsIn(limits ?? []).map(slowdown => slowdownWords[slowdown])

/** What makes a GPU slower than it should be. A power cap under load and clocks that a person set do not count. */
export type Slowdown = 'heat' | 'power-brake' | 'slowdown'

export const slowdownWords = {
  heat: 'by heat',
  'power-brake': 'by a signal of the power supply (power brake)',
  slowdown: 'by its hardware, for heat or power',
} as const satisfies Record<Slowdown, string>

/** The bit of the hardware's slowdown is set beside its cause, where that is known. */
export function slowdownsIn(limits: readonly ClockLimit[]): Slowdown[] {
  const causes: Slowdown[] = [
    ...(limits.includes('heat') || limits.includes('driver-heat') ? ['heat' as const] : []),
    ...(limits.includes('power-brake') ? ['power-brake' as const] : []),
  ]
  return causes.length === 0 && limits.includes('slowdown') ? ['slowdown'] : causes
}
