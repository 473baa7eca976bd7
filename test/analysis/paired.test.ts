import { expect, test } from 'vitest'
import { contractSection } from '../../scripts/agents/prompt/rules.ts'
import { confirmedBetween } from '../../scripts/analysis/confirm/confirmed.ts'
import { digest } from '../../scripts/analysis/digest.ts'
import { drifts } from '../../scripts/analysis/noise/drift.ts'
import { noiseOf, pairsOfSession } from '../../scripts/analysis/noise/noise.ts'
import { nullGainOfPairs } from '../../scripts/analysis/result/selection.ts'
import { effectsOf } from '../../scripts/analysis/search/effects.ts'
import { shapeOf, stepsOf } from '../../scripts/analysis/search/knobShape.ts'
import { knobs } from '../../scripts/analysis/search/knobs.ts'
import { frontmatterSchema } from '../../scripts/program/contract.ts'
import { doubtfulKeeps } from '../../scripts/ratchet/prune/prune.ts'
import type { Noise, OwnExperiment, OwnSession, Run } from '../../scripts/record/schema.ts'
import { noiseSentences } from '../../scripts/report/sections/session.ts'
import { buildExperiment, buildRun, buildSession, sha } from '../helpers/exampleRecords.ts'

const contract = frontmatterSchema.parse({ edit: 'a', run: 'b', metric: 'm', judge: 'paired', budget: '20s' })
const session = buildSession({ contract, noise: null, metric: { ...buildSession().metric, holdout: null } })

/** Four pairs of a candidate with this gain, on a machine that is slower by one each time. */
const pairs = (gain: number, from: number, parent: string, commit: string): Run[] =>
  [0, 1, 2, 3].flatMap(i => {
    const value = from + i
    const own = buildRun(value - gain - (i % 2) / 100, {
      k: 2 * i + 1,
      seed: i + 1,
      commit,
      purpose: i === 0 ? 'candidate' : 'repeat',
    })
    return [own, buildRun(value, { k: 2 * i + 2, seed: i + 1, commit: parent, purpose: 'opponent' })]
  })

const kept = (number: number, gain: number, from: number) => {
  const [commit, parent] = [sha(number), sha(number - 1)]
  const e = buildExperiment(number, {
    status: 'keep',
    metric: from,
    gain,
    commit,
    runs: pairs(gain, from, parent, commit),
  })
  return { ...e, decision: e.decision && { ...e.decision, pairs: { count: 4, half: 0.01 } } }
}
const baseline = buildExperiment(0, {
  status: 'keep',
  metric: 100,
  commit: sha(0),
  runs: [buildRun(100, { commit: sha(0), purpose: 'baseline' })],
})
const experiments = [baseline, kept(1, 2, 110), kept(2, 1, 120)]

test('the claim of a paired session is the sum of its gains, not a difference of values of different times', () => {
  const facts = digest(session, experiments, new Map())
  expect(facts.pairs).toBe(4)
  // The head's own value, 120, is worse than the baseline's 100: the machine has drifted.
  expect(facts.bestSingleRun).toMatchObject({ baseline: 100, gain: 3, best: 97, experiment: 2 })
  expect(facts.noise?.sigma).toBeLessThan(0.02)
  expect(facts.detectable).toBeCloseTo(2 * (facts.noise?.sigma ?? 0) * Math.SQRT1_2, 12)
  const text = noiseSentences(facts).join(' ')
  expect(text).toContain('each verdict compares runs made side by side')
  expect(text).toContain('The 4 pairs of an experiment can show a gain of')
  expect(text).not.toMatch(/single run|seed to seed/)
  expect(facts.kept.map(k => k.pReal)).toEqual([expect.any(Number), expect.any(Number)])
})

test('the head’s runs beside a candidate are no runs of the candidate, and no sign of drift', () => {
  expect(noiseOf(session, experiments)).toMatchObject({ runs: 16 })
  const { metric } = session
  expect(drifts({ metric, experiments })).toEqual([])
})

test('confirm compares only runs on the same seed', () => {
  const confirm = (metric: number, seed: number, commit: string) =>
    buildRun(metric, { k: seed, seed, commit, purpose: 'confirm' })
  const first = {
    ...baseline,
    runs: [confirm(200, 1001, sha(0)), confirm(300, 1002, sha(0)), confirm(999, 1003, sha(0))],
  }
  const head = { ...kept(1, 2, 110), runs: [confirm(198, 1001, sha(1)), confirm(298, 1002, sha(1))] }
  const found = confirmedBetween(first, head, 'minimize', null, pairsOfSession(session, experiments))
  expect(found).toMatchObject({ gain: 2, seeds: 2, verdict: 'better' })
  expect(pairsOfSession(buildSession(), experiments)).toBeNull()
})

test('changes without effect would claim half of their noise each', () => {
  // Mean of the positive part of a normal value: 0.3989 of its standard deviation.
  expect(
    nullGainOfPairs(
      [
        [1, 2],
        [1, 2],
      ],
      { sigma: 1, interval: [0.5, 2] },
    )?.gain,
  ).toBeCloseTo(2 * 0.39894, 4)
  expect(nullGainOfPairs([[1, 2]], null)).toBeNull()
})

test('the prompt says how a paired session judges', () => {
  const { intro } = contractSection(contract, session)
  expect(intro).toContain('about 20 s for all runs of an experiment together')
  expect(intro).toContain('candidate and head run in turns, in pairs on the same seed')
  expect(contractSection({ ...contract, judge: 'single' }, session).intro).not.toContain('in turns')
})

test('effects, knobs and prune of a paired session rest on its pairs, not on values of different times', () => {
  const noise = noiseOf(session, experiments)
  const effects = effectsOf(experiments, 'minimize', noise as Noise)
  expect(effects.get(2)).toMatchObject({ gain: 1, runs: 4, headRuns: 4, among: 1, kept: true })
  const patch = '--- a/a\n+++ b/a\n@@ -1 +1 @@\n-const rate = 1\n+const rate = 2\n'
  const [knob] = knobs(experiments, new Map([[1, patch]]), 'minimize', noise).knobs
  expect(knob?.tries[0]).toMatchObject({ runs: 4, head: { experiment: 0, runs: 4 }, beside: true })
  // By their values alone both made the metric worse by 10.
  expect(doubtfulKeeps({ session: session as OwnSession, experiments: experiments as OwnExperiment[] })).toEqual([])
})

test('two values tried beside the same head differ by the noise of two runs of the head as well', () => {
  const noise = { sigma: 1, df: 1000 }
  const tries = (beside: boolean, gain: number) =>
    [
      [1, 2, gain],
      [2, 3, -gain],
    ].map(([experiment = 0, value = 0, gain = 0]) => ({
      ...{
        experiment,
        from: '1',
        to: String(value),
        value,
        metric: 1,
        gain,
        status: 'discard' as const,
        alone: true,
        by: 'diff' as const,
      },
      runs: 1,
      head: { experiment: 0, runs: 1 },
      beside,
    }))
  const shape = (beside: boolean) => shapeOf(stepsOf(tries(beside, 1.8)), noise, '1', { measured: 3 }).shape
  expect(shape(false)).not.toBe('flat')
  expect(shape(true)).toBe('flat')
})
