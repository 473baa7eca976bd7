import { expect, test } from 'vitest'
import { excessOfFinal, overBudgetWarnings, secondsAllowed } from '../../scripts/analysis/budget.ts'
import type { Experiment, Run } from '../../scripts/record/schema.ts'

const session = { budget: 300, readsBudget: true }
const run = (seconds: number, more: Partial<Run> = {}) =>
  ({
    seconds,
    outcome: 'ok',
    purpose: 'seed',
    commit: 'a',
    metric: 1,
    summary: { training_seconds: 300 },
    ...more,
  }) as Run

test('a first run may take as long as the one of the baseline that compiled, a later one only as long as the later ones', () => {
  const runs = [run(380), run(322), run(323), run(500, { outcome: 'crash' })]
  // 5% of the budget on top, for the overheads vary less: 5 s of standard deviation at most.
  expect(secondsAllowed(session, runs, false)).toBeCloseTo(337.5, 1)
  expect(secondsAllowed(session, runs, true)).toBeGreaterThan(395)
})

test('before the baseline was run again, its first run is all that is known', () => {
  expect(secondsAllowed(session, [], false)).toBe(null)
  expect(secondsAllowed(session, [run(380)], false)).toBe(secondsAllowed(session, [run(380)], true))
})

test('runs of a fixed number of steps are not held to a budget', () => {
  const fixed = { budget: 300, readsBudget: false }
  const trained = (seconds: number) => [run(seconds + 20, { summary: { training_seconds: seconds } })]
  expect(secondsAllowed(fixed, trained(412), false)).toBe(null)
  expect(secondsAllowed(fixed, trained(97), false)).toBe(null)
  expect(secondsAllowed(fixed, [run(310, { summary: {} })], false)).toBe(null)
  // karpathy/autoresearch's train.py has its own constant, and prints that it trained so long.
  expect(secondsAllowed(fixed, trained(300.1), false)).not.toBe(null)
  expect(secondsAllowed({ budget: null }, trained(300.1), false)).toBe(null)
  // It reads the variable but prints no time, and takes less: what its start takes is not known.
  expect(secondsAllowed(session, [run(40, { summary: {} })], false)).toBe(null)
})

test('confirm compares the mean times of both sides', () => {
  const beside = [320, 322, 321].map(seconds => run(seconds, { purpose: 'confirm' }))
  const baseline = [run(380), run(310), ...beside]
  const final = (...seconds: number[]) => seconds.map(s => run(s, { purpose: 'confirm', commit: 'b' }))
  expect(excessOfFinal(session, baseline, final(330, 331, 329))).toBe(null)
  expect(excessOfFinal(session, baseline, final(340, 341, 342))).toEqual({
    final: 341,
    baseline: 321,
    allowed: 15,
    budget: 300,
  })
  // One run of three that trains a minute longer.
  expect(excessOfFinal(session, baseline, final(321, 385, 320))?.final).toBeCloseTo(342)
  expect(excessOfFinal(session, [run(380)], final(900))).toBe(null)
})

test('a baseline that stops early leaves the final the whole budget', () => {
  const early = (seconds: number, purpose: Run['purpose']) =>
    run(seconds, { purpose, summary: { training_seconds: 100 } })
  const baseline = [early(120, 'baseline'), early(120, 'confirm'), early(121, 'confirm')]
  expect(excessOfFinal(session, baseline, [run(320, { purpose: 'confirm' })])).toBe(null)
  expect(excessOfFinal(session, baseline, [run(350, { purpose: 'confirm' })])).not.toBe(null)
})

test('a first run over it has a warning that says whether it was run again', () => {
  const over = run(402, { allowedSeconds: 397 })
  const experiment = (number: number, runs: Run[]) => ({ number, status: 'keep', commit: 'a', runs }) as Experiment
  const found = overBudgetWarnings(
    [experiment(1, [run(300)]), experiment(2, [over, run(322)]), experiment(3, [over]), experiment(4, [over, over])],
    300,
  )
  expect(found.map(({ experiment, sentence }) => [experiment, sentence])).toEqual([
    [
      2,
      'In its first run it ran 402 s of 300 s, at most 397 s with start-up and evaluation: it was run again within them, and its value is of those runs.',
    ],
    [
      3,
      'In its first run it ran 402 s of 300 s, at most 397 s with start-up and evaluation: it may have trained longer, or have compiled or been evaluated longer than the baseline.',
    ],
    [
      4,
      'In its first run it ran 402 s of 300 s, at most 397 s with start-up and evaluation: so did its repeat, while other slots used the same device.',
    ],
  ])
})
