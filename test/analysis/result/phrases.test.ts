import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { holdoutGapText, holdoutShortfall, whyUnconfirmed } from '../../../scripts/analysis/result/phrases.ts'
import { exampleSession } from '../../helpers/exampleRecords.ts'

test('the reason for a missing confirmation distinguishes failed, interrupted and missing runs', () => {
  const none = { runs: 0, failed: 0, interrupted: 0, seconds: null, overBudget: null }
  expect(whyUnconfirmed(none)).toBe('Baseline and head have not been run again.')
  expect(whyUnconfirmed({ ...none, runs: 4, failed: 4 })).toBe(
    '4 of 4 confirmation runs failed, which leaves too few for an interval.',
  )
  expect(whyUnconfirmed({ ...none, runs: 2, interrupted: 1 })).toBe(
    '1 of 2 confirmation runs was interrupted, which leaves too few for an interval.',
  )
  expect(whyUnconfirmed({ ...none, runs: 1 })).toBe('1 confirmation run is too few for an interval.')
  const overBudget = { final: 6.13, baseline: 1.2, allowed: 0.5, budget: 1 }
  expect(whyUnconfirmed({ ...none, runs: 6, overBudget })).toBe(
    'The final ran 6.13 s of 1 s, and the baseline 1.2 s; chance explains 0.5 s. It trained longer, or its start-up and evaluation take longer.',
  )
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
  expect(text(0, 0, 'inconclusive')).toBe('the same as on val')
  expect(text(0.5, 0, 'smaller')).toContain('0.50 ± 0 smaller')
})
