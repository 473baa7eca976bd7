import { describe, expect, test } from 'vitest'
import { basisOf, basisSentence } from '../../../scripts/analysis/confirm/basis.ts'
import { measure } from '../../../scripts/ratchet/train/measure.ts'
import type { Measurement, Run } from '../../../scripts/record/schema.ts'
import { buildExperiment, buildRun, buildSession } from '../../helpers/exampleRecords.ts'

const frozen: Measurement = { evaluation: 'evaluation.py', command: 'evaluate.py' }

describe('what a run rests on', () => {
  const by = (of: Measurement | null, evaluation: Record<string, number> | null) => {
    const exit = { code: 0, signal: null, seconds: 1, ended: null }
    const metric = { name: 'loss', goal: 'minimize' as const, holdout: null, plausible: null }
    return measure(exit, '---\nloss: 0.5\n', evaluation, metric, { frozen: of }).measuredBy
  }

  test('a frozen evaluation, if it wrote the value; else a frozen script; else its own word', () => {
    expect(by(frozen, { loss: 0.5 })).toBe('evaluation')
    expect(by(frozen, null)).toBe('command')
    expect(by({ ...frozen, command: null }, null)).toBe('run')
    // No frozen file names NIGHTSHIFT_EVAL, so the edited program wrote it by itself.
    expect(by({ evaluation: null, command: null }, { loss: 0.5 })).toBe('run')
    expect(by(null, { loss: 0.5 })).toBeUndefined()
  })
})

describe('what a session rests on', () => {
  const session = buildSession({ measurement: frozen })
  const of = (runs: Partial<Run>[], over = session) =>
    basisOf(over, [buildExperiment(0, { metric: 1, runs: runs.map(run => buildRun(1, run)) })])

  test('the weakest of its runs, with the frozen file', () => {
    expect(of([{ measuredBy: 'evaluation' }, { measuredBy: 'evaluation' }])).toEqual({
      by: 'evaluation',
      file: 'evaluation.py',
    })
    expect(of([{ measuredBy: 'evaluation' }, { measuredBy: 'command' }])).toEqual({
      by: 'command',
      file: 'evaluate.py',
    })
    expect(of([{ measuredBy: 'run' }, { measuredBy: 'command' }])).toEqual({ by: 'run', file: null })
  })

  test('earlier versions recorded data only where the evaluation had written the value', () => {
    expect(of([{}], buildSession({ measurement: null }))).toEqual({ by: 'evaluation', file: null })
    expect(of([{}], buildSession({ measurement: null, data: null }))).toBeNull()
  })

  test('a run without a value counts for nothing', () => {
    expect(basisOf(session, [buildExperiment(0, { status: 'crash' })])).toBeNull()
  })
})

test('a sentence says what the value is worth', () => {
  expect(basisSentence({ by: 'evaluation', file: 'evaluation.py' })).toContain('a frozen evaluation (evaluation.py)')
  expect(basisSentence({ by: 'run', file: null })).toContain('nothing frozen checked it')
})
