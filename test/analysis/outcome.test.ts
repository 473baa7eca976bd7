import { describe, expect, test } from 'vitest'
import { digest } from '../../scripts/analysis/digest.ts'
import { holdoutGapText, holdoutShortfall, outcomeOf, whyUnconfirmed } from '../../scripts/analysis/outcome.ts'
import type { Experiment, Session } from '../../scripts/record/schema.ts'
import { headline } from '../../scripts/report/headline.ts'
import { answer } from '../../scripts/report/sections/answer.ts'
import { summaryHeadline as told } from '../../scripts/report/terminalSummary.ts'
import { buildExperiment, buildRun, buildSession, confirmRun, exampleSession } from '../helpers/exampleRecords.ts'

const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 })
const discard = buildExperiment(1, { metric: 2.5, gain: -0.1 })
const crash = buildExperiment(1, { status: 'crash' })

/** Baseline and kept change, each run again twice. */
const confirmedBy = (before: [number, number], after: [number, number]): Experiment[] =>
  [baseline, keep].map((experiment, i) => {
    const runs = (i === 0 ? before : after).map((metric, k) =>
      confirmRun(k + 2, metric, null, 100 + 40 * i + 20 * k, i),
    )
    return { ...experiment, runs: [...experiment.runs, ...runs] }
  })

const outcome = (experiments: Experiment[], session: Session = buildSession()) =>
  outcomeOf(digest(session, experiments, new Map()))

describe.each<[string, Experiment[], object, string, string, string]>([
  ['no experiment', [], { kind: 'empty' }, 'nothing has been measured yet', 'Nothing has been', 'Nothing has been'],
  [
    'a baseline that crashed',
    [buildExperiment(0, { status: 'crash' })],
    { kind: 'no-baseline' },
    'the baseline gave no value',
    'The baseline gave no value, so there is nothing to compare with.',
    'The baseline was not measured, so there is nothing to compare with. The baseline.',
  ],
  [
    'a baseline alone',
    [baseline],
    { kind: 'nothing-kept', baseline: 2.4, tried: 0, measured: false },
    'only the baseline was run',
    'Only the baseline was run',
    'Only the baseline was run',
  ],
  [
    'a crash',
    [baseline, crash],
    { kind: 'nothing-kept', tried: 1, measured: false },
    'nothing kept in 1 experiment',
    'Nothing was kept',
    'The one experiment was not measured',
  ],
  [
    'a discard',
    [baseline, discard],
    { kind: 'nothing-kept', tried: 1, measured: true },
    'nothing kept in 1 experiment',
    'Nothing was kept',
    'The one experiment was not kept',
  ],
  [
    'a keep',
    [baseline, keep],
    { kind: 'unconfirmed', bestSingleRun: { baseline: 2.4, best: 2.3, experiment: 1 } },
    'claimed, unconfirmed',
    'Not yet confirmed',
    'By the ledger',
  ],
  [
    'a gain in the runs of confirm',
    confirmedBy([2.4, 2.401], [2.3, 2.301]),
    { kind: 'confirmed', confirmed: { verdict: 'better', seeds: 2 } },
    'val_bpb confirmed, 2 seeds',
    'Confirmed: ',
    'Confirmed: on 2 seeds',
  ],
  [
    'an interval that includes zero',
    confirmedBy([2.3, 2.5], [2.2, 2.5]),
    { kind: 'inconclusive', confirmed: { verdict: 'inconclusive' } },
    'no gain could be confirmed',
    'No gain could be confirmed: ',
    'No gain could be confirmed: on 2 seeds',
  ],
  [
    'a loss in the runs of confirm',
    confirmedBy([2.3, 2.301], [2.4, 2.401]),
    { kind: 'worse', confirmed: { verdict: 'worse' } },
    'worse than the baseline',
    'Worse, not better: ',
    'Worse, not better: on 2 seeds',
  ],
])('%s', (_, experiments, expected, title, terminal, paragraph) => {
  test('has its kind and its numbers', () => {
    expect(outcome(experiments)).toMatchObject({ ...expected, state: 'ended' })
  })

  test('reads the same in title, terminal and report', () => {
    const facts = digest(buildSession(), experiments, new Map())
    expect(headline(facts, buildSession())).toContain(title)
    expect(told(facts).startsWith(terminal)).toBe(true)
    expect(answer(facts, experiments)[0]?.startsWith(paragraph)).toBe(true)
  })
})

