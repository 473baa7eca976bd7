import { expect, test } from 'vitest'
import { confirmedBetween } from '../../../scripts/analysis/confirm/confirmed.ts'
import { finalFacts, finalName } from '../../../scripts/analysis/confirm/final.ts'
import { digest } from '../../../scripts/analysis/digest.ts'
import { noiseWithConfirm } from '../../../scripts/analysis/noise/noise.ts'
import { bestSingleRunOf } from '../../../scripts/analysis/result/outcome.ts'
import { headAndBest } from '../../../scripts/analysis/result/phrases.ts'
import type { Experiment, Final, Look } from '../../../scripts/record/schema.ts'
import { finalOf } from '../../../scripts/record/state.ts'
import { combinedPatch } from '../../../scripts/report/combinedPatch.ts'
import { answer } from '../../../scripts/report/sections/answer.ts'
import { confirmationPart } from '../../../scripts/report/sections/confirmation.ts'
import { buildExperiment, buildSession, confirmRun, sha } from '../../helpers/exampleRecords.ts'

const pruned: Final = {
  head: 2,
  commit: sha(50),
  tree: sha(51),
  removed: [{ experiment: 2, pReal: 0.21 }],
  keptBack: [],
  branch: 'autoresearch/nov20-final',
  why: null,
}
const look = (commit: string, pairs: number): Look => ({ purpose: 'confirm', head: 2, commit, pairs, why: null })

/** A real keep and a doubtful one; confirm ran the pruned head thrice, at 2.31, and once the head, at 2.9. */
function session(): { experiments: Experiment[]; session: ReturnType<typeof buildSession> } {
  const runs = (values: number[], of: number, k = 2) => values.map((v, i) => confirmRun(k + i, v, null, 100 + i, of))
  const baseline = buildExperiment(0, { status: 'keep', metric: 2.4 })
  const head = buildExperiment(2, { status: 'keep', metric: 2.299, gain: 0.001, parent: { number: 1, commit: sha(1) } })
  return {
    session: buildSession({ final: pruned }),
    experiments: [
      { ...baseline, runs: [...baseline.runs, ...runs([2.4, 2.401, 2.402], 0)] },
      buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 }),
      {
        ...head,
        runs: [...head.runs, ...runs([2.9], 2, 9), ...runs([2.31, 2.311, 2.312], 50)],
        looks: [look(sha(2), 1), look(sha(50), 2), look(sha(50), 3)],
      },
    ],
  }
}

test('runs and looks of the head and of the pruned head are never mixed', () => {
  const records = session()
  const facts = digest(records.session, records.experiments, new Map())
  expect(facts.confirmed).toMatchObject({ head: 2.311, seeds: 3, looks: 2, verdict: 'better' })
  expect(facts.confirmed?.gain).toBeCloseTo(0.09, 12)
  expect(facts.confirmRuns).toMatchObject({ runs: 6, failed: 0, interrupted: 0 })
  // The doubtful change against its parent has no run: those of the pruned head are not its own.
  expect(facts.kept.find(k => k.experiment === 2)?.rerun).toBeNull()
  const [baseline, , head] = records.experiments
  const noise = { sigma: 0.001, interval: null, df: 4, runs: 5, earlier: [] }
  expect(confirmedBetween(baseline, head, 'minimize', noise)).toMatchObject({ head: 2.9 })
  expect(confirmedBetween(baseline, finalOf(records), 'minimize', noise)?.head).toBeCloseTo(2.311, 12)
  // σ is of one tree: 2.9 and 2.31 are not two runs of the same code.
  expect(noiseWithConfirm(records.session, records.experiments)?.sigma).toBeLessThan(0.01)
  expect(facts.drift).toEqual([])
})

test('a pruned head is named by what it lacks, and every sentence counts the changes that are left', () => {
  const records = session()
  const facts = digest(records.session, records.experiments, new Map())
  expect(finalName(facts.final)).toBe('the head without 0002')
  const sentences = answer(facts, records.experiments)
  expect(sentences[0]).toContain('val_bpb 2.4010 → 2.3110, 3.7% lower. Confirmed on 3 new seeds.')
  expect(JSON.stringify(confirmationPart(facts))).toContain(
    'The final is the head without 0002: by the runs before confirm, the P(real) of this change was only 21%.',
  )
  expect(finalName(finalFacts({ ...records, session: buildSession() }))).toBe('the head')
  expect(finalFacts({ session: buildSession(), experiments: records.experiments.slice(0, 1) })).toBeNull()
})

