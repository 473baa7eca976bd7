/** Head, best and final on the pages. */
import { expect, test } from 'vitest'
import { digest } from '../../../scripts/analysis/digest.ts'
import type { Final } from '../../../scripts/record/schema.ts'
import { answer } from '../../../site/data/session/answer.ts'
import { keptFacts } from '../../../site/data/session/kept.ts'
import { frontierCaption } from '../../../site/data/session/summary.ts'
import { waterfall } from '../../../site/data/session/waterfall.ts'
import { experimentRows } from '../../../site/data/tables.ts'
import { type View, view } from '../../../site/data/view.ts'
import { buildExperiment, buildSession, confirmRun, sha } from '../../helpers/exampleRecords.ts'

const final: Final = {
  head: 2,
  commit: sha(50),
  tree: sha(51),
  removed: [{ experiment: 2, pReal: 0.21 }],
  keptBack: [],
  branch: 'autoresearch/nov20-final',
  why: null,
}

const textOf = (v: View) =>
  answer(v)
    .details.map(({ text }) => text)
    .join(' ')

function viewOf(last: number, runs = false) {
  const confirm = (of: number, value: number) => [0, 1, 2].map(i => confirmRun(i + 2, value + i / 1000, null, 100, of))
  const session = buildSession(runs ? { final } : {})
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 2.4 }),
    buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 }),
    buildExperiment(2, { status: 'keep', metric: last, gain: 2.3 - last }),
  ].map(e =>
    runs && e.number !== 1
      ? { ...e, runs: [...e.runs, ...confirm(e.number === 0 ? 0 : 50, e.number === 0 ? 2.4 : 2.3)] }
      : e,
  )
  const facts = digest(session, experiments, new Map())
  return view({
    kind: 'session',
    id: session.id,
    folder: '',
    session,
    experiments,
    digest: facts,
    report: null,
    prose: null,
  })
}

test('the page of a session says what was taken out, and that the final was confirmed', () => {
  const v = viewOf(2.299, true)
  const { kind } = answer(v)
  const basis = textOf(v)
  expect(kind).toBe('confirmed')
  expect(basis).toContain('baseline and the head without 0002 were run again, 3 seeds each')
  expect(basis).toContain(
    'The final is the head without 0002: by the runs before confirm, the P(real) of this change was only 21%.',
  )
  expect(v.kept.map(k => keptFacts(v, k).includes('taken out before confirm, when P(real) was 21%'))).toEqual([
    false,
    true,
  ])
})

test('where the head is worse than the best, the page says so once, and the best so far never gets worse', () => {
  const v = viewOf(2.305)
  expect(v).toMatchObject({ baseline: 2.4, best: 2.3, head: 2.305 })
  expect(textOf(v)).toContain('The best single run is 0001, with val_bpb 2.300000; the head is 0002')
  expect(experimentRows(v).map(row => row.bestSoFar)).toEqual([2.4, 2.3, 2.3])
  // The bars lead to the head.
  expect(waterfall(v)?.singleRuns.best).toBe(2.305)
  expect(frontierCaption(v).reading).toContain('Kept changes off the line are worse than the best before them.')
  const same = viewOf(2.299)
  expect(textOf(same)).not.toContain('The best single run is')
  expect(frontierCaption(same).reading).not.toContain('off the line')
})
