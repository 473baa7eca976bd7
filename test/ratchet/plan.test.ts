import { expect, test } from 'vitest'
import { frontmatterSchema } from '../../scripts/program/contract.ts'
import { makePlan, planText, startClock, stopReason } from '../../scripts/ratchet/plan.ts'
import { baselineSeedsDue } from '../../scripts/ratchet/train/repeats.ts'
import type { Candidate } from '../../scripts/record/journal.ts'
import type { Experiment, Status } from '../../scripts/record/schema.ts'
import type { State } from '../../scripts/record/state.ts'

const contract = (more: object) => frontmatterSchema.parse({ edit: 'a', run: 'b', metric: 'm', ...more })
const evening = new Date(2026, 10, 21, 22, 30)
const noLimit = { until: null }
const after = (...statuses: Status[]) =>
  ({
    experiments: statuses.map(status => ({ status, runs: [] as unknown, agent: {} }) as Experiment),
    pending: new Map() as State['pending'],
  }) as State

test('the plan states the runs until the end and those reserved for noise and confirmation', () => {
  const rules = contract({ until: '07:00' })
  const plan = makePlan(rules, startClock(rules, evening, 0), null, 3)
  // 8.5 h less 30 s, at 1.08 × 300 s + 3 s a run: 93 runs, of which 3 are the baseline's seeds and 6 confirm.
  expect(plan.experiments).toBe(93 - 9)
  expect(planText(plan, 3, evening)).toBe(
    'about 93 runs until 07:00; 9 of them, 49 minutes, for noise and confirmation',
  )
})

test('slots multiply the experiments, but confirm uses one slot', () => {
  // (3600 − 30) / 300 = 11.9 runs a slot; two are for confirm; the three baseline seeds are subtracted once.
  expect(makePlan(contract({ hours: 1 }), noLimit, 300, 1, 4).experiments).toBe(9 * 4 - 3)
})

test('the smallest of several limits bounds the plan; without a limit it says so', () => {
  expect(makePlan(contract({ hours: 8, experiments: 10 }), noLimit, 300, 3).experiments).toBe(10)
  expect(makePlan(contract({ hours: 1, experiments: 10 }), noLimit, 300, 1).experiments).toBe(6)
  expect(planText(makePlan(contract({}), noLimit, 300, 1), 3, evening)).toMatch(/^runs until Ctrl-C/)
  const open = contract({ cost_usd: 5, patience: 9 })
  expect(planText(makePlan(open, noLimit, 300, 1), 3, evening)).toMatch(/^runs until patience or cost_usd ends it;/)
})

test('the session stops early enough to confirm', () => {
  const rules = contract({ hours: 1 })
  const plan = makePlan(rules, noLimit, 300, 3)
  const at = (minutes: number) => stopReason(rules, after('keep', 'keep'), plan, minutes * 60)
  // Seven runs of five minutes and 30 s for the report do not fit into what is left after 24.5 minutes.
  expect(at(24)).toBeNull()
  expect(at(25)?.kind).toBe('hours')
})

test('a resumed session has the remaining hours, and the next occurrence of the clock time', () => {
  const rules = contract({ hours: 1, until: '23:00' })
  const plan = makePlan(rules, startClock(rules, evening, 1200), 300, 0)
  expect(plan.end).toBe(1200 + 1800)
  expect(stopReason(rules, after('keep'), plan, 2900)?.kind).toBe('until')
})

test('patience counts experiments since the last keep, excluding the baseline', () => {
  const rules = contract({ patience: 2 })
  const plan = makePlan(rules, noLimit, 300, 3)
  expect(stopReason(rules, after('keep', 'keep', 'discard'), plan, 0)).toBeNull()
  expect(stopReason(rules, after('keep', 'keep', 'discard', 'crash'), plan, 0)?.kind).toBe('patience')
  expect(stopReason(rules, after('keep', 'discard'), plan, 0)).toBeNull()
})

test('the baseline does not count against a limit of experiments', () => {
  const rules = contract({ experiments: 1 })
  const plan = makePlan(rules, noLimit, 300, 3)
  expect(stopReason(rules, after('keep'), plan, 0)).toBeNull()
  expect(stopReason(rules, after('keep', 'discard'), plan, 0)?.kind).toBe('experiments')
})

