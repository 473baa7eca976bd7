import { describe, expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import { resultDetails } from '../../../scripts/analysis/result/details.ts'
import { nextStepText } from '../../../scripts/analysis/result/nextStep.ts'
import { resultOfRecords } from '../../../scripts/analysis/result/ofRecords.ts'
import { resultParagraph, resultSentences } from '../../../scripts/analysis/result/sentences.ts'
import type { Experiment, Session } from '../../../scripts/record/schema.ts'
import { headline } from '../../../scripts/report/headline.ts'
import { answer } from '../../../scripts/report/sections/answer.ts'
import { answer as pageAnswer } from '../../../site/data/session/answer.ts'
import { view } from '../../../site/data/view.ts'
import { buildExperiment, buildRun, buildSession, confirmRun } from '../../helpers/exampleRecords.ts'

const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
const keep = buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 })

interface ConfirmedRuns {
  baseline: (number | null)[]
  head: (number | null)[]
  holdout?: [baseline: number[], head: number[]]
  /** What ended the runs without a value. */
  lost?: 'aborted' | 'crash'
}

/** Baseline and a kept change, run again; null: a run without a value. */
function rerun({ baseline: before, head: after, holdout, lost = 'aborted' }: ConfirmedRuns): Experiment[] {
  return [baseline, keep].map((experiment, of) => {
    const runs = (of === 0 ? before : after).map((metric, k) => {
      const run = confirmRun(k + 2, metric, holdout?.[of]?.[k] ?? null, 100 + 40 * of + 20 * k, of)
      return metric === null ? { ...run, outcome: lost } : run
    })
    return { ...experiment, runs: [...experiment.runs, ...runs] }
  })
}

const factsOf = (experiments: Experiment[], session: Session = buildSession()) =>
  digest(session, experiments, new Map())
const said = (experiments: Experiment[], session?: Session) => resultSentences(factsOf(experiments, session))
const noHoldout = buildSession({ metric: { name: 'val_bpb', goal: 'minimize', unit: null, holdout: null } })
const collected = buildSession({ source: { kind: 'table', from: 'x.tsv' }, program: null })

