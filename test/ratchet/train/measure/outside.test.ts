/** What an evaluator outside of the run said, against what the run printed. */
import { expect, test } from 'vitest'
import type { Exit } from '../../../../scripts/engines/local/exit.ts'
import { measure } from '../../../../scripts/ratchet/train/measure/measure.ts'

const frozen = { evaluation: null, command: null, evaluator: 'score.js' }
const metric = { name: 'loss', goal: 'minimize' as const, holdout: 'held', plausible: [0, 9] as [number, number] }
const well = { code: 0, signal: null, ended: null, content: null, unreadable: null, said: '', refused: null }

const measured = (
  evaluated: Partial<NonNullable<Exit['evaluated']>>,
  {
    log = '',
    evaluation = null,
    exit = {},
    ...beside
  }: {
    log?: string
    evaluation?: Record<string, unknown> | null
    exit?: Partial<Exit>
    holdout?: boolean
    isPrintIgnored?: boolean
    data?: { name: string; fingerprint: string }
  } = {},
) =>
  measure(
    { code: 0, signal: null, seconds: 1, ended: null, ...exit, evaluated: { ...well, ...evaluated } },
    log,
    evaluation,
    metric,
    { frozen, ...beside },
  )

test('the file counts before the block, and the other values of the run stay', () => {
  const log = '---\ntraining_seconds: 3\nasked: 7'
  const found = measured(
    { said: '---\nloss: 5 ms\nasked: 20' },
    { log, evaluation: { loss: 2, held: 3 }, holdout: true },
  )
  expect(found).toMatchObject({ outcome: 'ok', metric: 2, holdout: 3, unit: 'ms', measuredBy: 'evaluator' })
  expect(found.summary).toEqual({ training_seconds: 3, asked: 20, loss: 2, held: 3 })
  expect(measured({ said: '---\nloss: 5' })).toMatchObject({ metric: 5, evaluated: ['loss'] })
})

test('what the run printed for the metric must agree, or is ignored, and is never in the summary', () => {
  const log = '---\nloss: 1\nheld: 1'
  expect(measured({}, { log, evaluation: { loss: 2 } })).toMatchObject({
    outcome: 'crash',
    why: 'printed loss 1, but the evaluation measured 2',
  })
  const ignored = measured({}, { log, evaluation: { loss: 2 }, isPrintIgnored: true })
  expect(ignored).toMatchObject({ metric: 2, holdout: null, summary: { loss: 2 } })
  expect(ignored.summary).not.toHaveProperty('held')
})

test.each([
  [{}, {}, 'its evaluator gave no loss, neither in NIGHTSHIFT_EVAL nor in a block'],
  [{}, { evaluation: { loss: 'low' } }, 'its evaluator wrote "low" as loss, which is no number'],
  [{ said: '---\nloss: 1,5' }, {}, /^its evaluator: the summary has loss as “1,5”/],
  [{ said: '---\nloss: 12' }, {}, 'implausible: loss 12 is outside [0, 9]'],
  [{ said: '---\nloss: 1' }, { holdout: true }, /^its evaluator gave no held/],
  [{ code: 1, said: 'ValueError: no rows\n' }, {}, 'its evaluator failed: exit code 1: ValueError: no rows'],
  [
    { code: null, signal: 'SIGKILL', ended: 'timeout' as const },
    {},
    'its evaluator did not end in time, and was killed',
  ],
  [{ refused: 'it left a link in NIGHTSHIFT_OUTPUT' }, {}, 'not evaluated: it left a link in NIGHTSHIFT_OUTPUT'],
  [{ unreadable: 'a pipe' }, {}, "its evaluator's file NIGHTSHIFT_EVAL is a pipe"],
  [
    {},
    { evaluation: { loss: 1 }, data: { name: 'a', fingerprint: 'f' } },
    'measured on other data than the baseline: unnamed data, not a f',
  ],
])('an evaluator that left %o is a crash', (evaluated, more, why) => {
  const found = measured(evaluated, more)
  expect(found).toMatchObject({ outcome: 'crash', metric: null })
  if (typeof why === 'string') expect(found.why).toBe(why)
  else expect(found.why).toMatch(why)
})

test('of a run that failed its own error is the reason, with the evaluator’s where that had closed the socket', () => {
  const exit = { code: 1 }
  const refused = { code: 1, said: 'error: A row was asked twice.\n' }
  const own = measured(refused, { exit, log: 'NameError: x' })
  expect(own.why).toBe('exit code 1: NameError: x')
  const closed = measured(refused, { exit, log: 'BrokenPipeError: [Errno 32] Broken pipe' })
  expect(closed.why).toBe(
    'exit code 1: BrokenPipeError: [Errno 32] Broken pipe; its evaluator: exit code 1: error: A row was asked twice.',
  )
  const ended = measured({ code: 127, said: 'sh: nope: not found\n' }, { exit: { code: null, ended: 'evaluator' } })
  expect(ended.why).toBe('its evaluator failed: exit code 127: sh: nope: not found')
})

test('a run without an evaluator’s word is a crash', () => {
  const exit = { code: 0, signal: null, seconds: 1, ended: null, evaluated: null }
  expect(measure(exit, '---\nloss: 1', { loss: 1 }, metric, { frozen }).outcome).toBe('crash')
})