test.each([
  ['minimize', 0.5, 0.4, true],
  ['minimize', 0.5, 0.6, false],
  ['maximize', 0.5, 0.6, true],
] as const)('goal %s, target %d, head %d: reached is %s', (goal, target, value, ends) => {
  const rules = contract({ metric: { name: 'm', goal, target } })
  const head = {
    status: 'keep',
    commit: 'c',
    runs: [{ purpose: 'candidate', commit: 'c', metric: value }],
    agent: {},
  } as Experiment
  const stop = stopReason(rules, { experiments: [head] } as State, makePlan(rules, noLimit, 300, 3), 0)
  expect(stop?.kind).toBe(ends ? 'target' : undefined)
})

test('a known cost over the limit ends the session; an unknown cost does not', () => {
  const rules = contract({ cost_usd: 1 })
  const spent = (...costs: (number | null)[]) => costing(rules, costs)
  const plan = makePlan(rules, noLimit, 300, 3)
  expect(stopReason(rules, spent(0.6, null, 0.5), plan, 0)?.kind).toBe('cost')
  expect(stopReason(rules, spent(0.6, null), plan, 0)).toBeNull()
})

const costing = (rules: object, costs: (number | null)[], devices = 1) =>
  ({
    session: { contract: rules, active: [{ from: '2026-11-21T22:00:00.000Z', to: null, devices }] } as unknown,
    experiments: costs.map(costUsd => ({ status: 'discard', runs: [] as unknown, agent: { costUsd } }) as Experiment),
    pending: new Map(),
  }) as State

test('a proposal that waits for its run has cost something too', () => {
  const rules = contract({ cost_usd: 1 })
  const state = costing(rules, [0.6])
  state.pending.set(2, { agent: { costUsd: 0.5 } } as Candidate)
  expect(stopReason(rules, state, makePlan(rules, noLimit, 300, 3), 0)?.detail).toBe('the agent has cost $1.10')
})

test('with a price of the GPUs the limit counts them, with another experiment and confirm', () => {
  const rules = contract({ cost_usd: 10, gpu_usd_hour: 2 })
  // Seven runs of 300 s and 30 s for the report cost $1.18 on one GPU.
  const plan = makePlan(rules, noLimit, 300, 3)
  const at = (hours: number, devices = 1) => stopReason(rules, costing(rules, [1, null], devices), plan, hours * 3600)
  expect(at(3.9)).toBeNull()
  expect(at(3.95)).toEqual({
    kind: 'cost',
    detail:
      'the session has cost $1.00 for agents and $7.90 for GPUs, and the GPUs of another experiment and confirm, about $1.18, would exceed $10.00',
  })
  expect(at(4.5)?.detail).toBe('the session has cost $1.00 for agents and $9.00 for GPUs')
  // Two GPUs cost twice as much.
  expect(at(1.6, 2)).toBeNull()
  expect(at(1.7, 2)?.kind).toBe('cost')
})

test('the second baseline seed is due early, the others are spread over the session', () => {
  const due = (planned: number | null, seeds: number) =>
    Array.from({ length: 13 }, (_, done) => baselineSeedsDue(done, planned, seeds))
  expect(due(8, 3)).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2])
  expect(due(8, 1).every(n => n === 0)).toBe(true)
  expect(baselineSeedsDue(100, 84, 3)).toBe(2)
  expect(baselineSeedsDue(1, 1, 3)).toBeGreaterThan(0)
})

test('a paired experiment counts with all its runs, and confirm makes as many', () => {
  const rules = contract({ hours: 1, judge: 'paired', budget: '24s', seeds: 1 })
  const plan = makePlan(rules, noLimit, 1, 1)
  // Six rounds of candidate, head, head, candidate; 3570 s less 24 runs of confirm and one of the baseline.
  expect(plan).toMatchObject({ experimentRuns: 24, confirmRuns: 24, experiments: Math.floor((3570 - 24 - 1) / 24) })
  expect(planText(plan, 1, evening)).toBe(
    'about 147 experiments, each of candidate and head in turns, 24 s in all; then confirm'.replace(
      ',',
      ' until 23:30,',
    ),
  )
  const at = (seconds: number) => stopReason(rules, after('keep', 'keep'), plan, seconds)
  expect(at(3600 - 30 - 48)).toBeNull()
  expect(at(3600 - 30 - 47)?.kind).toBe('hours')
})

test('`repeat: marginal` is refused with `judge: paired`, whose candidates run several times anyway', () => {
  expect(() => contract({ judge: 'paired', repeat: 'marginal' })).toThrow('goes with `judge: single`')
})