test("the final configuration and the patch are the pruned head's, from final.patch", () => {
  const records = session()
  const source = new Map([['trainer/train.py', 'LR = 1\nWIDTH = 2\n']])
  const change = (name: string, from: number, to: number, line: number) =>
    `diff --git a/trainer/train.py b/trainer/train.py
--- a/trainer/train.py
+++ b/trainer/train.py
@@ -${line} +${line} @@
-${name} = ${from}
+${name} = ${to}
`
  const patches = new Map([
    [1, change('LR', 1, 3, 1)],
    [2, change('WIDTH', 2, 4, 2)],
  ])
  const finalPatch = change('LR', 1, 3, 1)
  const facts = digest(records.session, records.experiments, patches, { source, others: [], finalPatch })
  expect(facts.constants).toEqual([{ file: 'trainer/train.py', name: 'LR', baseline: '1', head: '3' }])
  expect(facts.configuration?.map(c => [c.name, c.head])).toEqual([
    ['LR', '3'],
    ['WIDTH', '2'],
  ])
  const patch = combinedPatch(facts.final, records.experiments, patches, source, finalPatch)
  expect(patch).toContain('+LR = 3')
  expect(patch).not.toContain('WIDTH = 4')
  // A patch that is missing or damaged gives no configuration rather than the head's.
  for (const lost of [null, 'not a patch']) {
    const without = digest(records.session, records.experiments, patches, { source, others: [], finalPatch: lost })
    expect(without.constants).toEqual([])
    expect(without.configuration?.find(c => c.name === 'WIDTH')?.head ?? '2').toBe('2')
  }
})

test('the combined patch is not made where it would leave out a file that a kept change makes, renames or replaces', () => {
  const kept = [
    buildExperiment(0, { status: 'keep', metric: 2.4 }),
    buildExperiment(1, { status: 'keep', metric: 2.3 }),
  ]
  const final = { ...digest(buildSession({}), kept, new Map()).final, kind: 'head', experiment: 1 } as never
  const source = new Map([
    ['train.py', 'LR = 1\n'],
    ['it"s.py', 'WIDTH = 2\n'],
  ])
  const change = (path: string) => `--- ${path}\n+++ ${path.replace('a/', 'b/')}\n@@ -1 +1 @@\n`
  const lr = `diff --git a/train.py b/train.py\n${change('a/train.py')}-LR = 1\n+LR = 3\n`
  const patchOf = (patch: string) => combinedPatch(final, kept, new Map([[1, patch]]), source)
  const width = `diff --git "a/it\\"s.py" "b/it\\"s.py"\n${change('"a/it\\"s.py"')}-WIDTH = 2\n+WIDTH = 4\n`
  expect(patchOf(lr)).toContain('+LR = 3')
  expect(patchOf(lr + width)).toContain('+WIDTH = 4')
  const lost = [
    'diff --git "a/n\\"ew.py" "b/n\\"ew.py"\nnew file mode 100644\n--- /dev/null\n+++ "b/n\\"ew.py"\n@@ -0,0 +1 @@\n+x\n',
    'diff --git a/a.py b/b.py\nsimilarity index 100%\nrename from a.py\nrename to b.py\n',
    'diff --git a/w.bin b/w.bin\nindex 1111111..2222222 100644\nBinary files a/w.bin and b/w.bin differ\n',
  ]
  for (const other of lost) expect(patchOf(other + lr)).toBeNull()
})

test('the best single run is the best kept row, and one sentence names head and best where they differ', () => {
  const experiments = [
    buildExperiment(0, { status: 'keep', metric: 2.4 }),
    buildExperiment(1, { status: 'keep', metric: 2.3, gain: 0.1 }),
    buildExperiment(2, { status: 'keep', metric: 2.305, gain: -0.005, linesAdded: 0, linesRemoved: 4 }),
  ]
  expect(bestSingleRunOf(experiments, 'minimize')).toMatchObject({ experiment: 1, best: 2.3 })
  const facts = digest(buildSession(), experiments, new Map())
  const sentence =
    'The best single run is 0001, with val_bpb 2.300000; the head is 0002, the last kept change, with 2.305000.'
  expect(headAndBest(facts)).toBe(sentence)
  expect(JSON.stringify(confirmationPart(facts))).toContain(sentence)
  expect(headAndBest(digest(buildSession(), experiments.slice(0, 2), new Map()))).toBeNull()
  // A single keep that is worse than the baseline is a keep nevertheless.
  const only = [
    buildExperiment(0, { status: 'keep', metric: 2.4 }),
    buildExperiment(1, { status: 'keep', metric: 2.41 }),
  ]
  expect(bestSingleRunOf(only, 'minimize')).toMatchObject({ experiment: 1, best: 2.41 })
})
