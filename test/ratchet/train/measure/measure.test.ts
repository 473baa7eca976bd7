import { expect, test } from 'vitest'
import type { Exit } from '../../../../scripts/engines/local/exit.ts'
import { newEnvironment } from '../../../../scripts/ratchet/train/measure/evaluationFile.ts'
import { type Beside, measure } from '../../../../scripts/ratchet/train/measure/measure.ts'
import type { OwnSession, Run } from '../../../../scripts/record/schema.ts'

const block = (value: string) =>
  `step 1\n---\nval_bpb:          ${value}\ntraining_seconds: 300.1\npeak_vram_mb:     45060.2\nnum_steps:        953\n`
const ended: Exit = { code: 0, signal: null, seconds: 12, ended: null, orphans: 0, frozen: null }
const metric = {
  name: 'val_bpb',
  goal: 'minimize' as 'minimize' | 'maximize',
  holdout: 'holdout_bpb',
  plausible: null as [number, number] | null,
}
const run = (log: string, change: Partial<Exit> = {}, evaluation: object | null = null, holdout = false) =>
  measure({ ...ended, ...change }, log, evaluation as Parameters<typeof measure>[2], metric, { holdout })

test("a run's value is that of karpathy/autoresearch's summary block", () => {
  expect(run(block('0.997900'))).toMatchObject({ outcome: 'ok', why: null, metric: 0.9979, holdout: null })
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
  // The form of the trainer's own errors, with its advice.
  expect(run('step 1\nerror: DEPTH is 0.\n       It must be above zero.\n', { code: 2 }).why).toBe(
    'exit code 2: error: DEPTH is 0. It must be above zero.',
  )
  expect(run('error: aborting\nnote: see below\n', { code: 1 }).why).toBe('exit code 1: error: aborting')
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
  ['a missing evaluation', null, /^no val_bpb in the file NIGHTSHIFT_EVAL, unlike in the session's first run/],
  [
    'an evaluation of another metric',
    { holdout_bpb: 0.9, data },
    /^no val_bpb in the file NIGHTSHIFT_EVAL, unlike in the session's first run/,
  ],
  [
    'other data',
    { val_bpb: 0.9, data: { ...data, fingerprint: 'ffff' } },
    /other data .*: stdlib ffff, not stdlib 9f3c5d00112…/,
  ],
  ['an evaluation without data', { val_bpb: 0.9 }, /other data .*: unnamed data/],
])('%s cannot be compared with the baseline', (_, evaluation, why) => {
  const measured = measure(ended, block('0.9'), evaluation, metric, { data })
  expect(measured).toMatchObject({ outcome: 'crash', metric: null })
  expect(measured.why).toMatch(why)
  expect(measure(ended, block('0.9'), { val_bpb: 0.9, data }, metric, { data }).metric).toBe(0.9)
})

test('rows of a split that differ from those of the first run are a crash; a split that was not asked for does not matter', () => {
  const hash = (digit: string) => digit.repeat(64)
  const known = { ...data, sha256: { val: hash('a'), holdout: hash('b') } }
  const of = (sha256: object, holdout = false) =>
    measure(
      ended,
      `${block('0.9')}holdout_bpb: 0.95\n`,
      { val_bpb: 0.9, holdout_bpb: 0.95, data: { ...data, sha256 } },
      metric,
      { data: known, holdout },
    )
  expect(of({ val: hash('a') }).metric).toBe(0.9)
  expect(of({ val: hash('a'), holdout: hash('b') }, true)).toMatchObject({
    holdout: 0.95,
    evaluated: ['val_bpb', 'holdout_bpb'],
  })
  expect(of({}).why).toBe(`measured on other rows of val than before: SHA-256 unknown, not aaaaaaaaaaaa`)
  expect(of({ val: hash('a'), holdout: hash('c') }, true).why).toMatch(/^measured on other rows of holdout than before/)
})

test("the baseline's runs alone tell the data, a split's rows when they are first scored", () => {
  const session = { data: null, machine: { python: '3.11', torch: '2.9' } } as Pick<OwnSession, 'data' | 'machine'>
  const evaluation = { val_bpb: 0.9, data: { ...data, sha256: { val: 'a' } }, torch: '2.9', python: '3.11' }
  expect(newEnvironment(session, evaluation, true)).toEqual({ data: evaluation.data, torch: '2.9', python: '3.11' })
  const later = { ...session, data: evaluation.data }
  expect(newEnvironment(later, evaluation, false)).toBeNull()
  const both = { ...evaluation, data: { ...data, sha256: { val: 'a', holdout: 'b' } } }
  expect(newEnvironment(later, both, false)).toMatchObject({ data: both.data, torch: '2.9' })
  expect(newEnvironment(session, both, false)).toBeNull()
})

test('a value outside the plausible range is a crash', () => {
  const measured = measure(ended, block('0.001'), null, { ...metric, plausible: [0.5, 5] })
  expect(measured).toMatchObject({ outcome: 'crash', why: 'implausible: val_bpb 0.001 is outside [0.5, 5]' })
})

test('the holdout is read only when asked for, and is then required', () => {
  expect(run(`${block('0.9')}holdout_bpb: 0.95\n`, {}, null, true).holdout).toBe(0.95)
  expect(run(`${block('0.9')}holdout_bpb: 0.95\n`).holdout).toBeNull()
  expect(run(block('0.9'), {}, null, true)).toMatchObject({
    outcome: 'crash',
    why: expect.stringMatching(/^the summary has no holdout_bpb; wanted at the end: .* holdout_bpb: 1234\.5 /),
  })
})

test('binary output before the summary is ignored', () => {
  expect(run(`\u0000\ufffd\u001b]0;title\u0007${block('0.9')}`).metric).toBe(0.9)
})

test('an error about the form shows the form wanted and the last lines of the log, cut, cleaned and without keys', () => {
  const key = `sk-${'a'.repeat(30)}`
  const log = `first\n${'x'.repeat(500)}\n\u001b[31mtoken ${key}\u001b[0m\n 50%|##  | 1/2\r100%|####| 2/2\n`
  expect(run(log).why).toBe(
    'no summary block in the log; wanted at the end: a line --- and then a line val_bpb: 1234.5 (plain digits, a decimal ' +
      `point, also 1.2e-8); the log ends with: token [key] ⏎ 50%|## | 1/2 ⏎ 100%|####| 2/2`,
  )
  expect(run('').why).toMatch(/the log is empty$/)
  expect(run(`${'\u{1f600}'.repeat(4000)}\n`).why?.length).toBeLessThan(500)
})

test('the last error line is found behind a progress bar', () => {
  expect(run(' 50%|##  | 1/2\rValueError: bad width', { code: 1 }).why).toBe('exit code 1: ValueError: bad width')
})

const beside = (values: number[], change: Partial<Run> = {}): Beside => ({
  runs: values.map(value => ({ metric: value, ...change }) as Run),
})

test('a metric of exactly 0 that nothing comes near is implausible, and the reason says how to allow it', () => {
  const zero = measure(ended, block('0.000000'), null, metric, beside([1.0951, 1.0948]))
  expect(zero).toMatchObject({ outcome: 'crash', metric: null })
  expect(zero.why).toBe(
    'implausible: val_bpb is exactly 0, as of a run that failed, and no other value is near (nearest 1.094800). If it can be 0, give metric a range with it in program.md, e.g. plausible: [0, 1]',
  )
  const allowed = { ...metric, plausible: [0, 5] as [number, number] }
  expect(measure(ended, block('0.000000'), null, allowed, beside([1.0951])).metric).toBe(0)
  expect(measure(ended, block('0'), null, metric, beside([3, 2])).metric).toBe(0)
  // No gain: an accuracy of 0 is measured, and discarded.
  expect(measure(ended, block('0.0'), null, { ...metric, goal: 'maximize' }, beside([0.91])).metric).toBe(0)
})

test('a baseline of exactly 0 is implausible where lower is better, and measured where higher is', () => {
  expect(measure(ended, block('0.000000'), null, metric).why).toMatch(/^implausible: val_bpb of the unchanged code is/)
  expect(measure(ended, block('0'), null, { ...metric, goal: 'maximize' }).metric).toBe(0)
})

test('a unit that differs from that of the first run is a crash: 0.9 s after 900 ms is no gain', () => {
  const first = run(block('900 ms'))
  expect(first).toMatchObject({ metric: 900, unit: 'ms' })
  expect(measure(ended, block('0.9 s'), null, metric, beside([900], { unit: 'ms' })).why).toBe(
    "implausible: val_bpb is printed in s, and in the session's first run in ms",
  )
  expect(measure(ended, block('870 ms'), null, metric, beside([900], { unit: 'ms' })).metric).toBe(870)
  expect(measure(ended, block('870'), null, metric, beside([900], { unit: 'ms' })).why).toMatch(/without a unit/)
})

test('a small value must agree with the evaluation to its own digits', () => {
  expect(run(block('4.1e-8'), {}, { val_bpb: 4.1234e-8 }).metric).toBe(4.1e-8)
  expect(run(block('4.1e-8'), {}, { val_bpb: 9e-8 }).why).toMatch(/but the evaluation measured 9e-8/)
  expect(run(block('0.000000'), {}, { val_bpb: 4.1e-8 }).why).toBe(
    'printed val_bpb 0.000000, but the evaluation measured 4.1e-8: print more digits',
  )
})