describe.each<[string, Experiment[], Session, string, string, string]>([
  [
    'no experiment',
    [],
    buildSession(),
    'Nothing measured. Nothing has been measured yet.',
    '',
    'Start the next session',
  ],
  [
    'a baseline that crashed',
    [buildExperiment(0, { status: 'crash' })],
    buildSession(),
    'Nothing measured. The baseline was not measured, so there is nothing to compare with.',
    '',
    'Start the next session',
  ],
  [
    'a baseline alone',
    [baseline],
    buildSession(),
    'Baseline only. Only the baseline was run: its val_bpb is 2.4000.',
    '',
    'Start the next session',
  ],
  [
    'a crash',
    [baseline, buildExperiment(1, { status: 'crash' })],
    buildSession(),
    "Nothing kept. The one experiment was not measured, so the baseline's val_bpb of 2.4000 stands.",
    '1 experiment, 0 kept, 1 crashed.',
    'Start the next session',
  ],
  [
    'a keep that was not run again',
    [baseline, keep, buildExperiment(2, { metric: 2.5, gain: -0.2 })],
    buildSession(),
    'Not confirmed yet: val_bpb 2.4000 → 2.3000 in single runs. Selected as the best of 2 measured experiments, so likely optimistic. Baseline and head have not been run again.',
    '2 experiments, 1 kept, 0 crashed, best single run 2.3000.',
    'Confirm it (about 48 s)',
  ],
  [
    'an imported keep',
    [baseline, keep],
    collected,
    'Not confirmed: val_bpb 2.4000 → 2.3000 in single runs. Kept for its value, so likely optimistic. Imported results: confirm cannot run them again here.',
    '1 experiment, 1 kept, 0 crashed, best single run 2.3000.',
    'Build its pages',
  ],
  [
    'a keep that is worse than the baseline',
    [baseline, buildExperiment(1, { status: 'keep', metric: 2.40004, gain: -0.00004 })],
    buildSession(),
    "No gain. No kept change is better than the baseline's val_bpb of 2.40000; the best has 2.40004.",
    '1 experiment, 1 kept, 0 crashed.',
    'Confirm it (about 48 s)',
  ],
  [
    'a gain in the runs of confirm',
    rerun({
      baseline: [2.42, 2.421],
      head: [2.32, 2.321],
      holdout: [
        [2.8, 2.801],
        [2.7, 2.95],
      ],
    }),
    buildSession(),
    'val_bpb 2.4205 → 2.3205, 4.1% lower. Confirmed on 2 new seeds. Holdout: inconclusive.',
    '1 experiment, 1 kept, 0 crashed, best single run 2.3000.',
    'Start the next session',
  ],
  [
    'a gain on val and holdout',
    rerun({
      baseline: [2.42, 2.421],
      head: [2.32, 2.321],
      holdout: [
        [2.8, 2.801],
        [2.7, 2.701],
      ],
    }),
    buildSession(),
    'val_bpb 2.4205 → 2.3205, 4.1% lower. Confirmed on 2 new seeds. Holdout: 2.8005 → 2.7005, 3.6% lower.',
    '1 experiment, 1 kept, 0 crashed, best single run 2.3000.',
    'Start the next session',
  ],
  [
    'a gain of a target without a holdout',
    rerun({ baseline: [2.42, 2.421], head: [2.32, 2.321] }),
    noHoldout,
    'val_bpb 2.4205 → 2.3205, 4.1% lower. Confirmed on 2 new seeds. No holdout.',
    '1 experiment, 1 kept, 0 crashed, best single run 2.3000.',
    'Start the next session',
  ],
  [
    'an interval that includes zero',
    rerun({ baseline: [2.3, 2.5], head: [2.2, 2.5] }),
    buildSession(),
    'Inconclusive: val_bpb 2.4000 → 2.3500 on 2 new seeds. The 95% interval of the change includes zero. Holdout: not measured.',
    '1 experiment, 1 kept, 0 crashed, best single run 2.3000.',
    'Settle it (about 3 min)',
  ],
  [
    'a confirmation that was interrupted',
    rerun({ baseline: [2.42, null], head: [2.32, 2.37] }),
    buildSession(),
    'Not confirmed yet: val_bpb 2.4200 → 2.3450 on at least 1 new seed. 1 of 4 confirmation runs was interrupted. Holdout: not measured.',
    '1 experiment, 1 kept, 0 crashed, best single run 2.3000.',
    'Finish it (about 3 min)',
  ],
  [
    'a loss in the runs of confirm, one of which failed',
    rerun({ baseline: [2.3, 2.301, 2.3], head: [2.4, 2.401, null], lost: 'crash' }),
    buildSession(),
    'val_bpb 2.3003 → 2.4005, 4.4% higher. Worse on at least 2 new seeds; 1 of 6 confirmation runs failed. Holdout: not measured.',
    '1 experiment, 1 kept, 0 crashed, best single run 2.3000.',
    'Start the next session',
  ],
])('%s', (_, experiments, session, paragraph, counts, next) => {
  const facts = factsOf(experiments, session)
  const sentences = resultSentences(facts)

  test('is said in plain sentences, with one base for their numbers and what to do next', () => {
    expect(resultParagraph(sentences)).toBe(paragraph)
    expect(sentences.counts).toBe(counts)
    expect(nextStepText(facts)).toBe(next)
  })

  test('reads the same on the page and in the report', () => {
    const entry = { kind: 'session' as const, id: session.id, folder: '', session, experiments, digest: facts }
    const page = pageAnswer(view({ ...entry, report: null, prose: null }))
    expect(resultParagraph(page)).toBe(paragraph)
    expect(page.counts).toBe(counts)
    expect(answer(facts, experiments)[0]).toBe(paragraph)
    expect(headline(facts, session)).toBe(`nov20 · CPU: ${sentences.line}`)
  })

  test('is called confirmed only by an interval above zero', () => {
    const isConfirmed = facts.confirmed?.verdict === 'better'
    expect(/^Confirmed/.test(sentences.verdict)).toBe(isConfirmed)
    expect(/, confirmed (on|in)/.test(sentences.line)).toBe(isConfirmed)
  })
})

