import { expect, test } from 'vitest'
import { readReportInput } from '../../scripts/report/input.ts'
import { markdown } from '../../scripts/report/markdown.ts'
import { openReport } from '../../scripts/report/read.ts'
import { copyH100Session, h100Session } from '../helpers/h100Session.ts'
import { emptyRoot, nightshift, sessionsOf } from '../helpers/throwaway.ts'

const input = await readReportInput(h100Session)
const text = markdown(input)
const { digest } = input

/** Values in which no rounding is meant. */
const close = (value: number) => expect.closeTo(value, 6)

test('a confirm that lost one of its four runs gives one pair, and confirms nothing', () => {
  // The head's mean of seeds 1001 and 1002: (1.103308 + 1.154132) / 2.
  expect(digest.confirmed).toMatchObject({
    baseline: 1.403503,
    head: close(1.12872),
    gain: close(0.274783),
    seeds: 1,
    verdict: 'inconclusive',
  })
  // The holdout's mean of the head: (1.38142 + 1.415979) / 2 = 1.3986995.
  expect(digest.holdout).toMatchObject({ baseline: 1.635611, gain: close(0.2369115), verdict: 'inconclusive' })
  expect(digest.confirmRuns).toMatchObject({ runs: 4, failed: 0, interrupted: 1 })
  // 1.1287 is the mean of two runs and 1.4035 is one: "on 1 new seed" would be wrong of the first.
  expect(text).toContain(
    'Not confirmed yet: val_bpb 1.4035 → 1.1287 on at least 1 new seed. 1 of 4 confirmation runs was interrupted. Holdout: inconclusive.',
  )
  expect(text).toMatch(
    /The change is −0\.2748 ± 0\.\d+ val_bpb \(95% interval\), which includes zero: .* 3 runs with a value in all\./,
  )
  expect(text).not.toMatch(/\bconfirmed on/i)
  expect(text).toContain('Finish it (about 10 min): `npx pnpm confirm 2026-11-27-h100-80gb-nslg-h100 --seeds 9`')
})

test('σ is that of the head’s two runs of confirm, and nothing is said of single changes or knobs', () => {
  // |1.154132 − 1.103308| / √2; with one degree of freedom times 1 / √5.024 and 1 / √0.000982.
  expect(digest.noise).toMatchObject({ sigma: close(0.035938), df: 1, runs: 2 })
  expect(text).toContain(
    'σ of val_bpb from seed to seed is 0.036 (95% interval 0.016 to 1.1), by 2 runs of the same code.',
  )
  expect(digest.kept.map(k => [k.experiment, k.label, k.pReal])).toEqual([
    [2, 'too few runs', null],
    [1, 'too few runs', null],
  ])
  // "No effect" of a gain of six σ would be a claim that a single pair of runs cannot bear.
  expect(digest.knobs.map(k => [k.name, k.shape])).toEqual([
    ['LEARNING_RATE', 'unclear'],
    ['BATCH_SCALE', 'unclear'],
  ])
  expect(text).not.toContain('no effect above noise')
})

test('the time is that of the runs, with the training of the loop’s alone', () => {
  // Training 10.1 + 10.1 + 10; wall 39.618 + 36.159 + 34.389 of the loop, 32.382 + 22.771 + 29.649 + 32.235 of confirm; 02:42:12.8 to 02:46:08.1.
  expect(digest.time).toMatchObject({
    training: expect.closeTo(30.2, 1),
    overhead: expect.closeTo(79.97, 1),
    confirming: expect.closeTo(117.04, 1),
    total: expect.closeTo(235.29, 1),
  })
  expect(text).toContain(
    '| Training | 30 s | 13% |\n| Start-up and evaluation of runs | 1 min 20 s | 34% |\n| Confirming | 1 min 57 s | 50% |',
  )
  expect(text).toContain('On average a run of the baseline took 32.4 s, one of the head 30.9 s.')
  // Of schema 1 nothing says how long a run may take, and no run was longer than another by more than chance.
  expect(digest.overBudget).toEqual([])
  expect(digest.warnings).toEqual([])
})

test('the machine and what its versions recorded are disclosed', () => {
  expect(text).toContain(
    '- Machine h100-80gb-nslg: 1 × NVIDIA H100 80GB HBM3, driver 580.159.04; Intel(R) Xeon(R) Processor, 16 cores, 126 GB; Linux 6.18.44-fc-v657-gpu x64.',
  )
  expect(text).toContain('- Versions: Python 3.12.3 and torch 2.11.0.')
  // 26,088.7 MB by torch, over 1,024 as in results.tsv.
  expect(text).toContain('| 0002 | kept | 1.114616 | −0.22237 | 25.5 GB | +1 −1 | BATCH_SCALE 1.0 → 0.5 |')
})

test('a report by the template of an older version opens with the present facts and text', async () => {
  const { source } = await openReport(h100Session)
  expect(source).toContain('## One patch, and how to replicate')
  expect(source).not.toContain('The command to go on with')
})

test('confirm in another repository than the session’s names the commit that it lacks', async () => {
  const root = await emptyRoot()
  await copyH100Session(sessionsOf(root))
  const { exitCode, stderr } = await nightshift(root, 'confirm', ['h100'])
  expect(exitCode, stderr).toBe(2)
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
    /began: it lacks the commit e76c8b7\. Was it cloned anew, or its \.git replaced\?/,
  )
})