test('a session is running until it has a stop reason, also a collected one', () => {
  const found = { ...digest(buildSession(), [baseline, keep], new Map()) }
  expect(outcomeOf({ ...found, stop: null }).state).toBe('running')
  expect(outcomeOf({ ...found, stop: null, collected: true }).state).toBe('running')
  expect(outcomeOf({ ...found, collected: true }).state).toBe('collected')
  expect(outcomeOf(found).state).toBe('ended')
})

test('the reason for a missing confirmation distinguishes failed runs from runs that were not made', () => {
  const failed = { ...keep, runs: [...keep.runs, confirmRun(2, null, null, 100, 1)] }
  const few = { ...keep, runs: [...keep.runs, confirmRun(2, 2.3, null, 100, 1)] }
  const final = digest(buildSession(), [baseline, keep], new Map()).final
  expect(whyUnconfirmed([baseline, keep], final)).toBe('baseline and head have not been run again')
  expect(whyUnconfirmed([baseline, failed], final)).toBe('confirm made 1 run, of which 1 failed')
  expect(whyUnconfirmed([baseline, few], final)).toBe('confirm made 1 run, too few for an interval')
})

test('the gain on the holdout is called smaller where the interval of the difference is above zero', () => {
  const { session, experiments, patches } = exampleSession()
  const { gap } = digest(session, experiments, patches)
  expect(holdoutShortfall({ gap })).toBe(gap?.gain)
  const within = { gain: 0.0021, interval: [-0.0013, 0.0055], verdict: 'inconclusive' } as const
  expect(holdoutShortfall({ gap: { ...within, interval: [...within.interval] } })).toBeNull()
  expect(holdoutShortfall({ gap: null })).toBeNull()
})

test('the gap to the holdout is always said with its interval, and what that shows', () => {
  const text = (gain: number, half: number, verdict: 'smaller' | 'inconclusive' | 'larger') =>
    holdoutGapText({ gain, interval: [gain - half, gain + half], verdict })
  expect(text(0.0021, 0.0034, 'inconclusive')).toBe(
    '0.0021 ± 0.0034 smaller than on val (95%), which includes zero: no sign that the search fitted val',
  )
  expect(text(-0.0021, 0.0034, 'inconclusive')).toContain(
    '0.0021 ± 0.0034 larger than on val (95%), which includes zero',
  )
  expect(text(0.0121, 0.0034, 'smaller')).toBe(
    '0.0121 ± 0.0034 smaller than on val (95%): a sign that the search fitted val',
  )
  expect(text(-12.1, 3.4, 'larger')).toBe('12.1 ± 3.4 larger than on val (95%)')
  expect(text(0.5, 0, 'smaller')).toContain('0.50 ± 0 smaller')
})

test('runs of the baseline that the loop had planned are named beside the seeds', () => {
  const seeds = [2.399, 2.401].map((value, k) => buildRun(value, { k: k + 4, purpose: 'seed', seed: k + 2 }))
  const [first, last] = confirmedBy([2.4, 2.401], [2.3, 2.301]) as [Experiment, Experiment]
  const experiments = [{ ...first, runs: [...first.runs, ...seeds] }, last]
  const facts = digest(buildSession(), experiments, new Map())
  const planned = 'and 2 runs of the baseline that the loop had planned'
  expect(answer(facts, experiments)[0]).toContain(
    `on 2 seeds that the loop never used (${planned}), the kept change takes`,
  )
  expect(told(facts)).toContain(`(95%, 2 seeds each, ${planned}, holdout not measured)`)
})
