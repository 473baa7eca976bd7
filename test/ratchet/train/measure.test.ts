import { expect, test } from 'vitest'
import type { Exit } from '../../../scripts/ratchet/train/job.ts'
import { measure, parseSummary } from '../../../scripts/ratchet/train/measure.ts'

const block = (value: string) =>
  `step 1\n---\nval_bpb:          ${value}\ntraining_seconds: 300.1\npeak_vram_mb:     45060.2\nnum_steps:        953\n`
const ended: Exit = { code: 0, signal: null, seconds: 12, ended: null, orphans: 0 }
const metric = { name: 'val_bpb', holdout: 'holdout_bpb', plausible: null as [number, number] | null }
const run = (log: string, change: Partial<Exit> = {}, evaluation: object | null = null, holdout = false) =>
  measure({ ...ended, ...change }, log, evaluation as Parameters<typeof measure>[2], metric, holdout)

test("karpathy/autoresearch's summary block is parsed", () => {
  expect(parseSummary(block('0.997900'))).toEqual({
    val_bpb: 0.9979,
    training_seconds: 300.1,
    peak_vram_mb: 45060.2,
    num_steps: 953,
  })
  expect(run(block('0.997900'))).toMatchObject({ outcome: 'ok', why: null, metric: 0.9979, holdout: null })
})

test('the last block counts, and any other line ends it', () => {
  expect(parseSummary(`${block('1.0')}${block('0.9')}bye\nval_bpb: 0.1\n`).val_bpb).toBe(0.9)
})

test('a line of dashes without values after it is not a summary', () => {
  expect(parseSummary(`${block('0.9')}---\nDone.\n`).val_bpb).toBe(0.9)
})

test.each([
  ['a non-zero exit', block('0.9'), { code: 1 }, null, /exit code 1/],
  ['no summary', 'hello\n', {}, null, /no summary block/],
  ['a summary without the metric', '---\nval_loss: 1.0\n', {}, null, /the summary has no val_bpb/],
  ['NaN', block('nan'), {}, null, /val_bpb is NaN/],
  ['infinity', block('-inf'), {}, null, /val_bpb is -Infinity/],
  ['an empty log', '', {}, null, /no summary block/],
  [
    'a printed value that the evaluation did not measure',
    block('0.900000'),
    {},
    { val_bpb: 1.2 },
    /printed val_bpb 0.9, but the evaluation measured 1.2/,
  ],
])('%s is a crash with a reason', (_, log, exit, evaluation, why) => {
  const measured = run(log, exit, evaluation)
  expect(measured).toMatchObject({ outcome: 'crash', metric: null })
  expect(measured.why).toMatch(why)
})

test('a crash quotes the last error line of the log, sanitized', () => {
  expect(run('Traceback\nValueError: \u001b[31mbad width\u001b[0m\n\n', { code: 1 }).why).toBe(
    'exit code 1: ValueError: bad width',
  )
})

test('a run killed by the timeout is a timeout, even with a summary', () => {
  expect(run(block('0.9'), { code: null, signal: 'SIGKILL', ended: 'timeout' })).toMatchObject({
    outcome: 'timeout',
    metric: null,
  })
})

test('the printed value may differ from the evaluation after six decimals', () => {
  expect(run(block('0.997900'), {}, { val_bpb: 0.99790031 }).metric).toBe(0.9979)
})

const data = { name: 'stdlib', fingerprint: '9f3c5d0011223344' }
test.each([
  ['a missing evaluation', null, /the frozen evaluation measured no val_bpb/],
  ['an evaluation of another metric', { holdout_bpb: 0.9, data }, /the frozen evaluation measured no val_bpb/],
  [
    'other data',
    { val_bpb: 0.9, data: { ...data, fingerprint: 'ffff' } },
    /other data .*: stdlib ffff, not stdlib 9f3c5d00112…/,
  ],
  ['an evaluation without data', { val_bpb: 0.9 }, /other data .*: unnamed data/],
])('%s cannot be compared with the baseline', (_, evaluation, why) => {
  const measured = measure(ended, block('0.9'), evaluation, metric, false, data)
  expect(measured).toMatchObject({ outcome: 'crash', metric: null })
  expect(measured.why).toMatch(why)
  expect(measure(ended, block('0.9'), { val_bpb: 0.9, data }, metric, false, data).metric).toBe(0.9)
})

test('a value outside the plausible range is a crash', () => {
  const measured = measure(ended, block('0.001'), null, { ...metric, plausible: [0.5, 5] }, false)
  expect(measured).toMatchObject({ outcome: 'crash', why: 'implausible: val_bpb 0.001 is outside [0.5, 5]' })
})

test('the holdout is read only when asked for, and is then required', () => {
  expect(run(`${block('0.9')}holdout_bpb: 0.95\n`, {}, null, true).holdout).toBe(0.95)
  expect(run(`${block('0.9')}holdout_bpb: 0.95\n`).holdout).toBeNull()
  expect(run(block('0.9'), {}, null, true)).toMatchObject({ outcome: 'crash', why: 'the summary has no holdout_bpb' })
})

test('binary output before the summary is ignored', () => {
  expect(run(`\u0000\ufffd\u001b]0;title\u0007${block('0.9')}`).metric).toBe(0.9)
})
