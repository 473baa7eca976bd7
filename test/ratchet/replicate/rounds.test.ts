/** Whole replications on simulated runs: the steps that follow from the runs, and how often their outcomes are wrong. */
import { expect, test } from 'vitest'
import type { Finding } from '../../../scripts/analysis/replicated.ts'
import { nextStep } from '../../../scripts/ratchet/replicate/rounds.ts'
import type { Candidate } from '../../../scripts/record/journal.ts'
import type { Experiment, OwnSession, Run } from '../../../scripts/record/schema.ts'
import { initialState, type State } from '../../../scripts/record/state.ts'
import { createRandom } from '../../../scripts/stats/random.ts'
import { buildExperiment, buildRun, buildSession, sha } from '../../helpers/exampleRecords.ts'

const plan = [1, 2, 3].map(n => ({
  experiments: n === 1 ? [4, 7] : [n + 2],
  description: '',
  commit: sha(n),
  why: null,
}))

const session = { ...buildSession({ readsBudget: false }), replication: { plan } } as unknown as OwnSession
const baseline = buildExperiment(0, { status: 'keep', metric: 1 }) as State['experiments'][0]
const sides = [1, 2, 3].map(n => ({ ...buildExperiment(n, {}), revision: 0, reworked: false }) as unknown as Candidate)

function begin(): State {
  const state = initialState(session)
  state.experiments.push({ ...baseline, runs: [...baseline.runs] })
  for (const side of sides) state.pending.set(side.number, side)
  return state
}

/** Makes the runs that are asked for, with these values. @returns each run, and each finding by experiment */
function play(state: State, measure: (experiment: number, seed: number) => number | null, rounds = 3) {
  const made: string[] = []
  const found = new Map<number, { finding: Finding; experiment: Experiment }>()
  for (;;) {
    const step = nextStep(state, rounds)
    if (step.kind === 'done') return { made, found }
    if (step.kind === 'judge') {
      found.set(step.experiment.number, step)
      state.pending.delete(step.experiment.number)
      state.open.delete(step.experiment.number)
      continue
    }
    const { experiment, seed, commit } = step.order
    made.push(`${experiment}@${seed}`)
    const run: Run = { ...template, seed, commit, metric: measure(experiment, seed), k: made.length }
    if (experiment === 0) state.experiments[0]?.runs.push(run)
    else state.open.set(experiment, [...(state.open.get(experiment) ?? []), run])
  }
}
const template = buildRun(1, { purpose: 'confirm' })

test('each round runs all on one seed, in the reverse order of the one before; then the stack alone goes on', () => {
  const random = createRandom(3)
  const { made, found } = play(begin(), experiment => 1 - (experiment === 2 ? 0.5 : 0) + random.normal() / 100, 2)
  expect(made.slice(0, 8).map(run => Number(run[0]))).toEqual([0, 1, 2, 3, 3, 2, 1, 0])
  expect(made.slice(8).every(run => /^[01]@100[34]$/.test(run))).toBe(true)
  expect(found.get(2)?.finding).toMatchObject({ outcome: 'confirmed', found: { seeds: 2, looks: 1 } })
  expect(found.get(1)?.experiment.looks?.map(({ pairs }) => pairs)).toEqual([2, 3, 4].slice(0, made.length / 2 - 3))
})

test('a side whose first run gives no value is judged at once, and the others go on without it', () => {
  const { made, found } = play(begin(), experiment => (experiment === 1 ? null : experiment === 2 ? 0.5 : 1))
  expect(made.filter(run => run.startsWith('1@'))).toEqual(['1@1001'])
  expect([...found].map(([number, { finding }]) => [number, finding.outcome])).toEqual([
    [1, 'failed'],
    [2, 'confirmed'],
    [3, 'not confirmed'],
  ])
})

test('of changes without a gain at most 2.5% are confirmed, and the intervals hold the true gain in 95% of cases', () => {
  const random = createRandom(11)
  const times = 1000
  const wrong = new Map([1, 2, 3].map(n => [n, 0]))
  const held = new Map([1, 2, 3].map(n => [n, 0]))
  let further = 0
  for (let i = 0; i < times; i++) {
    // Every other time the changes have gains, for the extra pairs then depend on them.
    const gains = i % 2 === 0 ? [0, 0, 0] : [0.6, 0.6, 0]
    const { made, found } = play(begin(), (experiment, _seed) => 100 - (gains[experiment - 1] ?? 0) + random.normal())
    if (made.length > 12) further++
    for (const [number, { finding }] of found) {
      const gain = gains[number - 1] ?? 0
      const [low, high] = finding.found?.interval ?? [0, 0]
      if (low <= gain && gain <= high) held.set(number, (held.get(number) ?? 0) + 1)
      if (gain === 0 && finding.outcome === 'confirmed') wrong.set(number, (wrong.get(number) ?? 0) + 1)
    }
  }
  // Three standard errors of the simulation above 2.5%, below 95%.
  for (const number of [1, 2]) expect((wrong.get(number) ?? 0) / (times / 2), `${number}`).toBeLessThan(0.025 + 0.021)
  expect((wrong.get(3) ?? 0) / times).toBeLessThan(0.025 + 0.0148)
  for (const number of [1, 2, 3]) expect((held.get(number) ?? 0) / times, `${number}`).toBeGreaterThan(0.95 - 0.0207)
  expect(further).toBeGreaterThan(times / 2)
})
