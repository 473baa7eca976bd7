import { expect, test } from 'vitest'
import { frontmatterSchema } from '../../scripts/program/contract.ts'
import { makePlan, planText, stopReason } from '../../scripts/ratchet/plan.ts'
import { seedsDue } from '../../scripts/ratchet/repeats.ts'
import type { Experiment, Status } from '../../scripts/record/schema.ts'
import type { State } from '../../scripts/record/state.ts'

const contract = (more: object) => frontmatterSchema.parse({ edit: 'a', run: 'b', metric: 'm', ...more })
const evening = new Date(2026, 10, 21, 22, 30)
const after = (...statuses: Status[]) => ({ experiments: statuses.map(status => ({ status }) as Experiment) }) as State

test('a night says what it will hold', () => {
  const plan = makePlan(contract({ until: '07:00' }), evening, null, 3)
  // 8.5 h less 30 s, at 1.08 × 300 s + 3 s a run: 93 runs, of which 3 are the baseline's seeds and 6 confirm.
  expect(plan.experiments).toBe(93 - 9)
  expect(planText(plan, 3)).toBe('about 93 runs until 07:00; 9 of them, 49 minutes, go to σ and confirm')
})

test('the first of several limits bounds it, and none is said as well', () => {
  expect(makePlan(contract({ hours: 8, experiments: 10 }), evening, 300, 3).experiments).toBe(10)
  expect(makePlan(contract({ hours: 1, experiments: 10 }), evening, 300, 1).experiments).toBe(6)
  expect(planText(makePlan(contract({}), evening, 300, 1), 3)).toMatch(/^runs until Ctrl-C/)
})

test('the night ends early enough to confirm', () => {
  const rules = contract({ hours: 1 })
  const plan = makePlan(rules, evening, 300, 3)
  const at = (minutes: number) =>
    stopReason(rules, after('keep', 'keep'), plan, new Date(evening.getTime() + minutes * 60e3))
  // Seven runs of five minutes and 30 s for the report do not fit into what is left after 24.5 minutes.
  expect(at(24)).toBeNull()
  expect(at(25)?.kind).toBe('hours')
})

test('patience counts experiments since the last keep, the baseline not', () => {
  const rules = contract({ patience: 2 })
  const plan = makePlan(rules, evening, 300, 3)
  expect(stopReason(rules, after('keep', 'keep', 'discard'), plan, evening)).toBeNull()
  expect(stopReason(rules, after('keep', 'keep', 'discard', 'crash'), plan, evening)?.kind).toBe('patience')
  expect(stopReason(rules, after('keep', 'discard'), plan, evening)).toBeNull()
})

test('the baseline does not count against a limit of experiments', () => {
  const rules = contract({ experiments: 1 })
  const plan = makePlan(rules, evening, 300, 3)
  expect(stopReason(rules, after('keep'), plan, evening)).toBeNull()
  expect(stopReason(rules, after('keep', 'discard'), plan, evening)?.kind).toBe('experiments')
})

test('the second seed comes early, the others spread over the night', () => {
  const due = (planned: number | null, seeds: number) =>
    Array.from({ length: 13 }, (_, done) => seedsDue(done, planned, seeds))
  expect(due(8, 3)).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2])
  expect(due(8, 1).every(n => n === 0)).toBe(true)
  expect(seedsDue(100, 84, 3)).toBe(2)
  expect(seedsDue(1, 1, 3)).toBeGreaterThan(0)
})
