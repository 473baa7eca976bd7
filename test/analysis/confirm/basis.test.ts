import { describe, expect, test } from 'vitest'
import { basisOf, basisSentence, basisText } from '../../../scripts/analysis/confirm/basis.ts'
import { measure } from '../../../scripts/ratchet/train/measure/measure.ts'
import type { Measurement, Run, Session } from '../../../scripts/record/schema.ts'
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

const session = buildSession({ measurement: frozen })
const of = (runs: Partial<Run>[], over = session) =>
  basisOf(over, [buildExperiment(0, { metric: 1, runs: runs.map(run => buildRun(1, run)) })])
const whole = { imported: false, holdout: null, others: [] }

describe('what measured a session', () => {
  test('the weakest of its runs, with the frozen file', () => {
    expect(of([{ measuredBy: 'evaluation' }, { measuredBy: 'evaluation' }])).toEqual({
      ...whole,
      by: 'evaluation',
      file: 'evaluation.py',
    })
    expect(of([{ measuredBy: 'evaluation' }, { measuredBy: 'command' }])).toEqual({
      ...whole,
      by: 'command',
      file: 'evaluate.py',
    })
    expect(of([{ measuredBy: 'run' }, { measuredBy: 'command' }])).toEqual({ ...whole, by: 'run', file: null })
  })

  test('an evaluator outside of the runs is the strongest, and its sentence says whether they could reach it', () => {
    const measurement = { ...frozen, evaluator: 'score.py' }
    const at = (iso: string, mechanism: 'bubblewrap' | null) => ({
      from: iso,
      mechanism,
      holds: { signals: true, processes: true, network: true, temporary: true },
      network: 'local' as const,
      why: null,
    })
    const early = '2000-01-01T00:00:00.000Z'
    const evaluator = [{ measuredBy: 'evaluator' as const }]
    const said = (sandboxes: ReturnType<typeof at>[]) => {
      const basis = of(evaluator, buildSession({ measurement, sandboxes }))
      return { sandboxed: basis?.sandboxed, by: basis?.by, text: basis === null ? '' : basisSentence(basis) }
    }
    expect(said([])).toEqual({
      sandboxed: undefined,
      by: 'evaluator',
      text: 'Each value was computed by a frozen process (score.py) outside of the run, from what the run left or sent.',
    })
    expect(said([at(early, 'bubblewrap')])).toMatchObject({
      sandboxed: 'all',
      text: expect.stringContaining('The sandbox of the runs kept them from it.') as string,
    })
    expect(said([at(early, null)])).toMatchObject({
      sandboxed: 'none',
      text: expect.stringContaining('with the rights of the user they could have reached it') as string,
    })
    // The weakest counts.
    expect(of([...evaluator, { measuredBy: 'evaluation' }], buildSession({ measurement }))?.by).toBe('evaluation')
  })

  test('earlier versions recorded data only where the evaluation had written the value', () => {
    expect(of([{}], buildSession({ measurement: null }))).toEqual({ ...whole, by: 'evaluation', file: null })
    expect(of([{}], buildSession({ measurement: null, data: null }))).toMatchObject({ by: 'unknown', file: null })
  })

  test('a run without a value counts for nothing', () => {
    expect(basisOf(session, [buildExperiment(0, { status: 'crash' })])).toBeNull()
  })

  test('rows that something else measured are named', () => {
    const row = (number: number, measuredBy: NonNullable<Run['measuredBy']>) =>
      buildExperiment(number, { metric: 1, runs: [buildRun(1, { measuredBy })] })
    const basis = basisOf(session, [row(0, 'command'), row(1, 'evaluation'), row(2, 'command'), row(3, 'evaluation')])
    expect(basis).toMatchObject({ by: 'command', others: [{ by: 'evaluation', experiments: [1, 3] }] })
    expect(basis && basisSentence(basis)).toMatch(/Measured otherwise: experiments 1 and 3: a frozen evaluation\.$/)
  })

  test('the holdout is told where the evaluation did not write it, though it wrote the metric', () => {
    const { name, holdout } = session.metric
    const confirm = { measuredBy: 'evaluation' as const, purpose: 'confirm' as const, holdout: 1.1 }
    expect(of([{ ...confirm, evaluated: [name, holdout ?? ''] }])).toMatchObject({ by: 'evaluation', holdout: null })
    const basis = of([{ ...confirm, evaluated: [name] }])
    expect(basis).toMatchObject({ by: 'evaluation', holdout: 'command' })
    expect(basis && basisSentence(basis)).toMatch(/The holdout was measured by a frozen script\.$/)
    expect(basis && basisSentence({ ...basis, holdout: 'unknown' })).not.toContain('holdout')
  })

  test('of an imported session by its own records, of a table unknown', () => {
    const imported = (kind: 'session' | 'table', change = {}): Session => ({
      ...session,
      ...change,
      source: { kind, from: 'elsewhere' },
    })
    const known = of([{ measuredBy: 'evaluation' }], imported('session') as typeof session)
    expect(known && basisText(known)).toBe('elsewhere: a frozen evaluation (evaluation.py)')
    const rows = [buildExperiment(0, { metric: 1, runs: [] })]
    const table = basisOf(imported('table', { data: null, measurement: null }), rows)
    expect(table && basisText(table)).toBe('elsewhere: unknown')
    expect(table && basisSentence(table)).toBe(
      'Measured elsewhere and imported. What measured the values is not recorded.',
    )
  })
})

test('a sentence says what the value is worth', () => {
  expect(basisSentence({ ...whole, by: 'evaluation', file: 'evaluation.py' })).toContain(
    'a frozen evaluation (evaluation.py)',
  )
  expect(basisSentence({ ...whole, by: 'run', file: null })).toContain('nothing frozen checked it')
})
