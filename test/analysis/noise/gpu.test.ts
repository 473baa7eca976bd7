import { expect, test } from 'vitest'
import { hasDrifted } from '../../../scripts/analysis/noise/drift.ts'
import { gpuFindings } from '../../../scripts/analysis/noise/gpuRuns.ts'
import { hasTrouble, stateNotes, stateSentences } from '../../../scripts/analysis/noise/gpuState.ts'
import type { GpuState, RunGpu } from '../../../scripts/record/gpu/schema.ts'
import type { Experiment } from '../../../scripts/record/schema.ts'
import { at, buildExperiment, buildRun, buildSession, reportInputOf, sha } from '../../helpers/exampleRecords.ts'

const state = (over: Partial<GpuState> = {}): GpuState => ({
  at: at(0),
  index: 0,
  memoryMb: 81_559,
  usedMb: 4,
  processes: 0,
  busy: 0,
  clockMhz: 345,
  maxClockMhz: 1980,
  limits: ['idle'],
  ...over,
})
const runGpu = (over: Partial<RunGpu> = {}): RunGpu => ({
  index: 0,
  samples: 5,
  busySamples: 4,
  clockMhz: 1980,
  maxClockMhz: 1980,
  limits: [],
  others: { processes: 0, memoryMb: 0 },
  ...over,
})
/** Experiments with one run each, of those commits. */
const experiments = (gpus: (RunGpu | undefined)[], commit = (i: number) => sha(i)): Experiment[] =>
  gpus.map((gpu, i) => {
    const run = buildRun(2.4, { commit: commit(i), startedAt: at(3600 * i), ...(gpu && { gpu }) })
    return buildExperiment(i, { status: i === 0 ? 'keep' : 'discard', metric: 2.4, runs: [run] })
  })
const found = (given: Experiment[], gpus?: GpuState[]) =>
  gpuFindings({ gpus }, given).map(({ of, sentence }) => `${of}: ${sentence}`)

test('a free GPU, one with a display server, and clocks that a person set or power holds down say nothing', () => {
  const free = [state(), state({ usedMb: 480, busy: 6, limits: ['power-cap', 'clock-setting'] })]
  const unknown = state({ memoryMb: null, usedMb: null, processes: null, busy: null, clockMhz: null, limits: null })
  for (const each of [...free, unknown]) expect(hasTrouble(each)).toBe(false)
  expect(stateNotes([...free, unknown])).toEqual([])
})

test('what uses or slows down a GPU before the first run is told with its numbers', () => {
  const used = state({ processes: 2, usedMb: 12_596, busy: 98 })
  expect(stateNotes([used])).toEqual([
    'GPU 0 is in use by 2 other processes, is at 98% load and has 12.3 of its 79.6 GB of memory taken: runs may be slower, vary more, or run out of memory',
  ])
  expect(stateNotes([state({ processes: 1, usedMb: null }), state({ index: 3, usedMb: 900, memoryMb: null })])).toEqual(
    [
      'GPU 0 is in use by 1 other process: runs may be slower, vary more, or run out of memory',
      'GPU 3 has 0.9 GB of memory taken: runs may be slower, vary more, or run out of memory',
    ],
  )
  // The driver says with the bit of the slowdown which of its causes it has.
  expect(stateNotes([state({ limits: ['slowdown', 'heat'] }), state({ limits: ['slowdown'] })])).toEqual([
    'GPU 0 is slowed down by heat: runs may be slower',
    'GPU 0 is slowed down by its hardware, for heat or power: runs may be slower',
  ])
  expect(stateSentences([{ ...used, limits: ['power-brake'] }])).toEqual([
    'At 22:00 UTC, without a run of this session, GPU 0 was in use by 2 other processes, was at 98% load and had 12.3 of its 79.6 GB of memory taken.',
    'At 22:00 UTC, without a run of this session, GPU 0 was slowed down by a signal of the power supply (power brake).',
  ])
})

test('runs beside other processes are counted among the sampled ones and named', () => {
  const shared = runGpu({ others: { processes: 1, memoryMb: 12_596 } })
  expect(found(experiments([runGpu(), shared, undefined, runGpu({ others: null })]))).toEqual([
    'sharing: Another process was on the GPU during 1 of 2 runs whose processes are known (0001), with up to 12.3 GB of its memory: such runs may be slower, or vary more.',
  ])
  const crowded = runGpu({ others: { processes: 3, memoryMb: null } })
  expect(found(experiments([crowded, crowded, shared, crowded, shared]))).toEqual([
    'sharing: Other processes, up to 3 at a time, were on the GPU during 5 of 5 sampled runs (the baseline, 0001, 0002 and 2 more experiments), with up to 12.3 GB of its memory: such runs may be slower, or vary more.',
  ])
  expect(found(experiments([runGpu(), undefined]))).toEqual([])
})

test('a slowdown counts for a run that has it in half of its samples', () => {
  const heat = (share: number) => runGpu({ limits: [{ limit: 'driver-heat', share }] })
  const hardware = runGpu({ limits: [{ limit: 'slowdown', share: 1 }] })
  expect(found(experiments([runGpu(), heat(0.4), heat(0.5), heat(1), hardware]))).toEqual([
    'slowdown: In 2 of 5 runs sampled under load (0002 and 0003) the GPU was slowed down by heat in at least half of those samples.',
    'slowdown: In 1 of 5 runs sampled under load (0004) the GPU was slowed down by its hardware, for heat or power in at least half of those samples.',
  ])
})

test('clocks of the same code that are far apart are told in the order of time', () => {
  const clocks = [1980, 1965, 1755].map((clockMhz, i) =>
    runGpu({ clockMhz, limits: i === 2 ? [{ limit: 'power-cap', share: 1 }] : [] }),
  )
  expect(found(experiments(clocks, () => sha(0)))).toEqual([
    "clock: The baseline: under the same code the GPU's clock was 1980 MHz (20 Nov, 22:00) and 1755 MHz (21 Nov, 00:00 UTC), each the median of a run; its power limit held the lower one down.",
  ])
  const faster = [1755, 1980].map((clockMhz, index) => runGpu({ clockMhz, index }))
  expect(found(experiments(faster, () => sha(0)))).toEqual([
    "clock: The baseline: under the same code the GPU's clock was 1755 MHz on GPU 0 (22:00) and 1980 MHz on GPU 1 (23:00 UTC), each the median of a run.",
  ])
  // Of different code nothing is said, nor of what varies by less than 5%.
  expect(found(experiments(clocks))).toEqual([])
  expect(found(experiments(clocks.slice(0, 2), () => sha(0)))).toEqual([])
})

test('the findings are in the digest, and are no drift that a label depends on', () => {
  const session = buildSession({ gpus: [state({ processes: 1 })] })
  const { drift } = reportInputOf(session, experiments([runGpu({ others: { processes: 1, memoryMb: 9000 } })])).digest
  expect(drift.map(({ kind, of, experiment }) => [kind, of, experiment])).toEqual([
    ['gpu', 'sharing', 0],
    ['gpu', 'sharing', 0],
  ])
  expect(hasDrifted(drift)).toBe(false)
})