test('where a run was lost, the runs are counted, for baseline and head have not as many each', () => {
  const facts = factsOf(rerun({ baseline: [2.42, null], head: [2.32, 2.37] }))
  expect(resultDetails(facts)[0]?.text).toContain('baseline and the head were run again, 3 runs with a value in all.')
})

test('an interrupted run that was made again on its seed is no lost run', () => {
  const [first, head] = rerun({ baseline: [2.42, null], head: [2.32, 2.321] }) as [Experiment, Experiment]
  const again = confirmRun(9, 2.421, null, 300, 0)
  const seed = first.runs.at(-1)?.seed ?? 0
  const made = [{ ...first, runs: [...first.runs, { ...again, seed }] }, head]
  expect(factsOf(made).confirmRuns).toMatchObject({ runs: 4, failed: 0, interrupted: 0 })
  expect(said(made).verdict).toBe('Confirmed on 2 new seeds.')
})

test('a session that runs says so first, with its best single run or without', () => {
  const running = buildSession({ stop: null, endedAt: null })
  const records = resultSentences(resultOfRecords(running, [baseline, keep]))
  expect(resultParagraph(records)).toBe(
    'Running: val_bpb 2.4000 → 2.3000 in single runs. Nothing is confirmed before the session is over.',
  )
  expect(records.next.command).toBe('npx pnpm status 2026-11-20-cpu-abcd-nov20')
  expect(resultParagraph(said([baseline], running))).toBe(
    'Running. Nothing is kept so far. Nothing is confirmed before the session is over.',
  )
})

test('before the report, the next step writes it', () => {
  const facts = resultOfRecords(buildSession(), rerun({ baseline: [2.42, 2.421], head: [2.32, 2.321] }))
  expect(resultParagraph(resultSentences(facts))).toMatch(
    /^Not confirmed yet: val_bpb 2\.4000 → 2\.3000 in single runs/,
  )
  expect(facts.next.command).toBe('npx pnpm report 2026-11-20-cpu-abcd-nov20')
})

test('a paired session adds its gains, for its values are of different times', () => {
  const paired = buildSession({ contract: { ...buildSession().contract, judge: 'paired' } })
  const sentences = resultSentences(resultOfRecords(paired, [baseline, keep]))
  expect(sentences.title).toBe('Not confirmed yet: −0.1000 val_bpb, the sum of the kept gains')
  expect(sentences.counts).toBe('1 experiment, 1 kept, 0 crashed.')
})

test('details give the interval, what it rests on and how far single runs were from it', () => {
  const seeds = [2.419, 2.421].map((value, k) => buildRun(value, { k: k + 4, purpose: 'seed', seed: k + 2 }))
  const [first, head] = rerun({ baseline: [2.42, 2.421], head: [2.38, 2.381] }) as [Experiment, Experiment]
  const details = resultDetails(factsOf([{ ...first, runs: [...first.runs, ...seeds] }, head]))
  expect(details.map(({ key }) => key)).toEqual(['interval', 'time', 'single'])
  expect(details[0]?.text).toMatch(
    /^The change is −0\.0\d+ ± 0\.0\d+ val_bpb \(95% interval\): baseline and the head were run again, 2 seeds each, and 2 runs of the baseline that the loop had planned\.$/,
  )
  expect(details[1]?.text).toMatch(/^On average a run of the baseline took [\d.]+ s, one of the head [\d.]+ s\.$/)
  expect(details[2]?.text).toMatch(/^In single runs the change was −0\.1000, larger by 0\.0\d+\. Kept for its value/)
})
